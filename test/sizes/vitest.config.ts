import { defineConfig } from 'vitest/config';

/**
 * Training at the sizes that people train: minutes, so apart from the other tests, of which test/numeric/sizes.test.ts is a
 * short form. `npm run test:sizes -- gradients` takes one file, `-- -t "2×650"` what has that in its title.
 */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.sizes.ts'],
    globalSetup: ['../process/globalSetup.ts'],
    reporters: ['default', './reporter.ts'],
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
