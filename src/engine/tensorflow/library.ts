import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import core from '@tensorflow/tfjs-core';
import cpu from '@tensorflow/tfjs-backend-cpu';
import wasm from '@tensorflow/tfjs-backend-wasm';
import { messageOf } from '../../util/errors.ts';
import { describeThreads } from '../processors.ts';
import { tensorflowBackends } from './loaded.ts';
import type { LoadedTensorflow, LoadTensorflowOptions, SkippedTensorflow, TensorflowBackend } from './loaded.ts';
import { nativeTensorflow } from './native/load.ts';
import { mendSlices } from './eager/slices.ts';

/**
 * The only module that imports TensorFlow.js: the bundler makes a file of its own of it, with the .wasm files beside it.
 * It has no class in common with what imports it, so it throws plain errors.
 */

const loading = new Map<string, Promise<LoadedTensorflow>>();

/**
 * Loads TensorFlow.js with the first backend that works: `@tensorflow/tfjs-node` in the folder that the environment
 * variable SEQUENCE_LAB_TFJS_NODE names, then where Node finds it, then WebAssembly, then plain JavaScript. Each is tried
 * by a small product.
 *
 * @throws Error when none works, or the one that was asked for does not; it names why
 */
export function loadTensorflow(options: LoadTensorflowOptions = {}): Promise<LoadedTensorflow> {
  const { backend, threads = 0 } = options;
  const folder = process.env['SEQUENCE_LAB_TFJS_NODE'] ?? '';
  const key = JSON.stringify([backend, threads, folder]);
  let loaded = loading.get(key);
  if (!loaded) {
    loaded = load(backend ? [backend] : tensorflowBackends, { threads, folder });
    loading.set(key, loaded);
  }
  return loaded;
}

type Attempt = Omit<LoadedTensorflow, 'skipped' | 'description'>;

async function load(
  backends: readonly TensorflowBackend[],
  options: { threads: number; folder: string },
): Promise<LoadedTensorflow> {
  const skipped: SkippedTensorflow[] = [];
  // Else a second copy of TensorFlow.js (tfjs-node has its own) names each kernel that is there already on the console, and
  // the cpu backend advertises tfjs-node at its first operation.
  core.env().set('PROD', true);
  for (const backend of backends) {
    const attempt = await attempts[backend](options, skipped);
    if (attempt) return { ...attempt, skipped, description: describeLoaded(attempt) };
  }
  const reasons = skipped.map(({ what, reason }) => `${what}: ${reason}`).join('; ');
  throw new Error(`TensorFlow.js cannot compute here: ${reasons}. Train with engine.name "onnx" instead.`);
}

const attempts: {
  readonly [B in TensorflowBackend]: (
    options: { threads: number; folder: string },
    skipped: SkippedTensorflow[],
  ) => Promise<Attempt | undefined>;
} = {
  tensorflow: (options, skipped) => nativeTensorflow({ ...options, from: import.meta.dirname, skipped }),
  wasm: (_, skipped) =>
    tried({ backend: 'wasm', version: wasm.version_wasm }, skipped, async () => {
      wasm.setWasmPaths(wasmFolder() + sep);
      await useBackend('wasm');
      mendSlices(core);
      return { threads: wasm.getThreadsCount() };
    }),
  cpu: (_, skipped) =>
    tried({ backend: 'cpu', version: cpu.version_cpu }, skipped, async () => {
      await useBackend('cpu');
      return { threads: 1 };
    }),
};

async function tried(
  { backend, version }: Pick<Attempt, 'backend' | 'version'>,
  skipped: SkippedTensorflow[],
  make: () => Promise<{ threads: number }>,
): Promise<Attempt | undefined> {
  try {
    const { threads } = await make();
    return { tf: core, backend, library: `@tensorflow/tfjs-backend-${backend}`, version, threads };
  } catch (error) {
    skipped.push({ what: `the backend ${backend} of TensorFlow.js`, reason: messageOf(error) });
    return undefined;
  }
}

async function useBackend(name: 'wasm' | 'cpu'): Promise<void> {
  if (!(await core.setBackend(name))) throw new Error('it could not be initialised');
}

/** The folder of the .wasm files: beside the bundle, or in the package. */
function wasmFolder(): string {
  const here = import.meta.dirname;
  if (existsSync(join(here, 'tfjs-backend-wasm-simd.wasm'))) return here;
  return dirname(createRequire(join(here, 'library.js')).resolve('@tensorflow/tfjs-backend-wasm'));
}

function describeLoaded({ library, version, backend, threads, nativeVersion }: Attempt): string {
  const native = nativeVersion === undefined ? '' : ` ${nativeVersion}`;
  return `${library} ${version} (${backend}${native}, ${describeThreads(threads)})`;
}
