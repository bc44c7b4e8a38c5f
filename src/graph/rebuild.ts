import type { GraphBuilder } from './graph.ts';
import { GraphError } from './graph.ts';
import { describe } from './node.ts';
import type { Node, NodeOf, OperationName } from './node.ts';

type Rebuild<N extends OperationName> = (b: GraphBuilder, node: NodeOf<N>, inputs: readonly Node[]) => Node;

type Unary = 'sigmoid' | 'tanh' | 'exp' | 'log' | 'sqrt' | 'sumOfSquares' | 'transpose' | 'softmax';
type Binary =
  ('add' | 'subtract' | 'multiply' | 'divide' | 'maximum' | 'atLeast') | ('gather' | 'pick' | 'crossEntropy');

const unary = (method: Unary) => (b: GraphBuilder, _: unknown, inputs: readonly Node[]) => b[method](at(inputs, 0));
const binary = (method: Binary) => (b: GraphBuilder, _: unknown, inputs: readonly Node[]) =>
  b[method](at(inputs, 0), at(inputs, 1));

/** One entry an operation: how a builder makes it of other inputs. */
const rebuilds: { readonly [N in OperationName]: Rebuild<N> } = {
  input: (b, { attributes: { name, shape, type } }) => b.input(name, shape, type),
  variable: (b, { attributes: { name, shape } }) => b.variable(name, shape),
  constant: (b, { attributes: { value, shape } }) => b.constant(value, shape),
  matmul: (b, { attributes }, inputs) => b.matmul(at(inputs, 0), at(inputs, 1), attributes),
  add: binary('add'),
  subtract: binary('subtract'),
  multiply: binary('multiply'),
  divide: binary('divide'),
  maximum: binary('maximum'),
  atLeast: binary('atLeast'),
  sigmoid: unary('sigmoid'),
  tanh: unary('tanh'),
  exp: unary('exp'),
  log: unary('log'),
  sqrt: unary('sqrt'),
  sum: (b, { attributes }, inputs) => b.sum(at(inputs, 0), attributes),
  sumOfSquares: unary('sumOfSquares'),
  broadcast: (b, { shape }, inputs) => b.broadcast(at(inputs, 0), shape),
  reshape: (b, { shape }, inputs) => b.reshape(at(inputs, 0), shape),
  transpose: unary('transpose'),
  slice: (b, { attributes: { axis, start, end } }, inputs) => b.slice(at(inputs, 0), axis, start, end),
  pad: (b, { attributes: { axis, before, after } }, inputs) => b.pad(at(inputs, 0), axis, before, after),
  join: (b, { attributes: { axis } }, inputs) => b.join(inputs, axis),
  gather: binary('gather'),
  scatterAdd: (b, _, inputs) => b.scatterAdd(at(inputs, 0), at(inputs, 1), at(inputs, 2)),
  pick: binary('pick'),
  addAt: (b, _, inputs) => b.addAt(at(inputs, 0), at(inputs, 1), at(inputs, 2)),
  softmax: unary('softmax'),
  crossEntropy: binary('crossEntropy'),
  recurrence: (b, { attributes: { loop, steps, reverse } }, inputs) => b.recurrence(loop, inputs, { steps, reverse }),
  collect: (b, { attributes: { value } }, inputs) => b.collect(recurrenceAt(inputs), value),
  last: (b, { attributes: { state } }, inputs) => b.last(recurrenceAt(inputs), state),
};

/** The same operation made by a builder of other inputs, with whatever the builder simplifies. */
export function rebuild(b: GraphBuilder, node: Node, inputs: readonly Node[]): Node {
  // The table's key and the node's operation are the same string; the type system cannot follow that.
  const make = rebuilds[node.operation] as Rebuild<OperationName>;
  return make(b, node, inputs);
}

function at(inputs: readonly Node[], index: number): Node {
  const input = inputs[index];
  if (!input) throw new GraphError(`an operation lacks its input ${index + 1}`);
  return input;
}

function recurrenceAt(inputs: readonly Node[]): NodeOf<'recurrence'> & Node {
  const input = at(inputs, 0);
  if (input.operation !== 'recurrence') throw new GraphError(`${describe(input)} is no recurrence`);
  return input;
}
