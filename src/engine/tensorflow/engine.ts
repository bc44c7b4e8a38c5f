import type { Graph } from '../../graph/node.ts';
import { EngineError, messageOf } from '../../util/errors.ts';
import type { Engine, EngineOptions, Program } from '../engine.ts';
import { lowerings } from './eager/lowerings.ts';
import { Planner } from './eager/plan.ts';
import { EagerProgram } from './eager/program.ts';
import type { LoadedTensorflow, TensorflowBackend } from './loaded.ts';
import { compileNative } from './native/program.ts';
import { inTurn } from './turns.ts';
import { TensorflowVariables } from './variables.ts';

const nativeRepeatability =
  'libtensorflow splits sums across its threads: with a different number of threads the last digits can differ.';

export interface TensorflowEngineOptions extends EngineOptions {
  /** The only backend to try; left out, the first of tfjs-node, `wasm` and `cpu` that works. */
  backend?: TensorflowBackend;
}

/**
 * Loads TensorFlow.js and makes an engine on it. Why a faster backend is not used is told by `onNotice`.
 * @throws EngineError when no backend works, or a GPU is asked for
 */
export async function createTensorflowEngine(options: TensorflowEngineOptions): Promise<Engine> {
  const { device, threads, backend, onNotice } = options;
  if (device !== 'cpu') {
    throw new EngineError(
      `TensorFlow.js computes on the CPU here and has no device ${device}: set engine.device to "cpu", or engine.name to ` +
        '"onnx" for WebGPU.',
    );
  }
  // A bundle of its own (scripts/build.mjs): a megabyte that only those read who compute with it.
  const { loadTensorflow } = await import('./library.ts');
  const loaded = await loadTensorflow({ threads, ...(backend ? { backend } : {}) }).catch((error: unknown) => {
    throw new EngineError(messageOf(error), { cause: error });
  });
  for (const { what, reason } of loaded.skipped) onNotice?.(`${what} is not used: ${reason}.`);
  if (loaded.backend === 'cpu') {
    onNotice?.(
      'TensorFlow.js computes in plain JavaScript, which takes minutes for one step of a model of normal size.',
    );
  }
  return new TensorflowEngine(loaded);
}

class TensorflowEngine implements Engine {
  readonly description: string;
  readonly unrollsLoops = true;
  readonly repeatability?: string;

  constructor(private readonly loaded: LoadedTensorflow) {
    ({ description: this.description } = loaded);
    if (loaded.backend === 'tensorflow') this.repeatability = nativeRepeatability;
  }

  createVariables(): TensorflowVariables {
    return new TensorflowVariables(this.loaded);
  }

  compile(graph: Graph): Promise<Program> {
    const { loaded } = this;
    return inTurn(loaded, () =>
      loaded.backend === 'tensorflow'
        ? compileNative(loaded, graph)
        : Promise.resolve(new EagerProgram(loaded, new Planner(graph, loaded.backend, lowerings).plan())),
    );
  }
}
