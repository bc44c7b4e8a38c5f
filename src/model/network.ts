import type { GraphBuilder } from '../graph/graph.ts';
import type { Node } from '../graph/node.ts';
import type { Cell, CellStep } from './cells/cell.ts';

/** A layer's weights: input [inputSize, gates · hidden], recurrent [hidden, gates · hidden], bias [gates · hidden]. */
export interface LayerWeights {
  input: Node;
  recurrent: Node;
  bias: Node;
}

/** Which way a layer goes through the steps of a window. */
export type Reading = 'forward' | 'backward';

export interface LayerResult {
  /** The layer's output at every step, [steps · batch, hidden], in the order of the text, whichever way it was read. */
  outputs: Node;
  /** The states after the last step that was read, [batch, hidden] each, in the cell's order. */
  states: readonly Node[];
  /** What the cell made at each step, in the order of the text. */
  steps: readonly CellStep[];
}

/**
 * One recurrent layer unrolled over `steps`.
 *
 * @param x [steps · batch, inputSize], step after step
 * @param states the states before the first step that is read, [batch, hidden] each, in the cell's order
 */
export function recurrentLayer(
  b: GraphBuilder,
  cell: Cell,
  weights: LayerWeights,
  options: { x: Node; states: readonly Node[]; steps: number; reading?: Reading },
): LayerResult {
  const { x, steps, reading = 'forward' } = options;
  const batch = (x.shape[0] ?? 0) / steps;
  // One large product for all steps is several times faster than a small one at each.
  const projected = b.add(b.matmul(x, weights.input), weights.bias);
  const made: CellStep[] = [];
  let { states } = options;
  for (let read = 0; read < steps; read++) {
    const step = reading === 'forward' ? read : steps - 1 - read;
    const rows = b.slice(projected, 0, step * batch, (step + 1) * batch);
    const cellStep = cell.step(b, rows, states, weights.recurrent);
    ({ states } = cellStep);
    made.push(cellStep);
  }
  if (reading === 'backward') made.reverse();
  return { outputs: b.join(outputsOf(made), 0), states, steps: made };
}

/** A cell's first state is its output. */
function outputsOf(steps: readonly CellStep[]): Node[] {
  return steps.flatMap((step) => step.states.slice(0, 1));
}

/** Layers that lie on each other and read the same way; each reads the outputs of the one below it. */
export interface StackOptions {
  x: Node;
  steps: number;
  reading?: Reading;
  /** One entry a layer: its weights, and its states before the first step that is read. */
  layers: readonly { weights: LayerWeights; states: readonly Node[] }[];
  /** Put on each layer's outputs [steps · batch, hidden]: dropout. */
  between?: (outputs: Node, layer: number) => Node;
}

/**
 * A deep recurrent network of one direction.
 *
 * Two directions of a deep network are two such stacks that meet above the last layer. To join them above every layer, as
 * networks for labelling do, would let a word reach the place where it is to be predicted: its neighbour's backward state
 * has read it, and the forward layer above reads that neighbour.
 *
 * @returns the last layer's outputs as `between` left them, and what each layer made
 */
export function recurrentStack(
  b: GraphBuilder,
  cell: Cell,
  options: StackOptions,
): { outputs: Node; layers: readonly LayerResult[] } {
  const { steps, reading = 'forward', between = (outputs: Node) => outputs } = options;
  let { x } = options;
  const layers = options.layers.map(({ weights, states }, layer) => {
    const result = recurrentLayer(b, cell, weights, { x, states, steps, reading });
    x = between(result.outputs, layer);
    return result;
  });
  return { outputs: x, layers };
}
