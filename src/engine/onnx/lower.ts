import { describe, sameShape } from '../../graph/node.ts';
import type { Graph, Node, NodeOf, OperationName } from '../../graph/node.ts';
import { OnnxWriter } from './writer.ts';
import type { Value } from './writer.ts';

/** The names under which a lowered graph's values enter and leave the session. */
export const names = {
  input: (name: string) => `in:${name}`,
  variable: (name: string) => `var:${name}`,
  output: (name: string) => `out:${name}`,
  update: (name: string) => `new:${name}`,
};

export interface LoweringOptions {
  /** The most buffers that one kernel of the device may take; longer joins become trees, longer splits single slices. */
  largestGroup: number;
  /** Scatter with the operator that may work in place (the CPU's) instead of the one that every device has. */
  inPlaceScatter: boolean;
}

/** What suits each device. */
export const loweringFor: { readonly [D in 'cpu' | 'webgpu']: LoweringOptions } = {
  cpu: { largestGroup: Infinity, inPlaceScatter: true },
  // The WebGPU provider's kernels take about 12 buffers; with its own parameters and the result, 7 inputs fit.
  webgpu: { largestGroup: 7, inPlaceScatter: false },
};

/** The least p of which −log p is taken: the smallest normal float32. A token's loss ends at 87.3 nats instead of ∞. */
const smallestProbability = 2 ** -126;

type Lower<N extends OperationName> = (lowering: Lowering, node: NodeOf<N> & Node, inputs: readonly Value[]) => Value;

const operator =
  (opType: string): Lower<OperationName> =>
  ({ writer }, _, inputs) =>
    writer.node(opType, inputs);

/** One entry an operation of the graph: the ONNX operators that compute it. */
const lowerings: { readonly [N in OperationName]: Lower<N> } = {
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
  sumOfSquares: ({ writer }, _, inputs) => writer.node('ReduceSumSquare', inputs, { keepdims: 0 }),
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
  join: (lowering, { attributes: { axis } }, inputs) => lowering.join(inputs, axis),
  gather: ({ writer }, _, inputs) => writer.node('Gather', inputs, { axis: 0 }),
  scatterAdd: ({ writer }, node, [base = '', ids = '', updates = '']) => {
    const [count = 0] = node.inputs[1]?.shape ?? [];
    const index = writer.node('Reshape', [writer.node('Cast', [ids], { to: 7 }), writer.integers([count, 1])]);
    return writer.node('ScatterND', [base, index, updates], { reduction: 'add' });
  },
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
};

class Lowering {
  readonly writer = new OnnxWriter();
  private readonly values = new Map<Node, Value>();
  private readonly users = new Map<Node, number>();
  private readonly tilings = new Map<Node, readonly (NodeOf<'slice'> & Node)[]>();
  private readonly fused = new Set<Node>();

  constructor(
    private readonly graph: Graph,
    readonly options: LoweringOptions,
  ) {
    const results = [...graph.outputs.values(), ...graph.updates.values()];
    for (const used of [...graph.nodes.flatMap((node) => node.inputs), ...results]) {
      this.users.set(used, (this.users.get(used) ?? 0) + 1);
    }
    for (const node of graph.nodes) {
      const product = node.operation === 'add' ? this.fusibleProduct(node) : undefined;
      if (product) this.fused.add(product);
    }
  }

  run(): Uint8Array {
    this.planSplits();
    for (const node of this.graph.nodes) {
      if (this.fused.has(node)) continue;
      const lower = lowerings[node.operation] as Lower<OperationName>;
      this.values.set(
        node,
        lower(
          this,
          node,
          node.inputs.map((input) => this.values.get(input) ?? ''),
        ),
      );
    }
    for (const [name, node] of this.graph.updates)
      this.writer.output(names.update(name), this.valueOf(node), node.shape);
    for (const [name, node] of this.graph.outputs)
      this.writer.output(names.output(name), this.valueOf(node), node.shape);
    return this.writer.finish();
  }

  product(node: NodeOf<'matmul'>, addend?: Value): Value {
    const { transposeA, transposeB, scale } = node.attributes;
    const operands = node.inputs.map((input) => this.valueOf(input));
    const inputs = addend === undefined ? operands : [...operands, addend];
    if (transposeA) {
      // A product that finds its left operand transposed in memory is 7 % slower than one after a transposition.
      inputs[0] = this.writer.node('Transpose', [inputs[0] ?? ''], { perm: [1, 0] });
    }
    return this.writer.node('Gemm', inputs, { transB: Number(transposeB), alpha: { float: scale } });
  }

  /** A · B + C as one product, where the sum is the product's only user. */
  productPlus(node: NodeOf<'add'> & Node): Value | undefined {
    const product = this.fusibleProduct(node);
    const addend = node.inputs.find((input) => input !== product);
    return product && addend && this.product(product, this.valueOf(addend));
  }

  /** The slice as one output of a Split, where it and its neighbours tile the tensor they are cut from. */
  partOfSplit(node: NodeOf<'slice'> & Node): Value | undefined {
    const tiling = this.tilings.get(node);
    const source = node.inputs[0];
    if (!tiling || !source) return undefined;
    const lengths = tiling.map((part) => part.attributes.end - part.attributes.start);
    const inputs = [this.valueOf(source), this.writer.integers(lengths)];
    return this.writer.nodes('Split', inputs, { axis: node.attributes.axis }, tiling.length)[tiling.indexOf(node)];
  }

  join(parts: readonly Value[], axis: number): Value {
    if (parts.length <= this.options.largestGroup) return this.writer.node('Concat', parts, { axis });
    const groups: Value[] = [];
    for (let start = 0; start < parts.length; start += this.options.largestGroup) {
      groups.push(this.join(parts.slice(start, start + this.options.largestGroup), axis));
    }
    return this.join(groups, axis);
  }

  private fusibleProduct(node: Node): (NodeOf<'matmul'> & Node) | undefined {
    for (const [index, product] of node.inputs.entries()) {
      const addend = node.inputs[1 - index];
      if (product.operation !== 'matmul' || !addend || addend === product) continue;
      if (sameShape(product.shape, node.shape) && this.users.get(product) === 1) return product;
    }
    return undefined;
  }

  /** Slices that together cover an axis of one tensor become one Split, which reads the tensor once. */
  private planSplits(): void {
    const groups = new Map<string, (NodeOf<'slice'> & Node)[]>();
    for (const node of this.graph.nodes) {
      if (node.operation !== 'slice') continue;
      const key = `${node.inputs[0]?.id} ${node.attributes.axis}`;
      groups.set(key, [...(groups.get(key) ?? []), node]);
    }
    for (const group of groups.values()) this.planSplit(group);
  }

  private planSplit(group: readonly (NodeOf<'slice'> & Node)[]): void {
    const parts = [...group].sort((a, b) => a.attributes.start - b.attributes.start);
    const [first] = parts;
    const source = first?.inputs[0];
    if (!first || !source || parts.length > this.options.largestGroup) return;
    const { axis } = first.attributes;
    const ends = parts.map((part) => part.attributes.end);
    const tiles = parts.every((part, index) => part.attributes.start === (index === 0 ? 0 : ends[index - 1]));
    if (!tiles || ends.at(-1) !== source.shape[axis]) return;
    for (const part of parts) this.tilings.set(part, parts);
  }

  private valueOf(node: Node): Value {
    const value = this.values.get(node);
    if (value === undefined) throw new Error(`${describe(node)} has not been lowered yet`);
    return value;
  }
}

/** The graph as the bytes of an ONNX model; `names` tells what its inputs and outputs are called. */
export function lowerToOnnx(graph: Graph, options: LoweringOptions): Uint8Array {
  return new Lowering(graph, options).run();
}
