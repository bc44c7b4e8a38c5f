import { sizeOf } from '../../../graph/node.ts';
import type { Node, NodeOf, OperationName, PlainOperationName } from '../../../graph/node.ts';
import type { SavedModelWriter, Value } from './writer.ts';

export type Lower<N extends OperationName> = (
  writer: SavedModelWriter,
  node: NodeOf<N> & Node,
  inputs: readonly Value[],
) => Value;

/** How each operation becomes operations of TensorFlow; loops are unrolled before. */
export type Lowerings = { readonly [N in PlainOperationName]: Lower<N> };

/** The least p of which −log p is taken, as in the other engines: a token's loss ends at 87.3 nats instead of ∞. */
const smallestProbability = 2 ** -126;

const plain =
  (op: string): Lower<OperationName> =>
  (writer, _, inputs) =>
    writer.float(op, inputs);

/** One entry an operation of the graph. */
export const lowerings: Lowerings = {
  input: (writer, { attributes: { name, shape }, type }) => {
    writer.placeholder(names.input(name), shape, type === 'integer' ? 'int32' : 'float32');
    return names.input(name);
  },
  variable: (writer, { attributes: { name, shape } }) => {
    writer.placeholder(names.variable(name), shape, 'float32');
    return names.variable(name);
  },
  constant: (writer, { attributes: { value, shape } }) => writer.filled(value, shape),
  matmul: (writer, { attributes: { transposeA, transposeB, scale } }, inputs) => {
    const product = writer.float('MatMul', inputs, { transpose_a: transposeA, transpose_b: transposeB });
    return scale === 1 ? product : writer.float('Mul', [product, writer.filled(scale, [])]);
  },
  add: plain('AddV2'),
  subtract: plain('Sub'),
  multiply: plain('Mul'),
  divide: plain('RealDiv'),
  maximum: (writer, _, [a = '', b = '']) => larger(writer, a, b),
  atLeast: (writer, _, inputs) =>
    writer.operation('Cast', [writer.float('GreaterEqual', inputs)], { SrcT: 'bool', DstT: 'float32' }),
  sigmoid: plain('Sigmoid'),
  tanh: plain('Tanh'),
  exp: plain('Exp'),
  log: plain('Log'),
  sqrt: plain('Sqrt'),
  sum: (writer, { attributes: { axes, keepAxes } }, [x = '']) => sum(writer, x, axes, keepAxes),
  // Row by row first: one float32 that adds up millions of squares would lose the last digits.
  sumOfSquares: (writer, { inputs: [{ shape } = { shape: [] }] }, [x = '']) => {
    const squares = writer.float('Square', [x]);
    const rows = shape.length < 2 ? squares : sum(writer, squares, [shape.length - 1]);
    const axes = (shape.length < 2 ? shape : shape.slice(1)).map((_, axis) => axis);
    return axes.length === 0 ? rows : sum(writer, rows, axes);
  },
  broadcast: (writer, { shape }, [x = '']) =>
    writer.float('BroadcastTo', [x, writer.integers(shape)], { Tidx: 'int32' }),
  reshape: (writer, { shape }, [x = '']) => reshape(writer, x, shape),
  transpose: (writer, _, [x = '']) => writer.float('Transpose', [x, writer.integers([1, 0])], { Tperm: 'int32' }),
  slice: (writer, { attributes: { axis, start }, shape }, [x = '']) => {
    const begin = shape.map((_, index) => (index === axis ? start : 0));
    return writer.float('Slice', [x, writer.integers(begin), writer.integers(shape)], { Index: 'int32' });
  },
  pad: (writer, { attributes: { axis, before, after }, shape }, [x = '']) => {
    const amounts = shape.flatMap((_, index) => (index === axis ? [before, after] : [0, 0]));
    return writer.float('Pad', [x, writer.integers(amounts, [shape.length, 2])], { Tpaddings: 'int32' });
  },
  join: (writer, { attributes: { axis } }, inputs) =>
    inputs.length === 1
      ? (inputs[0] ?? '')
      : writer.float('ConcatV2', [...inputs, writer.integers([axis], [])], { N: inputs.length, Tidx: 'int32' }),
  gather: (writer, _, [table = '', ids = '']) => gather(writer, table, ids),
  scatterAdd: (writer, node, [base = '', ids = '', updates = '']) => {
    const rows = node.inputs[1]?.shape ?? [];
    const indices = reshape(writer, ids, [...rows, 1], 'int32');
    const [baseNode] = node.inputs;
    if (baseNode?.operation === 'constant' && baseNode.attributes.value === 0) {
      return writer.float('ScatterNd', [indices, updates, writer.integers(node.shape)], { Tindices: 'int32' });
    }
    return scatterAdd(writer, base, indices, updates);
  },
  pick: (writer, node, [x = '', ids = '']) => pick(writer, node, x, ids),
  addAt: (writer, node, [x = '', ids = '', values = '']) => {
    const flat = reshape(writer, x, [sizeOf(node.shape)]);
    const indices = reshape(writer, places(writer, node, ids), [node.shape[0] ?? 0, 1], 'int32');
    return reshape(writer, scatterAdd(writer, flat, indices, values), node.shape);
  },
  softmax: plain('Softmax'),
  crossEntropy: (writer, node, [logits = '', ids = '']) => {
    // The same softmax as the gradient's: the writer never writes an operation twice.
    const picked = pick(writer, node, writer.float('Softmax', [logits]), ids);
    return writer.float('Neg', [writer.float('Log', [larger(writer, picked, writer.filled(smallestProbability, []))])]);
  },
};

/** What inputs, variables and results of the graph are called in TensorFlow's, whose names may hold no blank or colon. */
export const names = {
  input: (name: string) => `input/${escaped(name)}`,
  variable: (name: string) => `variable/${escaped(name)}`,
  output: (name: string) => `output/${escaped(name)}`,
  update: (name: string) => `update/${escaped(name)}`,
};

/** Letters, figures and dots stand for themselves, all else by its number: no two names become the same. */
function escaped(name: string): string {
  return name.replace(/[^A-Za-z0-9.]/gu, (character) => `_${character.codePointAt(0)?.toString(16)}_`);
}

/** The larger of each pair, and NaN where either is, which `Maximum` does not promise. */
function larger(writer: SavedModelWriter, a: Value, b: Value): Value {
  const larger = writer.float('SelectV2', [writer.float('GreaterEqual', [a, b]), a, b]);
  return writer.float('SelectV2', [writer.float('IsNan', [a]), a, larger]);
}

function sum(writer: SavedModelWriter, x: Value, axes: readonly number[], keepAxes = false): Value {
  return writer.float('Sum', [x, writer.integers(axes)], { Tidx: 'int32', keep_dims: keepAxes });
}

function reshape(
  writer: SavedModelWriter,
  x: Value,
  shape: readonly number[],
  type: 'float32' | 'int32' = 'float32',
): Value {
  return writer.operation('Reshape', [x, writer.integers(shape)], { T: type, Tshape: 'int32' });
}

function gather(writer: SavedModelWriter, table: Value, ids: Value): Value {
  const types = { Tparams: 'float32', Tindices: 'int32', Taxis: 'int32' } as const;
  return writer.operation('GatherV2', [table, ids, writer.integers([0], [])], types);
}

/** Adds rows one after another, whatever the number of threads: equal rows are no race (scatter_nd_op.cc of 2.9). */
function scatterAdd(writer: SavedModelWriter, base: Value, indices: Value, updates: Value): Value {
  return writer.float('TensorScatterAdd', [base, indices, updates], { Tindices: 'int32' });
}

/** Where the elements that a node's ids name lie in its matrix [n, width], row after row: int32 [n]. */
function places(writer: SavedModelWriter, node: Node, ids: Value): Value {
  const [rows = 0, width = 0] = node.inputs[0]?.shape ?? [];
  const starts = Array.from({ length: rows }, (_, row) => row * width);
  return writer.operation('AddV2', [ids, writer.integers(starts)], { T: 'int32' });
}

/** Of each row of the matrix `x` the element at the node's ids. */
function pick(writer: SavedModelWriter, node: Node, x: Value, ids: Value): Value {
  return gather(writer, reshape(writer, x, [-1]), places(writer, node, ids));
}
