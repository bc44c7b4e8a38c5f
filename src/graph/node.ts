/** The extent of each axis, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

/**
 * What a tensor holds: real numbers, or integers (token ids). `results` is the type of a recurrence, which is no tensor:
 * `collect` and `last` take tensors from it.
 */
export type ElementType = 'float' | 'integer' | 'results';

/**
 * What a recurrence does at one step: a small graph of its own. What comes into a step are `input` nodes of that graph;
 * `after` and whatever is collected are nodes of it. Made by recurrence.ts.
 */
export interface Loop {
  /** Tells loops apart. */
  readonly id: number;
  /** What is carried from step to step. */
  readonly states: readonly { readonly before: Node; readonly after: Node }[];
  /** What differs from step to step: rows of a tensor. */
  readonly scanned: readonly Node[];
  /** What is the same at every step: weights. */
  readonly outer: readonly Node[];
  /** The well-known cell whose step it is, where it is one: an engine may have an operator of its own for that. */
  readonly standard?: StandardCell | undefined;
}

/**
 * A cell that others know, too. Its one scanned tensor is x·W + b [steps · batch, gates · hidden], its one outer tensor the
 * recurrent weights [hidden, gates · hidden], its states are h and, of an LSTM, c.
 */
export interface StandardCell {
  readonly name: 'rnn' | 'gru' | 'lstm';
  /** The blocks of `hidden` columns of the weights, in their order. */
  readonly gates: readonly string[];
}

/** What each operation carries beside its inputs. One entry an operation: the table of operations is keyed by it. */
export interface Attributes {
  input: { name: string; shape: Shape; type: ElementType };
  variable: { name: string; shape: Shape };
  constant: { value: number; shape: Shape };
  matmul: { transposeA: boolean; transposeB: boolean; scale: number };
  add: Record<string, never>;
  subtract: Record<string, never>;
  multiply: Record<string, never>;
  divide: Record<string, never>;
  maximum: Record<string, never>;
  atLeast: Record<string, never>;
  sigmoid: Record<string, never>;
  tanh: Record<string, never>;
  exp: Record<string, never>;
  log: Record<string, never>;
  sqrt: Record<string, never>;
  sum: { axes: readonly number[]; keepAxes: boolean };
  sumOfSquares: Record<string, never>;
  broadcast: { shape: Shape };
  reshape: { shape: Shape };
  transpose: Record<string, never>;
  slice: { axis: number; start: number; end: number };
  pad: { axis: number; before: number; after: number };
  join: { axis: number };
  gather: Record<string, never>;
  scatterAdd: Record<string, never>;
  pick: Record<string, never>;
  addAt: Record<string, never>;
  softmax: Record<string, never>;
  crossEntropy: Record<string, never>;
  recurrence: { loop: Loop; steps: number; reverse: boolean };
  collect: { value: Node; steps: number };
  last: { state: number; shape: Shape };
}

export type OperationName = keyof Attributes;

/** The operations that loops are made of; unroll.ts writes a graph without them. */
type LoopOperationName = 'recurrence' | 'collect' | 'last';
export type PlainOperationName = Exclude<OperationName, LoopOperationName>;

/** One operation applied to the results of others. Nodes never change once they are made. */
export interface NodeOf<N extends OperationName> {
  /** Rises with every node of a graph, so that inputs always have smaller numbers than what uses them. */
  readonly id: number;
  readonly operation: N;
  readonly inputs: readonly Node[];
  readonly attributes: Readonly<Attributes[N]>;
  readonly shape: Shape;
  readonly type: ElementType;
}

/** A node of any operation; `operation` tells them apart. */
export type Node = { [N in OperationName]: NodeOf<N> }[OperationName];

/** What an engine runs. */
export interface Graph {
  /** Every node that an output or an update needs and no other, inputs before their users. */
  readonly nodes: readonly Node[];
  /** What the caller feeds at each run, by name. */
  readonly inputs: ReadonlyMap<string, NodeOf<'input'>>;
  /** What lives in the engine from run to run (weights, optimiser slots, recurrent states), by name. */
  readonly variables: ReadonlyMap<string, NodeOf<'variable'>>;
  /** What a run returns, by name. */
  readonly outputs: ReadonlyMap<string, Node>;
  /** The value that each named variable has after a run; all updates see the old values. */
  readonly updates: ReadonlyMap<string, Node>;
}

/** How many elements a tensor of this shape has. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** `[20, 200]`, for messages. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** `matmul #17 [20, 200] × [300, 800]`: how messages name a node or one about to be made. */
export function describe(node: Pick<Node, 'operation' | 'inputs'> & { id?: number }): string {
  const place = node.id === undefined ? '' : ` #${node.id}`;
  const shapes = node.inputs.map((input) => formatShape(input.shape)).join(' × ');
  return `${node.operation}${place}${shapes === '' ? '' : ` ${shapes}`}`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}
