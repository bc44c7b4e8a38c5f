import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';
import { isInstalled, tensorflowFolder } from './test/tensorflow/install.mjs';

// Two at once, whatever the number of cores: a test waits for processes and browsers half of its time, and the engine's own
// threads fill what is left of a small machine. With three a browser on two cores is now and then too late.
const maxWorkers = 2;

/** Vitest's own order, one project after the other, but the unit tests last: their short files fill the time in which others end. */
class UnitTestsLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => Number(a.project.name === 'unit') - Number(b.project.name === 'unit'));
  }
}

// Where the native library is, the engine `tensorflow` computes on it in every test.
const env = isInstalled() ? { SEQUENCE_LAB_TFJS_NODE: tensorflowFolder } : {};

export default defineConfig({
  test: {
    env,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          // They leave nothing behind in their process: loading the modules anew for each file takes longer than the tests.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'numeric',
          // All others too, so that no file is left out.
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, 'test/{unit,process,webview}/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'process',
          include: ['test/process/**/*.test.ts'],
          globalSetup: ['test/process/globalSetup.ts'],
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'webview',
          include: ['test/webview/**/*.test.ts'],
          globalSetup: ['test/webview/globalSetup.ts'],
          isolate: false,
        },
      },
    ],
    maxWorkers,
    sequence: { sequencer: UnitTestsLast },
    // Vitest's own second is too short for a browser that draws in software while two other files run.
    expect: { poll: { timeout: 15_000 } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
