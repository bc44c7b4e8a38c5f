import { describe, sameShape } from './node.ts';
import type { Attributes, ElementType, Graph, Loop, Node, NodeOf, OperationName, Shape } from './node.ts';
import { inferShape, ShapeError } from './operations.ts';

const none = {};

/** A graph that cannot run: the message names the node, the operation and the shapes. */
export class GraphError extends Error {
  override name = 'GraphError';
}

/**
 * Makes nodes, checks them as they are made, and never makes the same one twice: an operation with the same inputs and
 * attributes returns the node that stands already, so repeated sub-expressions exist once.
 */
export class GraphBuilder {
  private readonly known = new Map<string, Node>();
  private readonly names = new Map<string, Node>();
  private readonly made = new WeakSet<Node>();

  /** Whether this builder made a node. */
  has(node: Node): boolean {
    return this.made.has(node);
  }

  /** A tensor that the caller feeds at each run. @throws GraphError when the name is taken with another shape. */
  input(name: string, shape: Shape, type: ElementType = 'float'): Node {
    return this.named(name, this.make('input', [], { name, shape, type }, type));
  }

  /** A tensor that lives in the engine from run to run. @throws GraphError when the name is taken otherwise. */
  variable(name: string, shape: Shape): NodeOf<'variable'> {
    return this.named(name, this.make('variable', [], { name, shape }));
  }

  /** `value` in every element. */
  constant(value: number, shape: Shape = []): Node {
    return this.make('constant', [], { value, shape });
  }

  /** scale · A · B, [rows, inner] · [inner, columns]; a transposed operand is given the other way round. */
  matmul(a: Node, b: Node, options: Partial<Attributes['matmul']> = {}): Node {
    const { transposeA = false, transposeB = false, scale = 1 } = options;
    // A constant factor of an operand goes into the product's own scale, which costs nothing there.
    const [plainA, factorA] = this.withoutFactor(a);
    const [plainB, factorB] = this.withoutFactor(b);
    return this.make('matmul', [plainA, plainB], { transposeA, transposeB, scale: scale * factorA * factorB });
  }

  add(a: Node, b: Node): Node {
    if (isConstant(b, 0) && sameShape(this.shapeOfPair('add', a, b), a.shape)) return a;
    if (isConstant(a, 0) && sameShape(this.shapeOfPair('add', a, b), b.shape)) return b;
    return this.make('add', [a, b], none);
  }

  subtract(a: Node, b: Node): Node {
    return this.make('subtract', [a, b], none);
  }

  multiply(a: Node, b: Node): Node {
    if (a.operation === 'constant' && b.operation !== 'constant') return this.multiply(b, a);
    const shape = this.shapeOfPair('multiply', a, b);
    if (b.operation === 'constant') {
      const { value } = b.attributes;
      if (a.operation === 'constant') return this.constant(a.attributes.value * value, shape);
      if (value === 1 && sameShape(shape, a.shape)) return a;
      const [plain, factor] = this.withoutFactor(a);
      if (sameShape(shape, plain.shape) && (factor !== 1 || b.shape.length > 0)) {
        return this.make('multiply', [plain, this.constant(factor * value)], none);
      }
    }
    return this.make('multiply', [a, b], none);
  }

  divide(a: Node, b: Node): Node {
    return this.make('divide', [a, b], none);
  }

  maximum(a: Node, b: Node): Node {
    return this.make('maximum', [a, b], none);
  }

  atLeast(a: Node, b: Node): Node {
    return this.make('atLeast', [a, b], none);
  }

  /** −x */
  negate(x: Node): Node {
    return this.multiply(x, this.constant(-1));
  }

  sigmoid(x: Node): Node {
    return this.make('sigmoid', [x], none);
  }

  tanh(x: Node): Node {
    return this.make('tanh', [x], none);
  }

  exp(x: Node): Node {
    return this.make('exp', [x], none);
  }

  log(x: Node): Node {
    return this.make('log', [x], none);
  }

  sqrt(x: Node): Node {
    return this.make('sqrt', [x], none);
  }

  /** Sum over `axes` (all when left out), which go unless `keepAxes`. */
  sum(x: Node, options: { axes?: readonly number[]; keepAxes?: boolean } = {}): Node {
    const { axes = x.shape.map((_, axis) => axis), keepAxes = false } = options;
    if (axes.length === 0) return x;
    // A constant factor is cheaper on the sum than on what is summed.
    const [plain, factor] = this.withoutFactor(x);
    return this.multiply(this.make('sum', [plain], { axes, keepAxes }), this.constant(factor));
  }

  /** The sum of the squares of all elements, a scalar. */
  sumOfSquares(x: Node): Node {
    return this.make('sumOfSquares', [x], none);
  }

  broadcast(x: Node, shape: Shape): Node {
    if (sameShape(x.shape, shape)) return x;
    const node = this.make('broadcast', [x], { shape });
    return x.operation === 'constant' ? this.constant(x.attributes.value, shape) : node;
  }

  reshape(x: Node, shape: Shape): Node {
    if (sameShape(x.shape, shape)) return x;
    const node = this.make('reshape', [x], { shape });
    return x.operation === 'constant' ? this.constant(x.attributes.value, shape) : node;
  }

  /** A matrix with rows and columns exchanged. */
  transpose(x: Node): Node {
    return this.make('transpose', [x], none);
  }

  /** The part of `axis` from `start` up to, not including, `end`. */
  slice(x: Node, axis: number, start: number, end: number): Node {
    if (start === 0 && end === x.shape[axis]) return x;
    // What was laid end to end is taken apart again without either.
    if (x.operation === 'join' && x.attributes.axis === axis) {
      let before = 0;
      for (const part of x.inputs) {
        const after = before + (part.shape[axis] ?? 0);
        if (before <= start && end <= after) return this.slice(part, axis, start - before, end - before);
        before = after;
      }
    }
    // Some columns of a product with what was laid end to end are a product with a part of that.
    const [left, right] = x.inputs;
    if (x.operation === 'matmul' && axis === 1 && left && right?.operation === 'join') {
      const { transposeB } = x.attributes;
      const part = this.slice(right, transposeB ? 0 : 1, start, end);
      if (part.operation !== 'slice') return this.matmul(left, part, x.attributes);
    }
    return this.make('slice', [x], { axis, start, end });
  }

  /** Zeros put `before` and `after` along `axis`. */
  pad(x: Node, axis: number, before: number, after: number): Node {
    return before === 0 && after === 0 ? x : this.make('pad', [x], { axis, before, after });
  }

  /** Tensors laid end to end along `axis`. */
  join(parts: readonly Node[], axis: number): Node {
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : this.make('join', parts, { axis });
  }

  /** Rows of `table` [rows, width] by `ids` [n]: [n, width]. */
  gather(table: Node, ids: Node): Node {
    return this.make('gather', [table, ids], none);
  }

  /** `base` [rows, width] with row i of `updates` [n, width] added to row ids[i]; equal ids add up. */
  scatterAdd(base: Node, ids: Node, updates: Node): Node {
    return this.make('scatterAdd', [base, ids, updates], none);
  }

  /** Of each row of `x` [n, width] the element at `ids` [n]: [n]. */
  pick(x: Node, ids: Node): Node {
    return this.make('pick', [x, ids], none);
  }

  /** `x` [n, width] with values[i] added to row i at ids[i]. */
  addAt(x: Node, ids: Node, values: Node): Node {
    return this.make('addAt', [x, ids, values], none);
  }

  /** exp(x) over its sum along each row of [n, width]. */
  softmax(x: Node): Node {
    return this.make('softmax', [x], none);
  }

  /** −log softmax(logits [n, width]) at targets [n], in nats: [n]. */
  crossEntropy(logits: Node, targets: Node): Node {
    return this.make('crossEntropy', [logits, targets], none);
  }

  /**
   * A loop over steps; recurrence.ts makes loops and checks what is asked of them.
   *
   * @param inputs the states before the first step, then the scanned tensors [steps · rows, …], then the outer ones
   * @param options.reverse whether the steps are gone through from the last rows of the scanned tensors to the first
   */
  recurrence(
    loop: Loop,
    inputs: readonly Node[],
    options: { steps: number; reverse: boolean },
  ): NodeOf<'recurrence'> & Node {
    return this.make('recurrence', inputs, { loop, ...options }, 'results');
  }

  /** A value of the loop's body at every step, [steps · rows, …], in the order of the scanned tensors. */
  collect(recurrence: NodeOf<'recurrence'> & Node, value: Node): Node {
    return this.make('collect', [recurrence], { value, steps: recurrence.attributes.steps });
  }

  /** A state after the last step. */
  last(recurrence: NodeOf<'recurrence'> & Node, state: number): Node {
    const carried = recurrence.attributes.loop.states[state];
    if (!carried) throw new GraphError(`${describe(recurrence)} has no state ${state}`);
    return this.make('last', [recurrence], { state, shape: carried.before.shape });
  }

  /**
   * The graph of everything that the outputs and updates need. What nothing needs is left out.
   * @throws GraphError when an update does not fit its variable.
   */
  finish(outputs: Record<string, Node>, updates: ReadonlyMap<NodeOf<'variable'>, Node> = new Map()): Graph {
    const updatesByName = new Map<string, Node>();
    for (const [variable, value] of updates) {
      if (!sameShape(variable.shape, value.shape)) {
        throw new GraphError(
          `the update of variable ${variable.attributes.name} [${variable.shape.join(', ')}] is ${describe(value)} of shape [${value.shape.join(', ')}]`,
        );
      }
      updatesByName.set(variable.attributes.name, value);
    }
    const nodes = reachable([...Object.values(outputs), ...updates.values(), ...updates.keys()]);
    const graph: Graph = {
      nodes,
      inputs: new Map(nodes.flatMap((node) => (node.operation === 'input' ? [[node.attributes.name, node]] : []))),
      variables: new Map(
        nodes.flatMap((node) => (node.operation === 'variable' ? [[node.attributes.name, node]] : [])),
      ),
      outputs: new Map(Object.entries(outputs)),
      updates: updatesByName,
    };
    checkGraph(graph);
    return graph;
  }

  private make<N extends OperationName>(
    operation: N,
    inputs: readonly Node[],
    attributes: Attributes[N],
    type: ElementType = 'float',
  ): NodeOf<N> {
    const key = `${operation} ${inputs.map((input) => input.id).join(',')} ${JSON.stringify(attributes, identify)}`;
    const existing = this.known.get(key);
    // The key holds the operation's name, so what was stored under it is a node of that operation.
    if (existing !== undefined) return existing as NodeOf<N>;
    const shape = inferOrExplain(operation, inputs, attributes);
    const node: NodeOf<N> = { id: this.known.size, operation, inputs, attributes, shape, type };
    this.known.set(key, node as unknown as Node);
    this.made.add(node as unknown as Node);
    return node;
  }

  private named<T extends Node>(name: string, node: T): T {
    const holder = this.names.get(name);
    if (holder !== undefined && holder !== node)
      throw new GraphError(`the name ${name} is taken by ${describe(holder)}`);
    this.names.set(name, node);
    return node;
  }

  /** Splits c · x into x and c; anything else comes back with the factor 1. */
  private withoutFactor(x: Node): [Node, number] {
    const [inner, factor] = x.inputs;
    const scaled = x.operation === 'multiply' && inner && factor?.operation === 'constant';
    return scaled && sameShape(inner.shape, x.shape) ? [inner, factor.attributes.value] : [x, 1];
  }

  private shapeOfPair(operation: 'add' | 'multiply', a: Node, b: Node): Shape {
    return inferOrExplain(operation, [a, b], {});
  }
}

/** Loops and the nodes in them by their numbers; every other attribute is a plain value. */
function identify(_: string, value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'id' in value ? value.id : value;
}

/**
 * Refuses a malformed graph: an unknown operation, inputs that do not fit, a node before its inputs, a result of another
 * shape than its operation gives, an update or output that is not in the graph.
 * @throws GraphError naming the node, the operation and the shapes.
 */
export function checkGraph(graph: Graph): void {
  const seen = new Set<Node>();
  for (const node of graph.nodes) {
    const missing = node.inputs.find((input) => !seen.has(input));
    if (missing) throw new GraphError(`${describe(node)} uses ${describe(missing)}, which does not stand before it`);
    const shape = inferOrExplain(node.operation, node.inputs, node.attributes, node.id);
    if (!sameShape(shape, node.shape)) {
      throw new GraphError(
        `${describe(node)} says its result is [${node.shape.join(', ')}]; it is [${shape.join(', ')}]`,
      );
    }
    seen.add(node);
  }
  for (const [kind, results] of [['output', graph.outputs] as const, ['update', graph.updates] as const]) {
    for (const [name, node] of results) {
      if (!seen.has(node)) throw new GraphError(`the ${kind} ${name} is ${describe(node)}, which is not in the graph`);
      if (kind === 'update' && !graph.variables.has(name)) throw new GraphError(`the update ${name} names no variable`);
    }
  }
}

/**
 * Every node that `roots` need, themselves included, inputs before their users.
 *
 * @param isLeaf whether what a node needs is left out
 */
export function reachable(roots: readonly Node[], isLeaf: (node: Node) => boolean = () => false): Node[] {
  const seen = new Set<Node>();
  const waiting = [...roots];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (!isLeaf(node)) waiting.push(...node.inputs);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

export function isConstant(node: Node, value: number): boolean {
  return node.operation === 'constant' && node.attributes.value === value;
}

function inferOrExplain<N extends OperationName>(
  operation: N,
  inputs: readonly Node[],
  attributes: Attributes[N],
  id?: number,
): Shape {
  try {
    return inferShape(operation, inputs, attributes);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    const named = describe({ operation, inputs, ...(id === undefined ? {} : { id }) });
    throw new GraphError(`${named}: ${operation} ${error.message}`, { cause: error });
  }
}
