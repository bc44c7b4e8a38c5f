import type { GraphBuilder } from '../../graph/graph.ts';
import type { Node, StandardCell } from '../../graph/node.ts';

/** What a cell makes at one step; every node is [batch, hidden]. */
export interface CellStep {
  /** The states after the step, in the order of the cell's `states`. */
  readonly states: readonly Node[];
  /**
   * What happens inside, by name, for whoever wants to look: each gate under its name, and before its activation under
   * `<gate>.before`. Made when it is asked for; a graph that does not use it does not compute it.
   */
  inside(): Readonly<Record<string, Node>>;
}

/** A layer's weights: input [inputSize, gates · hidden], recurrent [hidden, gates · hidden], bias [gates · hidden]. */
export interface LayerWeights {
  readonly input: Node;
  readonly recurrent: Node;
  readonly bias: Node;
  /** The cell's own, by the names of its table, [blocks · hidden] each. */
  readonly own: Readonly<Record<string, Node>>;
}

/** The weights that a step works with. */
export type StepWeights = Pick<LayerWeights, 'recurrent' | 'own'>;

/**
 * The equations of a recurrent cell: what happens at one step of one layer. Its gates, states and weights stand in
 * src/config/cells.ts.
 */
export interface Equations {
  /** Its name where it is one that engines may know; then `step` computes exactly that cell, gate by gate. */
  readonly standard?: StandardCell['name'];
  /**
   * What the steps are given of their inputs, made for all steps at once; left out, it is x·Wx + b.
   * @param product x·Wx of every step, [steps · batch, gates · hidden]
   */
  project?(b: GraphBuilder, product: Node, weights: LayerWeights): Node;
  /**
   * @param projected this step's rows of what `project` made, [batch, gates · hidden]
   * @param states the states before the step, [batch, hidden] each
   * @param weights recurrent [hidden, gates · hidden], and the cell's own
   */
  step(b: GraphBuilder, projected: Node, states: readonly Node[], weights: StepWeights): CellStep;
}

/** A recurrent cell: its equations, and what its row of the table says of their tensors. */
export interface Cell extends Equations {
  /** What is carried from step to step; the first is the cell's output. Each is [batch, hidden]. */
  readonly states: readonly string[];
  /** The blocks of `hidden` columns in the cell's weights and bias, in their order. */
  readonly gates: readonly string[];
  /** The names of its own weights. */
  readonly own: readonly string[];
}

/** The columns of block `index` of `hidden` columns each. */
export function block(b: GraphBuilder, x: Node, index: number, hidden: number): Node {
  return b.slice(x, 1, index * hidden, (index + 1) * hidden);
}

/** Block `index` of `hidden` elements of a vector. */
export function vectorBlock(b: GraphBuilder, x: Node, index: number, hidden: number): Node {
  return b.slice(x, 0, index * hidden, (index + 1) * hidden);
}

/** One of a cell's own weights. @throws Error for a name that was not given */
export function ownWeight({ own }: Pick<LayerWeights, 'own'>, name: string): Node {
  const node = own[name];
  if (!node) throw new Error(`the cell was given no weights ${name}, only ${Object.keys(own).join(', ') || 'none'}`);
  return node;
}
