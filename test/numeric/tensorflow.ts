import { createRequire } from 'node:module';
import { runInThisContext } from 'node:vm';
import { build } from 'esbuild';
import { tensorflowBackends } from '../../src/engine/tensorflow/loaded.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { TensorflowBackend } from '../../src/engine/tensorflow/loaded.ts';
import { createTensorflowEngine } from '../../src/engine/tensorflow/engine.ts';
import { loadTensorflow } from '../../src/engine/tensorflow/library.ts';
import { isInstalled } from '../tensorflow/install.mjs';

/**
 * What the tests of the engine `tensorflow` run on: its native library, too, where test/tensorflow/install.mjs was run. That
 * comes last, as it brings kernels for plain JavaScript that go with its own copy of TensorFlow.js alone.
 */
export const testedBackends: readonly TensorflowBackend[] = tensorflowBackends
  .filter((backend) => backend !== 'tensorflow' || isInstalled())
  .reverse();

/** The engine `tensorflow` on the backends that people train on, by a title. */
export const trainingEngines: Readonly<Record<string, () => Promise<Engine>>> = Object.fromEntries(
  testedBackends
    .filter((backend) => backend !== 'cpu')
    .map((backend) => [`TensorFlow.js on ${backend}`, () => tensorflowEngine(backend)]),
);

/** The engine `tensorflow` on a backend of one's own choice, which no user can make: tests compare the backends. */
export function tensorflowEngine(backend: TensorflowBackend): Promise<Engine> {
  return createTensorflowEngine({ device: 'cpu', threads: 1, backend });
}

/**
 * Gives TensorFlow.js its gradients, which are no part of the package's main file, and are in modules that Node cannot
 * import as they stand. They register themselves with the one engine of the process.
 */
export async function registerTensorflowGradients(): Promise<void> {
  // First of all: whoever comes first owns the engine, and its warnings about a second one are off.
  await loadTensorflow({ backend: 'cpu' });
  const { outputFiles } = await build({
    stdin: {
      contents: ['base_side_effects', 'register_all_gradients']
        .map((file) => `import '@tensorflow/tfjs-core/dist/${file}.js';`)
        .join('\n'),
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    platform: 'node',
    format: 'iife',
    write: false,
  });
  const register = runInThisContext(`(require) => {${outputFiles[0]?.text}}`) as (require: NodeJS.Require) => void;
  register(createRequire(import.meta.url));
}
