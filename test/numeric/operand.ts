import type { GraphBuilder } from '../../src/graph/graph.ts';
import type { Node, Shape } from '../../src/graph/node.ts';

/** What an operation is tried on: floats uniform in a range, floats on a grid, or ids. */
export type Operand =
  | { kind: 'floats'; shape: Shape; from: number; to: number }
  /** Multiples of 0.1 moved by `offset`: grids of other offsets never meet, so nothing ties. */
  | { kind: 'grid'; shape: Shape; offset: number }
  | { kind: 'ids'; shape: Shape; limit: number };

export interface OperationCase {
  name: string;
  operands: readonly Operand[];
  build: (b: GraphBuilder, ...operands: Node[]) => Node;
}

export const floats = (shape: Shape, from = -1, to = 1): Operand => ({ kind: 'floats', shape, from, to });
export const grid = (shape: Shape, offset: number): Operand => ({ kind: 'grid', shape, offset });
export const ids = (count: number, limit: number): Operand => ({ kind: 'ids', shape: [count], limit });

export type Build = OperationCase['build'];
export const on = (name: string, operands: readonly Operand[], build: Build): OperationCase => ({
  name,
  operands,
  build,
});
