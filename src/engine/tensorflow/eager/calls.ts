import type { Tensor } from '@tensorflow/tfjs-core';
import type { NodeOf, OperationName } from '../../../graph/node.ts';
import type { TensorflowModule } from '../loaded.ts';
import type { Lower, Planner, Slot } from './plan.ts';

type Call<N extends OperationName> = (tf: TensorflowModule, node: NodeOf<N>, ...inputs: Tensor[]) => Tensor;

/** A node that is one step. */
export const step =
  <N extends OperationName>(call: Call<N>): Lower<N> =>
  (planner, node, inputs) =>
    planner.emit(({ tf }, values) => call(tf, node, ...values), inputs);

export const unary = (call: (tf: TensorflowModule, x: Tensor) => Tensor): Lower<OperationName> =>
  step((tf, _, x) => call(tf, given(x)));

export const binary = (call: (tf: TensorflowModule, a: Tensor, b: Tensor) => Tensor): Lower<OperationName> =>
  step((tf, _, a, b) => call(tf, given(a), given(b)));

/** A matrix with rows and columns exchanged, written once however many products need it. */
export function transposed(planner: Planner, x: Slot): Slot {
  return planner.emit(({ tf }, [value]) => tf.transpose(given(value)), [x], 'transposed');
}

/** An operand that the plan names. @throws Error where the plan and the graph have come apart */
export function given(value: Tensor | undefined): Tensor {
  if (!value) throw new Error('an operation was planned with too few operands');
  return value;
}
