import type { GraphBuilder } from '../graph/graph.ts';
import type { Node } from '../graph/node.ts';
import type { Cell } from './cells/cell.ts';

/** A layer's weights: input [inputSize, gates · hidden], recurrent [hidden, gates · hidden], bias [gates · hidden]. */
export interface LayerWeights {
  input: Node;
  recurrent: Node;
  bias: Node;
}

export interface LayerResult {
  /** The layer's output at every step, [steps · batch, hidden], step after step. */
  outputs: Node;
  /** The states after the last step, [batch, hidden] each, in the cell's order. */
  states: readonly Node[];
}

/**
 * One recurrent layer unrolled over `steps`.
 *
 * @param x [steps · batch, inputSize], step after step
 * @param states the states before the first step, [batch, hidden] each, in the cell's order
 */
export function recurrentLayer(
  b: GraphBuilder,
  cell: Cell,
  weights: LayerWeights,
  { x, states, steps }: { x: Node; states: readonly Node[]; steps: number },
): LayerResult {
  const batch = (x.shape[0] ?? 0) / steps;
  // One large product for all steps is several times faster than a small one at each.
  const projected = b.add(b.matmul(x, weights.input), weights.bias);
  const outputs: Node[] = [];
  let current = states;
  for (let step = 0; step < steps; step++) {
    const rows = b.slice(projected, 0, step * batch, (step + 1) * batch);
    current = cell.step(b, rows, current, weights.recurrent);
    const [output] = current;
    if (output) outputs.push(output);
  }
  return { outputs: b.join(outputs, 0), states: current };
}
