import { defineConfig } from 'vitest/config';

/** Tests in a real VS Code: slow, so apart from the others and one after another. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.vscode.ts'],
    globalSetup: ['harness/globalSetup.ts'],
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
