import { setImmediate } from 'node:timers/promises';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Graph } from '../../graph/node.ts';
import { EngineError, messageOf } from '../../util/errors.ts';
import type { Engine, EngineOptions, Feeds, Program } from '../engine.ts';
import type { LoadedTensorflow, TensorflowBackend } from './loaded.ts';
import { lowerings } from './lowerings.ts';
import { Planner } from './plan.ts';
import type { Plan } from './plan.ts';
import { TensorflowVariables } from './variables.ts';

/** A run lets the event loop turn after so many milliseconds of computing, for timers and sockets of the process. */
const turnMilliseconds = 100;

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
    return new TensorflowVariables(this.loaded.tf);
  }

  compile(graph: Graph): Promise<Program> {
    return Promise.resolve(
      new TensorflowProgram(this.loaded, new Planner(graph, this.loaded.backend, lowerings).plan()),
    );
  }
}

/** Runs wait for each other: TensorFlow.js has one current backend a process, and a run gives the event loop its turns. */
let lastRun: Promise<unknown> = Promise.resolve();

class TensorflowProgram implements Program {
  private plan: Plan | undefined;

  constructor(
    private readonly loaded: LoadedTensorflow,
    plan: Plan,
  ) {
    this.plan = plan;
  }

  run(variables: TensorflowVariables, feeds: Feeds): Promise<Record<string, Float32Array>> {
    const run = lastRun.then(() => variables.whileKept(() => this.runAlone(variables, feeds)));
    lastRun = run.catch(() => undefined);
    return run;
  }

  dispose(): Promise<void> {
    this.plan = undefined;
    return Promise.resolve();
  }

  private async runAlone(variables: TensorflowVariables, feeds: Feeds): Promise<Record<string, Float32Array>> {
    const { plan } = this;
    const { tf, backend } = this.loaded;
    if (!plan) throw new EngineError('the program has been disposed');
    if (tf.getBackend() !== backend) await tf.setBackend(backend);
    const values = new Map<number, Tensor>();
    for (const [slot, { attributes }] of plan.variables) {
      values.set(slot, variables.currentOf(attributes.name, attributes.shape));
    }
    try {
      await this.compute(plan, feeds, values);
      const outputs: Record<string, Float32Array> = {};
      for (const [name, slot] of plan.outputs) {
        const data = (await values.get(slot)?.data()) ?? [];
        // A copy, as a backend may give its own array; and it keeps comparisons as bytes.
        outputs[name] = new Float32Array(data);
      }
      for (const [name, slot] of plan.updates) {
        const next = values.get(slot);
        values.delete(slot);
        if (next) variables.put(name, next);
      }
      return outputs;
    } finally {
      for (const [slot, tensor] of values) if (!plan.variables.has(slot)) tensor.dispose();
    }
  }

  private async compute(plan: Plan, feeds: Feeds, values: Map<number, Tensor>): Promise<void> {
    const { tf } = this.loaded;
    let turned = performance.now();
    for (const [slot, { compute, inputs, frees }] of plan.steps.entries()) {
      if (!plan.variables.has(slot)) {
        const operands = inputs.map((input) => {
          const value = values.get(input);
          if (!value) throw new Error(`the value of step ${input} was freed before step ${slot}`);
          return value;
        });
        values.set(
          slot,
          tf.tidy(() => compute({ tf, feeds }, operands)),
        );
      }
      for (const freed of frees) {
        values.get(freed)?.dispose();
        values.delete(freed);
      }
      if (performance.now() - turned > turnMilliseconds) {
        await setImmediate();
        turned = performance.now();
      }
    }
  }
}
