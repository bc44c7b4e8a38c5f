import { setImmediate } from 'node:timers/promises';
import type { Tensor } from '@tensorflow/tfjs-core';
import { EngineError } from '../../../util/errors.ts';
import type { Feeds, Program } from '../../engine.ts';
import type { LoadedTensorflow } from '../loaded.ts';
import { inTurn } from '../turns.ts';
import type { TensorflowVariables } from '../variables.ts';
import type { Plan } from './plan.ts';

/** A run lets the event loop turn after so many milliseconds of computing, for timers and sockets of the process. */
const turnMilliseconds = 100;

/** A graph as calls of TensorFlow.js, one after another. */
export class EagerProgram implements Program {
  private plan: Plan | undefined;

  constructor(
    private readonly loaded: LoadedTensorflow,
    plan: Plan,
  ) {
    this.plan = plan;
  }

  run(variables: TensorflowVariables, feeds: Feeds): Promise<Record<string, Float32Array>> {
    return inTurn(this.loaded, () => variables.whileKept(() => this.runAlone(variables, feeds)));
  }

  dispose(): Promise<void> {
    this.plan = undefined;
    return Promise.resolve();
  }

  private async runAlone(variables: TensorflowVariables, feeds: Feeds): Promise<Record<string, Float32Array>> {
    const { plan } = this;
    if (!plan) throw new EngineError('the program has been disposed');
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
