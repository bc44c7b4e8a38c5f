import { GraphBuilder } from '../../src/graph/graph.ts';
import { sizeOf } from '../../src/graph/node.ts';
import { floats, grid, ids, on } from './operand.ts';
import type { Build, Operand, OperationCase } from './operand.ts';
import { lastStatesAlone, loopOperands, recurrences, simpleLoop } from './recurrenceCases.ts';
import type { Graph, Node, OperationName, Shape } from '../../src/graph/node.ts';
import { randomSource, uniform, wholeNumbers } from './random.ts';

export interface OperationCases {
  cases: readonly OperationCase[];
  /** Why no gradient flows through it to anything; left out for every operation that has a gradient. */
  noGradient?: string;
}

/** Two operands of each pair of shapes that broadcast in another way. */
function pairs(make: (shape: Shape, side: 0 | 1) => Operand, build: Build): readonly OperationCase[] {
  const shapes: readonly (readonly [Shape, Shape])[] = [
    [[], []],
    [[4], [4]],
    [
      [2, 3],
      [2, 3],
    ],
    [[2, 3], []],
    [[], [2, 3]],
    [[2, 3], [3]],
    [
      [2, 1],
      [1, 3],
    ],
    [[3], [2, 1]],
    [
      [4, 3, 2],
      [3, 1],
    ],
  ];
  return shapes.map(([a, c]) => on(`[${a.join()}] and [${c.join()}]`, [make(a, 0), make(c, 1)], build));
}

const plain = (shape: Shape) => floats(shape);

/** One operand of several shapes. */
function singles(build: Build, from = -2, to = 2): readonly OperationCase[] {
  return [[], [5], [3, 4], [2, 3, 2]].map((shape) => on(`[${shape.join()}]`, [floats(shape, from, to)], build));
}

const products = [false, true].flatMap((transposeA) =>
  [false, true].flatMap((transposeB) =>
    [1, -0.7].map((scale) =>
      on(
        `${transposeA ? 'Aᵀ' : 'A'} · ${transposeB ? 'Bᵀ' : 'B'}, scale ${scale}`,
        [floats(transposeA ? [4, 3] : [3, 4]), floats(transposeB ? [2, 4] : [4, 2])],
        (b, x, y) => b.matmul(x, y, { transposeA, transposeB, scale }),
      ),
    ),
  ),
);

/**
 * Every operation with what it is tried on, by its gradient and by its results on each engine. An operation without an
 * entry here does not compile.
 */
export const operationCases: { readonly [N in OperationName]: OperationCases } = {
  input: {
    cases: [on('a fed matrix', [floats([2, 3])], (_, x) => x)],
    noGradient: 'it is where values come from: it has no inputs that a gradient could flow to',
  },
  variable: {
    cases: [on('[2,2]', [floats([2, 2])], (_, x) => x), on('[]', [floats([])], (_, x) => x)],
    noGradient: 'it is where values come from: it has no inputs that a gradient could flow to',
  },
  constant: {
    cases: [
      on('[]', [], (b) => b.constant(0.3)),
      on('[3]', [], (b) => b.constant(-2, [3])),
      on('[2,3]', [], (b) => b.constant(1.5, [2, 3])),
    ],
    noGradient: 'it is where values come from: it has no inputs that a gradient could flow to',
  },
  matmul: {
    cases: [
      ...products,
      on('1 × 1 matrices', [floats([1, 1]), floats([1, 1])], (b, x, y) => b.matmul(x, y)),
      on('row · column', [floats([1, 5]), floats([5, 1])], (b, x, y) => b.matmul(x, y)),
      on('column · row', [floats([5, 1]), floats([1, 5])], (b, x, y) => b.matmul(x, y)),
      on('a matrix with itself', [floats([3, 3])], (b, x) => b.matmul(x, x, { transposeB: true })),
      on('factors of operands', [floats([2, 3]), floats([3, 2])], (b, x, y) =>
        b.matmul(b.multiply(x, b.constant(3)), b.negate(y), { scale: 0.5 }),
      ),
    ],
  },
  add: {
    cases: [
      ...pairs(plain, (b, x, y) => b.add(x, y)),
      on('x + x', [floats([2, 2])], (b, x) => b.add(x, x)),
      on('a product and a row', [floats([3, 2]), floats([2, 4]), floats([4])], (b, x, y, z) =>
        b.add(b.matmul(x, y), z),
      ),
      on('a number and a product', [floats([]), floats([2, 3]), floats([3, 4])], (b, x, y, z) =>
        b.add(x, b.matmul(y, z)),
      ),
      on('a product that is repeated', [floats([1, 3]), floats([3, 2]), floats([4, 2])], (b, x, y, z) =>
        b.add(b.matmul(x, y), z),
      ),
      on('two products', [floats([3, 2]), floats([2, 3])], (b, x, y) =>
        b.add(b.matmul(x, y), b.matmul(y, x, { transposeA: true, transposeB: true })),
      ),
    ],
  },
  subtract: {
    cases: [...pairs(plain, (b, x, y) => b.subtract(x, y)), on('x − x', [floats([2, 2])], (b, x) => b.subtract(x, x))],
  },
  multiply: {
    cases: [
      ...pairs(plain, (b, x, y) => b.multiply(x, y)),
      on('x · x', [floats([2, 2])], (b, x) => b.multiply(x, x)),
      on('by a constant', [floats([2, 3])], (b, x) => b.multiply(x, b.constant(-2.5))),
      on('by a constant that broadcasts it', [floats([1, 3])], (b, x) => b.multiply(x, b.constant(2, [4, 3]))),
    ],
  },
  divide: {
    cases: [
      // Divisors keep away from zero, where no step is small enough.
      ...pairs(
        (shape, side) => (side === 0 ? floats(shape) : floats(shape, 0.5, 2)),
        (b, x, y) => b.divide(x, y),
      ),
      on('by negative numbers', [floats([3]), floats([3], -2, -0.5)], (b, x, y) => b.divide(x, y)),
    ],
  },
  maximum: {
    cases: pairs(
      (shape, side) => grid(shape, 0.05 * side),
      (b, x, y) => b.maximum(x, y),
    ),
  },
  atLeast: {
    cases: [
      ...pairs(
        (shape, side) => grid(shape, 0.05 * side),
        (b, x, y) => b.atLeast(x, y),
      ),
      on('ties count as at least', [grid([6], 0)], (b, x) => b.atLeast(x, x)),
    ],
    noGradient: 'it is a step: its derivative is zero wherever there is one',
  },
  sigmoid: {
    cases: [...singles((b, x) => b.sigmoid(x)), on('far out', [floats([6], -30, 30)], (b, x) => b.sigmoid(x))],
  },
  tanh: { cases: [...singles((b, x) => b.tanh(x)), on('far out', [floats([6], -12, 12)], (b, x) => b.tanh(x))] },
  exp: { cases: singles((b, x) => b.exp(x)) },
  log: { cases: singles((b, x) => b.log(x), 0.2, 3) },
  sqrt: { cases: singles((b, x) => b.sqrt(x), 0.2, 3) },
  sum: {
    cases: [
      on('all of a vector', [floats([5])], (b, x) => b.sum(x)),
      on('all of [2,3,4]', [floats([2, 3, 4])], (b, x) => b.sum(x)),
      on('all, axes kept', [floats([2, 3])], (b, x) => b.sum(x, { keepAxes: true })),
      on('columns', [floats([3, 4])], (b, x) => b.sum(x, { axes: [0] })),
      on('columns, axis kept', [floats([3, 4])], (b, x) => b.sum(x, { axes: [0], keepAxes: true })),
      on('rows', [floats([3, 4])], (b, x) => b.sum(x, { axes: [1] })),
      on('rows, axis kept', [floats([3, 4])], (b, x) => b.sum(x, { axes: [1], keepAxes: true })),
      on('outer and inner', [floats([2, 3, 4])], (b, x) => b.sum(x, { axes: [0, 2] })),
      on('named backwards', [floats([2, 3, 4])], (b, x) => b.sum(x, { axes: [2, 1] })),
      on('the middle, axis kept', [floats([2, 3, 4])], (b, x) => b.sum(x, { axes: [1], keepAxes: true })),
      on('a multiple', [floats([3, 4])], (b, x) => b.sum(b.multiply(x, b.constant(0.25)), { axes: [0] })),
    ],
  },
  sumOfSquares: { cases: singles((b, x) => b.sumOfSquares(x)) },
  broadcast: {
    cases: [
      on('a scalar to [2,3]', [floats([])], (b, x) => b.broadcast(x, [2, 3])),
      on('[3] to [2,3]', [floats([3])], (b, x) => b.broadcast(x, [2, 3])),
      on('[2,1] to [2,3]', [floats([2, 1])], (b, x) => b.broadcast(x, [2, 3])),
      on('[1,3,1] to [2,3,4]', [floats([1, 3, 1])], (b, x) => b.broadcast(x, [2, 3, 4])),
    ],
  },
  reshape: {
    cases: [
      on('[2,6] to [3,4]', [floats([2, 6])], (b, x) => b.reshape(x, [3, 4])),
      on('[4] to [2,1,2]', [floats([4])], (b, x) => b.reshape(x, [2, 1, 2])),
      on('[1,1] to []', [floats([1, 1])], (b, x) => b.reshape(x, [])),
    ],
  },
  transpose: {
    cases: [
      on('[2,3]', [floats([2, 3])], (b, x) => b.transpose(x)),
      on('[1,4]', [floats([1, 4])], (b, x) => b.transpose(x)),
    ],
  },
  slice: {
    cases: [
      on('the start of a vector', [floats([5])], (b, x) => b.slice(x, 0, 0, 2)),
      on('rows', [floats([5, 2])], (b, x) => b.slice(x, 0, 1, 4)),
      on('columns to the end', [floats([2, 5])], (b, x) => b.slice(x, 1, 3, 5)),
      on('the middle of [2,4,3]', [floats([2, 4, 3])], (b, x) => b.slice(x, 1, 1, 3)),
      on('parts that tile', [floats([2, 6])], (b, x) =>
        b.multiply(b.slice(x, 1, 0, 2), b.add(b.slice(x, 1, 2, 4), b.slice(x, 1, 4, 6))),
      ),
      on('parts that overlap', [floats([2, 6])], (b, x) => b.multiply(b.slice(x, 1, 0, 4), b.slice(x, 1, 2, 6))),
      on('parts that leave a gap', [floats([2, 6])], (b, x) => b.multiply(b.slice(x, 1, 0, 2), b.slice(x, 1, 4, 6))),
    ],
  },
  pad: {
    cases: [
      on('a vector, both sides', [floats([3])], (b, x) => b.pad(x, 0, 1, 2)),
      on('rows in front', [floats([2, 3])], (b, x) => b.pad(x, 0, 2, 0)),
      on('columns behind', [floats([2, 3])], (b, x) => b.pad(x, 1, 0, 1)),
      on('the middle of [2,2,2]', [floats([2, 2, 2])], (b, x) => b.pad(x, 1, 1, 1)),
    ],
  },
  join: {
    cases: [
      on('vectors', [floats([2]), floats([3])], (b, x, y) => b.join([x, y], 0)),
      on('rows', [floats([1, 2]), floats([3, 2]), floats([2, 2])], (b, ...parts) => b.join(parts, 0)),
      on('columns', [floats([2, 3]), floats([2, 1])], (b, ...parts) => b.join(parts, 1)),
      on('one tensor twice', [floats([2, 2])], (b, x) => b.join([x, x], 1)),
      // More than the seven that one WebGPU kernel takes, so that they are joined in groups there.
      on(
        '17 parts',
        Array.from({ length: 17 }, () => floats([1, 3])),
        (b, ...parts) => b.join(parts, 0),
      ),
    ],
  },
  gather: {
    cases: [
      on('rows of a table', [floats([6, 3]), ids(4, 6)], (b, x, y) => b.gather(x, y)),
      on('few rows, many ids', [floats([2, 3]), ids(9, 2)], (b, x, y) => b.gather(x, y)),
      on('of width 1', [floats([4, 1]), ids(3, 4)], (b, x, y) => b.gather(x, y)),
    ],
  },
  scatterAdd: {
    cases: [
      on('equal ids add up', [floats([3, 2]), ids(8, 3), floats([8, 2])], (b, x, y, z) => b.scatterAdd(x, y, z)),
      on('into zeros', [ids(5, 4), floats([5, 3])], (b, x, y) => b.scatterAdd(b.constant(0, [4, 3]), x, y)),
      on('one row', [floats([5, 2]), ids(1, 5), floats([1, 2])], (b, x, y, z) => b.scatterAdd(x, y, z)),
    ],
  },
  pick: {
    cases: [
      on('[5,4]', [floats([5, 4]), ids(5, 4)], (b, x, y) => b.pick(x, y)),
      on('[1,3]', [floats([1, 3]), ids(1, 3)], (b, x, y) => b.pick(x, y)),
    ],
  },
  addAt: {
    cases: [
      on('[5,4]', [floats([5, 4]), ids(5, 4), floats([5])], (b, x, y, z) => b.addAt(x, y, z)),
      on('into zeros', [ids(3, 4), floats([3])], (b, x, y) => b.addAt(b.constant(0, [3, 4]), x, y)),
    ],
  },
  softmax: {
    cases: [
      on('[4,5]', [floats([4, 5], -3, 3)], (b, x) => b.softmax(x)),
      on('[2,1]', [floats([2, 1])], (b, x) => b.softmax(x)),
      on('large logits', [floats([2, 3], 500, 503)], (b, x) => b.softmax(x)),
    ],
  },
  crossEntropy: {
    cases: [
      on('[4,5]', [floats([4, 5], -3, 3), ids(4, 5)], (b, x, y) => b.crossEntropy(x, y)),
      on('[6,2]', [floats([6, 2], -3, 3), ids(6, 2)], (b, x, y) => b.crossEntropy(x, y)),
      on('large logits', [floats([2, 3], 500, 503), ids(2, 3)], (b, x, y) => b.crossEntropy(x, y)),
    ],
  },
  recurrence: { cases: recurrences },
  collect: { cases: recurrences },
  last: {
    cases: [
      on('after the last step', loopOperands, (b, ...operands) => simpleLoop(b, operands).last(0)),
      on('after the last step, backwards', loopOperands, (b, ...operands) => simpleLoop(b, operands, true).last(0)),
      ...lastStatesAlone,
    ],
  },
};

/** A case made ready to run. Floats are variables (to differentiate by) or inputs, ids are inputs. */
export interface PreparedCase {
  b: GraphBuilder;
  result: Node;
  /** The nodes of the float operands, in order. */
  operands: readonly (Node & { operation: 'variable' })[];
  feeds: Record<string, Int32Array | Float32Array>;
  variables: Record<string, Float32Array>;
}

/** Builds a case into `b`, its names led by `prefix` so that several fit into one graph. */
export function prepareCase(
  operation: OperationName,
  { name, operands, build }: OperationCase,
  { b = new GraphBuilder(), prefix = '' }: { b?: GraphBuilder; prefix?: string } = {},
): PreparedCase {
  const next = randomSource([...`${operation} ${name}`].reduce((sum, letter) => 31 * sum + letter.charCodeAt(0), 7));
  const prepared: PreparedCase = { b, result: b.constant(0), operands: [], feeds: {}, variables: {} };
  const nodes = operands.map((operand, index) => {
    const key = `${prefix}x${index}`;
    const size = sizeOf(operand.shape);
    if (operand.kind === 'ids') {
      prepared.feeds[key] = wholeNumbers(next, size, operand.limit);
      return b.input(key, operand.shape, 'integer');
    }
    const data =
      operand.kind === 'floats'
        ? uniform(next, size, operand.from, operand.to)
        : wholeNumbers(next, size, 20).map((tenths) => tenths - 10);
    const values = operand.kind === 'floats' ? data : Float32Array.from(data, (n) => n / 10 + operand.offset);
    if (operation === 'input') {
      prepared.feeds[key] = Float32Array.from(values);
      return b.input(key, operand.shape);
    }
    prepared.variables[key] = Float32Array.from(values);
    const variable = b.variable(key, operand.shape) as Node & { operation: 'variable' };
    prepared.operands = [...prepared.operands, variable];
    return variable;
  });
  return { ...prepared, result: build(b, ...nodes) };
}

/** Every case of every operation, for `it.each`. */
export const everyCase = (Object.keys(operationCases) as OperationName[]).flatMap((operation) =>
  operationCases[operation].cases.map((operationCase) => ({
    title: `${operation}: ${operationCase.name}`,
    operation,
    operationCase,
  })),
);

/** Whether the graph still holds the operation, so that a case does not test what the builder folded away. */
export function holds(graph: Graph, operation: OperationName): boolean {
  return graph.nodes.some((node) => node.operation === operation);
}
