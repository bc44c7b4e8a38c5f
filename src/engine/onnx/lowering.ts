import { describe, sameShape, sizeOf } from '../../graph/node.ts';
import type { Node, NodeOf, OperationName } from '../../graph/node.ts';
import type { JoinedVariables } from './joined.ts';
import { nativeLayer } from './nativeLayer.ts';
import type { NativeLayer } from './nativeLayer.ts';
import type { OnnxWriter, Value } from './writer.ts';

export interface LoweringOptions {
  /** The most buffers that one kernel of the device may take; longer joins become trees, longer splits single slices. */
  largestGroup: number;
  /** Scatter with the operator that may work in place (the CPU's) instead of the one that every device has. */
  inPlaceScatter: boolean;
  /** Recurrences of at least so many steps are run as loops; shorter ones, or all, are unrolled. */
  minLoopSteps: number;
  /** Variables that are laid end to end lie so in memory: the join is one input, and its update one output. */
  joinVariables: boolean;
  /** A layer of a well-known cell of which nothing but its outputs and last states is needed is one operator. */
  nativeLayers: boolean;
  /** Sums of squares of more elements are made in parts of about so many; 0 for sums row by row. */
  squaresInPart: number;
  /** Elements of a matrix from which on a loop is given it transposed. */
  largeMatrix: number;
}

export type Lower<N extends OperationName> = (
  lowering: Lowering,
  node: NodeOf<N> & Node,
  inputs: readonly Value[],
) => Value;

/** One entry an operation of the graph. */
export type Lowerings = { readonly [N in OperationName]: Lower<N> };

export interface LoweringParts {
  /** Whatever is to be lowered, inputs before their users. */
  nodes: readonly Node[];
  /** The nodes that somebody outside reads. */
  results: readonly Node[];
  writer: OnnxWriter;
  options: LoweringOptions;
  lowerings: Lowerings;
  /** Of a loop's step: the tensors that are the same at every step, and the graph around the loop. */
  outer?: { writer: OnnxWriter; values: ReadonlyMap<Node, Value> };
  /** The variables that come in laid end to end, by the node that joins them. */
  joined: ReadonlyMap<Node, JoinedVariables>;
}

/** Nodes on their way to ONNX: a whole graph, or the step of a loop. */
export class Lowering {
  private readonly values = new Map<Node, Value>();
  private readonly users = new Map<Node, number>();
  private readonly tilings = new Map<Node, readonly (NodeOf<'slice'> & Node)[]>();
  private readonly fused = new Set<Node>();

  readonly nodes: readonly Node[];
  readonly writer: OnnxWriter;
  readonly options: LoweringOptions;
  /** The recurrences that one operator computes. */
  readonly nativeLayers = new Map<Node, NativeLayer>();
  readonly joined: LoweringParts['joined'];

  constructor(private readonly parts: LoweringParts) {
    const { nodes, results, writer, options, joined } = parts;
    this.nodes = nodes;
    this.writer = writer;
    this.options = options;
    this.joined = joined;
    for (const used of [...nodes.flatMap((node) => node.inputs), ...results]) {
      this.users.set(used, (this.users.get(used) ?? 0) + 1);
    }
    for (const node of nodes) {
      const product = node.operation === 'add' ? this.fusibleProduct(node) : undefined;
      if (product) this.fused.add(product);
    }
    for (const node of nodes) {
      const layer = node.operation === 'recurrence' && options.nativeLayers ? nativeLayer(node, this) : undefined;
      if (!layer) continue;
      this.nativeLayers.set(node, layer);
      for (const part of layer.projection) this.fused.add(part);
    }
  }

  /** Says under which name a node is known already. */
  put(node: Node, value: Value): void {
    this.values.set(node, value);
  }

  run(): void {
    this.planSplits();
    for (const node of this.nodes) {
      if (this.fused.has(node) || this.values.has(node)) continue;
      // The table's key and the node's operation are the same string; the type system cannot follow that.
      const lower = this.parts.lowerings[node.operation] as Lower<OperationName>;
      this.values.set(
        node,
        lower(
          this,
          node,
          node.inputs.map((input) => this.values.get(input) ?? ''),
        ),
      );
    }
  }

  /** The lowering of a step's nodes, as a subgraph of this one. */
  body(parts: Pick<LoweringParts, 'nodes' | 'results'> & { outer: ReadonlyMap<Node, Value> }): Lowering {
    const outer = { writer: this.writer, values: parts.outer };
    const body = new Lowering({ ...this.parts, ...parts, outer, writer: this.writer.subgraph() });
    for (const [node, value] of parts.outer) body.put(node, value);
    return body;
  }

  product(node: NodeOf<'matmul'>, addend?: Value): Value {
    const { transposeA, transposeB, scale } = node.attributes;
    const operands = node.inputs.map((input) => this.valueOf(input));
    const inputs = addend === undefined ? operands : [...operands, addend];
    if (transposeA) {
      // A product that finds its left operand transposed in memory is 7 % slower than one after a transposition.
      inputs[0] = this.writer.node('Transpose', [inputs[0] ?? ''], { perm: [1, 0] });
    }
    const transposed = transposeB ? undefined : this.transposedOutside(node.inputs[1]);
    if (transposed !== undefined) inputs[1] = transposed;
    const transB = Number(transposeB || transposed !== undefined);
    return this.writer.node('Gemm', inputs, { transB, alpha: { float: scale } });
  }

  /**
   * A large matrix that every step of a loop multiplies with, transposed once before the loop: a product of few rows reads
   * it anew at each step, and along its rows in memory that takes half the time (650 × 2,600: 1.8 against 4.0 ms on two
   * cores of an AMD EPYC). A small one stays in the cache either way.
   */
  private transposedOutside(node: Node | undefined): Value | undefined {
    const value = node && this.parts.outer?.values.get(node);
    if (value === undefined || sizeOf(node?.shape ?? []) < this.options.largeMatrix) return undefined;
    return this.parts.outer?.writer.node('Transpose', [value], { perm: [1, 0] });
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

  /** How many nodes and results use a node. */
  usersOf(node: Node): number {
    return this.users.get(node) ?? 0;
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
    for (const node of this.nodes) {
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

  valueOf(node: Node): Value {
    const value = this.values.get(node);
    if (value === undefined) throw new Error(`${describe(node)} has not been lowered yet`);
    return value;
  }
}
