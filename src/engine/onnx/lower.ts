import { reachable } from '../../graph/graph.ts';
import type { Graph, Node, NodeOf, OperationName } from '../../graph/node.ts';
import { unroll, unrolledSize } from '../../graph/unroll.ts';
import { joinsOf, updateOf } from './joined.ts';
import type { JoinedVariables } from './joined.ts';
import { inPlaceUpdates } from './inPlace.ts';
import { Lowering } from './lowering.ts';
import type { Lower, Lowerings, LoweringOptions } from './lowering.ts';
import { recurrence } from './scan.ts';
import { scatterAdd, sumOfSquares } from './sums.ts';
import { OnnxWriter } from './writer.ts';

/** The names under which a lowered graph's values enter and leave the session. */
export const names = {
  input: (name: string) => `in:${name}`,
  variable: (name: string) => `var:${name}`,
  output: (name: string) => `out:${name}`,
  update: (name: string) => `new:${name}`,
  /** Variables laid end to end. */
  joined: (parts: readonly string[]) => `var:${parts.join('+')}`,
  joinedUpdate: (parts: readonly string[]) => `new:${parts.join('+')}`,
};

/** What suits each device. */
export const loweringFor: { readonly [D in 'cpu' | 'webgpu']: LoweringOptions } = {
  cpu: {
    largestGroup: Infinity,
    inPlaceScatter: true,
    minLoopSteps: 3,
    joinVariables: true,
    nativeLayers: true,
    squaresInPart: 32_768,
    largeMatrix: 262_144,
  },
  // The WebGPU provider's kernels take about 12 buffers; with its own parameters and the result, 7 inputs fit.
  webgpu: {
    largestGroup: 7,
    inPlaceScatter: false,
    minLoopSteps: Infinity,
    joinVariables: false,
    nativeLayers: false,
    squaresInPart: 0,
    largeMatrix: Infinity,
  },
};

/** The least p of which −log p is taken: the smallest normal float32. A token's loss ends at 87.3 nats instead of ∞. */
const smallestProbability = 2 ** -126;

const operator =
  (opType: string): Lower<OperationName> =>
  ({ writer }, _, inputs) =>
    writer.node(opType, inputs);

/** One entry an operation of the graph: the ONNX operators that compute it. */
const lowerings: Lowerings = {
  input: ({ writer }, { attributes: { name, shape, type } }) =>
    writer.input(names.input(name), shape, type === 'float' ? 'float32' : 'int32'),
  variable: ({ writer }, { attributes: { name, shape } }) => writer.input(names.variable(name), shape, 'float32'),
  constant: ({ writer }, { attributes: { value, shape } }) => {
    const scalar = writer.floats([value], []);
    return shape.length === 0 ? scalar : writer.node('Expand', [scalar, writer.integers(shape)]);
  },
  matmul: (lowering, node) => lowering.product(node),
  add: (lowering, node, inputs) => lowering.productPlus(node) ?? lowering.writer.node('Add', inputs),
  subtract: operator('Sub'),
  multiply: operator('Mul'),
  divide: operator('Div'),
  maximum: operator('Max'),
  atLeast: ({ writer }, _, inputs) => writer.node('Cast', [writer.node('GreaterOrEqual', inputs)], { to: 1 }),
  sigmoid: operator('Sigmoid'),
  tanh: operator('Tanh'),
  exp: operator('Exp'),
  log: operator('Log'),
  sqrt: operator('Sqrt'),
  sum: ({ writer }, { attributes: { axes, keepAxes }, inputs: [input], shape }, [x = '']) => {
    const [rows = 0] = input?.shape ?? [];
    if (input?.shape.length === 2 && axes.join() === '0') {
      // A product with a row of ones adds up columns in half the time that the reduction takes.
      const sums = writer.node('Gemm', [writer.floats(new Array<number>(rows).fill(1), [1, rows]), x]);
      return keepAxes ? sums : writer.node('Reshape', [sums, writer.integers(shape)]);
    }
    return writer.node('ReduceSum', [x, writer.integers(axes)], { keepdims: Number(keepAxes) });
  },
  sumOfSquares,
  broadcast: ({ writer }, { shape }, [x = '']) => writer.node('Expand', [x, writer.integers(shape)]),
  reshape: ({ writer }, { shape }, [x = '']) => writer.node('Reshape', [x, writer.integers(shape)]),
  transpose: ({ writer }, _, inputs) => writer.node('Transpose', inputs, { perm: [1, 0] }),
  slice: (lowering, node, [x = '']) => {
    const { axis, start, end } = node.attributes;
    const { writer } = lowering;
    return (
      lowering.partOfSplit(node) ??
      writer.node('Slice', [x, writer.integers([start]), writer.integers([end]), writer.integers([axis])])
    );
  },
  pad: ({ writer }, { attributes: { axis, before, after }, shape }, [x = '']) => {
    const amounts = shape.map((_, index) => (index === axis ? before : 0));
    const ends = shape.map((_, index) => (index === axis ? after : 0));
    return writer.node('Pad', [x, writer.integers([...amounts, ...ends])]);
  },
  join: (lowering, node, inputs) => {
    const joined = lowering.joined.get(node);
    return joined
      ? lowering.writer.input(names.joined(joined.names), node.shape, 'float32')
      : lowering.join(inputs, node.attributes.axis);
  },
  gather: ({ writer }, _, inputs) => writer.node('Gather', inputs, { axis: 0 }),
  scatterAdd,
  pick: ({ writer }, { shape: [rows = 0] }, [x = '', ids = '']) => writer.pick(x, ids, rows),
  addAt: ({ writer, options }, { shape: [rows = 0] }, [x = '', ids = '', values = '']) => {
    const column = writer.node('Reshape', [ids, writer.integers([rows, 1])]);
    if (options.inPlaceScatter) {
      // ScatterElements alone may write into its input instead of a copy, where nothing else needs that any more. So
      // the elements are picked and put back: a cross entropy picks the same ones for its loss, and has then done so.
      const sums = writer.node('Add', [
        writer.pickColumn(x, column),
        writer.node('Reshape', [values, writer.integers([rows, 1])]),
      ]);
      return writer.node('ScatterElements', [x, column, sums], { axis: 1 });
    }
    const index = writer.node('Concat', [writer.range(rows), writer.node('Cast', [column], { to: 7 })], { axis: 1 });
    return writer.node('ScatterND', [x, index, values], { reduction: 'add' });
  },
  softmax: ({ writer }, _, inputs) => writer.node('Softmax', inputs, { axis: 1 }),
  crossEntropy: ({ writer }, { shape: [rows = 0] }, [logits = '', targets = '']) => {
    // The same Softmax node as the gradient's: the writer never writes a node twice.
    const probabilities = writer.node('Softmax', [logits], { axis: 1 });
    const picked = writer.node('Max', [
      writer.pick(probabilities, targets, rows),
      writer.floats([smallestProbability]),
    ]);
    return writer.node('Neg', [writer.node('Log', [picked])]);
  },
  recurrence,
  // Known since their recurrence was lowered.
  collect: (lowering, node) => lowering.valueOf(node),
  last: (lowering, node) => lowering.valueOf(node),
};

/** A graph as ONNX, and what whoever runs it must know. */
export interface LoweredGraph {
  /** The ONNX model; `names` tells what its inputs and outputs are called. */
  bytes: Uint8Array;
  /** The variables that come in laid end to end. */
  joined: readonly (JoinedVariables & { isUpdated: boolean })[];
  /** The outputs that may lie in the memory of the input that they replace: by the name of the output. */
  inPlace: ReadonlySet<string>;
}

/** How many operations of a graph are lowered: the steps of a loop count where it is unrolled. */
export function loweredSize(graph: Graph, options: LoweringOptions): number {
  return unrolledSize(graph, isUnrolled(options));
}

const isUnrolled =
  ({ minLoopSteps }: LoweringOptions) =>
  ({ attributes: { steps } }: NodeOf<'recurrence'>) =>
    steps < minLoopSteps;

/** Writes a graph for a device. Loops that are too short for it, or all of them, are unrolled first. */
export function lowerToOnnx(whole: Graph, options: LoweringOptions): LoweredGraph {
  const graph = unroll(whole, isUnrolled(options));
  const writer = new OnnxWriter();
  const joins = options.joinVariables ? joinsOf(graph.nodes) : new Map<Node, JoinedVariables>();
  const joined = [...joins.values()].map((join) => ({ ...join, update: updateOf(join, graph.updates) }));
  const alone = new Map(graph.updates);
  for (const { names: parts, update } of joined) if (update) for (const name of parts) alone.delete(name);
  const results = [...graph.outputs.values(), ...alone.values(), ...joined.flatMap(({ update }) => update ?? [])];
  const inputs = graph.nodes.filter(({ operation }) => operation === 'input');
  const nodes = reachable([...results, ...inputs], (node) => joins.has(node));
  const lowering = new Lowering({ nodes, results, writer, options, lowerings, joined: joins });
  lowering.run();

  const replaced = new Map<string, string>();
  for (const [name, node] of alone) {
    writer.output(names.update(name), lowering.valueOf(node), node.shape);
    replaced.set(names.update(name), names.variable(name));
  }
  for (const { names: parts, update, shape } of joined) {
    if (!update) continue;
    writer.output(names.joinedUpdate(parts), lowering.valueOf(update), shape);
    // A part of it may be read under its own name, too.
    replaced.set(names.joinedUpdate(parts), names.joined(parts));
  }
  for (const [name, node] of graph.outputs) writer.output(names.output(name), lowering.valueOf(node), node.shape);
  const sameMemory = new Map<string, readonly string[]>();
  for (const { names: parts } of joined) {
    sameMemory.set(names.joined(parts), parts.map(names.variable));
    for (const part of parts) sameMemory.set(names.variable(part), [names.joined(parts)]);
  }
  return {
    bytes: writer.finish(),
    joined: joined.map(({ update, ...join }) => ({ ...join, isUpdated: update !== undefined })),
    inPlace: inPlaceUpdates(writer.operators(), { replaced, sameMemory }),
  };
}
