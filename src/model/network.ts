import type { Reading } from '../config/vocabulary.ts';
import type { GraphBuilder } from '../graph/graph.ts';
import type { Node } from '../graph/node.ts';
import { recurrence } from '../graph/recurrence.ts';
import { ownWeight } from './cells/cell.ts';
import type { Cell, CellStep, LayerWeights, StepWeights } from './cells/cell.ts';

export type { Reading };

export interface LayerResult {
  /** The layer's output at every step, [steps · batch, hidden], in the order of the text, whichever way it was read. */
  outputs: Node;
  /** The states after the last step that was read, [batch, hidden] each, in the cell's order. */
  states: readonly Node[];
}

/** A layer as a loop over its steps. */
export interface LoopedLayer extends LayerResult {
  /** What the cell makes at a step; `collect` gives any of it for every step. */
  step: CellStep;
  /** A value of the step [batch, hidden] at every step, [steps · batch, hidden], in the order of the text. */
  collect: (value: Node) => Node;
}

/** A layer with its steps written one after another, for whoever reads single steps. */
export interface StepwiseLayer extends LayerResult {
  /** What the cell made at each step, in the order of the text. */
  steps: readonly CellStep[];
}

interface LayerOptions {
  /** [steps · batch, inputSize], step after step. */
  x: Node;
  /** Before the first step that is read, [batch, hidden] each, in the cell's order. */
  states: readonly Node[];
  steps: number;
  reading?: Reading;
}

export type BuildLayer<L extends LayerResult> = (
  b: GraphBuilder,
  cell: Cell,
  weights: LayerWeights,
  options: LayerOptions,
) => L;

/** What the steps are given of x, for all of them: one large product is several times faster than a small one at each. */
function project(b: GraphBuilder, cell: Cell, weights: LayerWeights, { x }: LayerOptions): Node {
  const product = b.matmul(x, weights.input);
  return cell.project ? cell.project(b, product, weights) : b.add(product, weights.bias);
}

/** One recurrent layer. */
export const loopedLayer: BuildLayer<LoopedLayer> = (b, cell, weights, options) => {
  const { states, steps, reading = 'forward' } = options;
  const { step, collect, last } = recurrence(b, {
    states,
    scanned: [project(b, cell, weights, options)],
    outer: [weights.recurrent, ...cell.own.map((name) => ownWeight(weights, name))],
    steps,
    reverse: reading === 'backward',
    standard: cell.standard && { name: cell.standard, gates: cell.gates },
    step: (body, inputs) => cell.step(body, only(inputs.scanned), inputs.states, stepWeights(cell, inputs.outer)),
  });
  // A cell's first state is its output.
  const outputs = collect(only(step.states.slice(0, 1)));
  return { outputs, states: states.map((_, index) => last(index)), step, collect };
};

/** One recurrent layer with its steps written one after another. */
export const unrolledLayer: BuildLayer<StepwiseLayer> = (b, cell, weights, options) => {
  const { x, steps, reading = 'forward' } = options;
  const batch = (x.shape[0] ?? 0) / steps;
  const projected = project(b, cell, weights, options);
  const made: CellStep[] = [];
  let { states } = options;
  for (let read = 0; read < steps; read++) {
    const step = reading === 'forward' ? read : steps - 1 - read;
    const rows = b.slice(projected, 0, step * batch, (step + 1) * batch);
    const cellStep = cell.step(b, rows, states, weights);
    ({ states } = cellStep);
    made.push(cellStep);
  }
  if (reading === 'backward') made.reverse();
  const outputs = made.flatMap((step) => step.states.slice(0, 1));
  return { outputs: b.join(outputs, 0), states, steps: made };
};

/** The weights as they came into a step: the recurrent ones first, then the cell's own. */
function stepWeights(cell: Cell, [recurrent, ...own]: readonly Node[]): StepWeights {
  if (!recurrent) throw new Error('a step needs the recurrent weights');
  return {
    recurrent,
    own: Object.fromEntries(cell.own.flatMap((name, index) => (own[index] ? [[name, own[index]]] : []))),
  };
}

function only(nodes: readonly Node[]): Node {
  const [node] = nodes;
  if (!node || nodes.length > 1) throw new Error(`a step needs one tensor of a kind, not ${nodes.length}`);
  return node;
}

/** Stacked layers that read the same way; each reads the outputs of the one below it. */
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
 * @param layer how a layer is built: loopedLayer or unrolledLayer
 * @returns the last layer's outputs as `between` left them, and what each layer made
 */
export function recurrentStack<L extends LayerResult>(
  b: GraphBuilder,
  cell: Cell,
  options: StackOptions,
  layer: BuildLayer<L>,
): { outputs: Node; layers: readonly L[] } {
  const { steps, reading = 'forward', between = (outputs: Node) => outputs } = options;
  let { x } = options;
  const layers = options.layers.map(({ weights, states }, index) => {
    const result = layer(b, cell, weights, { x, states, steps, reading });
    x = between(result.outputs, index);
    return result;
  });
  return { outputs: x, layers };
}
