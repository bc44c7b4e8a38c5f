import type { Node, NodeOf, StandardCell } from '../../graph/node.ts';
import { collectedOf, partsOf } from '../../graph/recurrence.ts';
import type { OnnxWriter, Value } from './writer.ts';

/*
 * ONNX has operators for whole layers of the well-known cells. They give the outputs and the last states and nothing of
 * what happens inside, so they serve where a model is only read: in evaluation they take a third of the time of a loop.
 */

/** The operator of each cell, with the gates in the order that ONNX has them. */
const operators: { readonly [N in StandardCell['name']]: { opType: string; gates: readonly string[]; flags: object } } =
  {
    rnn: { opType: 'RNN', gates: ['candidate'], flags: {} },
    // The reset gate lies on the product with the state.
    gru: { opType: 'GRU', gates: ['update', 'reset', 'candidate'], flags: { linear_before_reset: 1 } },
    lstm: { opType: 'LSTM', gates: ['input', 'output', 'forget', 'candidate'], flags: {} },
  };

/** A recurrence that one operator computes, and what that takes. */
export interface NativeLayer {
  cell: StandardCell;
  /** The nodes of x·W + b, which the operator computes itself. */
  projection: readonly Node[];
  /** [steps · batch, inputSize] */
  x: Node;
  /** [inputSize, gates · hidden], [hidden, gates · hidden], [gates · hidden] */
  weights: { input: Node; recurrent: Node; bias: Node };
}

/** The part of a lowering that the functions here need. */
interface Surroundings {
  readonly nodes: readonly Node[];
  readonly writer: OnnxWriter;
  usersOf(node: Node): number;
  valueOf(node: Node): Value;
  put(node: Node, value: Value): void;
}

/** What a recurrence is as one operator; undefined where it is none, or more is needed of it than that gives. */
export function nativeLayer(node: NodeOf<'recurrence'> & Node, around: Surroundings): NativeLayer | undefined {
  const { loop } = node.attributes;
  const [output] = loop.states;
  if (!loop.standard || collectedOf(around, node).some((value) => value !== output?.after)) return undefined;
  const [projection] = partsOf(node).scanned;
  const [recurrent] = partsOf(node).outer;
  const [product, bias] = projection?.inputs ?? [];
  if (projection?.operation !== 'add' || product?.operation !== 'matmul' || bias?.shape.length !== 1) return undefined;
  const { transposeA, transposeB, scale } = product.attributes;
  const [x, input] = product.inputs;
  const isPlain = !transposeA && !transposeB && scale === 1;
  if (!isPlain || !x || !input || !recurrent) return undefined;
  if (around.usersOf(projection) !== 1 || around.usersOf(product) !== 1) return undefined;
  return { cell: loop.standard, projection: [projection, product], x, weights: { input, recurrent, bias } };
}

/** Writes the operator and says under which names its results are known. */
export function writeNativeLayer(
  around: Surroundings,
  node: NodeOf<'recurrence'> & Node,
  { cell, x, weights }: NativeLayer,
): Value {
  const { writer } = around;
  const { loop, steps, reverse } = node.attributes;
  const { opType, gates, flags } = operators[cell.name];
  const [rows = 0, inputSize = 0] = x.shape;
  const [hidden = 0] = weights.recurrent.shape;
  const batch = rows / steps;
  const width = gates.length * hidden;

  /** The gates' blocks along the first axis in ONNX's order. */
  const ordered = (value: Value): Value => {
    if (gates.length === 1) return value;
    const lengths = writer.integers(gates.map(() => hidden));
    const blocks = writer.nodes('Split', [value, lengths], { axis: 0 }, gates.length);
    return writer.node(
      'Concat',
      gates.map((gate) => blocks[cell.gates.indexOf(gate)] ?? ''),
      { axis: 0 },
    );
  };
  const shaped = (value: Value, shape: readonly number[]) => writer.node('Reshape', [value, writer.integers(shape)]);
  const matrix = (value: Node, inner: number) => {
    const transposed = writer.node('Transpose', [around.valueOf(value)], { perm: [1, 0] });
    return shaped(ordered(transposed), [1, width, inner]);
  };
  const zeros = writer.floats(new Array<number>(width).fill(0));
  const bias = writer.node('Concat', [ordered(around.valueOf(weights.bias)), zeros], { axis: 0 });
  const results = writer.nodes(
    opType,
    [
      shaped(around.valueOf(x), [steps, batch, inputSize]),
      matrix(weights.input, inputSize),
      matrix(weights.recurrent, hidden),
      shaped(bias, [1, 2 * width]),
      '',
      ...partsOf(node).states.map((state) => shaped(around.valueOf(state), [1, batch, hidden])),
    ],
    { ...flags, hidden_size: hidden, direction: reverse ? 'reverse' : 'forward' },
    1 + loop.states.length,
  );
  for (const user of around.nodes) {
    if (user.inputs[0] !== node) continue;
    if (user.operation === 'collect') around.put(user, shaped(results[0] ?? '', user.shape));
    if (user.operation === 'last') around.put(user, shaped(results[1 + user.attributes.state] ?? '', user.shape));
  }
  return '';
}
