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

/**
 * A recurrent cell: what happens at one step of one layer. The product of the step's input with the input weights comes
 * in ready made, since a layer computes it for all its steps at once.
 */
export interface Cell {
  /** Its name where it is one that engines may know; then `step` computes exactly that cell, gate by gate of `gates`. */
  readonly standard?: StandardCell['name'];
  /** What is carried from step to step; the first is the cell's output. Each is [batch, hidden]. */
  readonly states: readonly string[];
  /** The blocks of `hidden` columns in the cell's weights and bias, in their order. */
  readonly gates: readonly string[];
  /** What to start the bias of a gate from, beside the random part. */
  initialBias(gate: string, options: { forgetBias: number }): number;
  /**
   * @param projected x·Wx + b of this step, [batch, gates · hidden]
   * @param states the states before the step, [batch, hidden] each
   * @param recurrentWeights [hidden, gates · hidden]
   */
  step(b: GraphBuilder, projected: Node, states: readonly Node[], recurrentWeights: Node): CellStep;
}

/** The columns of block `index` of `hidden` columns each. */
export function block(b: GraphBuilder, x: Node, index: number, hidden: number): Node {
  return b.slice(x, 1, index * hidden, (index + 1) * hidden);
}
