import { formatShape, sameShape, sizeOf } from './node.ts';
import type { Attributes, ElementType, Node, OperationName, Shape } from './node.ts';

/** What is wrong with an operation's inputs or attributes; the builder adds which node it was. */
export class ShapeError extends Error {}

/** What the table says of an operation. */
export interface Operation<N extends OperationName> {
  /** One line: what it computes. */
  meaning: string;
  /** The element type of each input; `many` for one or more floats. */
  inputs: readonly ElementType[] | 'many';
  /** The result's shape. Throws a ShapeError where inputs or attributes do not fit. */
  shape(inputs: readonly Shape[], attributes: Readonly<Attributes[N]>): Shape;
}

type Table = { readonly [N in OperationName]: Operation<N> };

const one = (shapes: readonly Shape[]): Shape => shapes[0] ?? [];
const elementwise = (meaning: string) => ({ meaning, inputs: ['float'] as const, shape: one });
const arithmetic = (meaning: string) => ({
  meaning: `${meaning}, element by element with broadcasting`,
  inputs: ['float', 'float'] as const,
  shape: ([a = [], b = []]: readonly Shape[]) => broadcastShape(a, b),
});

/**
 * Every operation of the graph. A network needs no more than these, and each has a gradient rule (gradients.ts) made of
 * the same operations, so that a backward pass runs on whatever runs a forward pass.
 */
export const operations: Table = {
  input: { meaning: 'a tensor that the caller feeds at each run', inputs: [], shape: (_, { shape }) => checked(shape) },
  variable: { meaning: 'a tensor that lives from run to run', inputs: [], shape: (_, { shape }) => checked(shape) },
  constant: {
    meaning: 'one finite number in every element',
    inputs: [],
    shape: (_, { value, shape }) => {
      demand(Number.isFinite(value), `needs a finite number, not ${value}`);
      return checked(shape);
    },
  },

  matmul: {
    meaning: 'scale · A · B of two matrices, either of them transposed first',
    inputs: ['float', 'float'],
    shape: ([a = [], b = []], { transposeA, transposeB }) => {
      demand(a.length === 2 && b.length === 2, `takes two matrices, not ${formatShape(a)} and ${formatShape(b)}`);
      const [rows = 0, innerA = 0] = transposeA ? [...a].reverse() : a;
      const [innerB = 0, columns = 0] = transposeB ? [...b].reverse() : b;
      const how = `${formatShape(a)}${transposeA ? 'ᵀ' : ''} · ${formatShape(b)}${transposeB ? 'ᵀ' : ''}`;
      demand(innerA === innerB, `needs equal inner extents, and ${how} has ${innerA} and ${innerB}`);
      return [rows, columns];
    },
  },
  add: arithmetic('a + b'),
  subtract: arithmetic('a − b'),
  multiply: arithmetic('a · b'),
  divide: arithmetic('a / b'),
  maximum: arithmetic('the larger of a and b'),
  atLeast: arithmetic('1 where a ≥ b, else 0'),
  sigmoid: elementwise('1 / (1 + exp(−x))'),
  tanh: elementwise('hyperbolic tangent'),
  exp: elementwise('e to the power of x'),
  log: elementwise('natural logarithm'),
  sqrt: elementwise('square root'),

  sum: {
    meaning: 'sum over the named axes, which become 1 or go',
    inputs: ['float'],
    shape: ([x = []], { axes, keepAxes }) => {
      axes.forEach((axis) => axisOf(x, axis));
      demand(new Set(axes).size === axes.length, `sums an axis twice: ${axes.join(', ')}`);
      return x.flatMap((extent, axis) => (axes.includes(axis) ? (keepAxes ? [1] : []) : [extent]));
    },
  },
  sumOfSquares: { meaning: 'sum of the squares of all elements, a scalar', inputs: ['float'], shape: () => [] },
  broadcast: {
    meaning: 'repeat along axes of extent 1 (or missing in front) to the given shape',
    inputs: ['float'],
    shape: ([x = []], { shape }) => {
      demand(sameShape(broadcastShape(x, shape), shape), `cannot repeat ${formatShape(x)} to ${formatShape(shape)}`);
      return shape;
    },
  },
  reshape: {
    meaning: 'the same elements in the same order under another shape',
    inputs: ['float'],
    shape: ([x = []], { shape }) => {
      demand(sizeOf(x) === sizeOf(shape), `cannot view ${formatShape(x)} as ${formatShape(shape)}: the sizes differ`);
      return checked(shape);
    },
  },
  transpose: {
    meaning: 'a matrix with rows and columns exchanged',
    inputs: ['float'],
    shape: ([x = []]) => {
      demand(x.length === 2, `takes a matrix, not ${formatShape(x)}`);
      return [...x].reverse();
    },
  },
  slice: {
    meaning: 'the part of an axis from start up to, not including, end',
    inputs: ['float'],
    shape: ([x = []], { axis, start, end }) => {
      const extent = axisOf(x, axis);
      demand(0 <= start && start < end && end <= extent, `asks for ${start}…${end} of an axis of ${extent}`);
      return withAxis(x, axis, end - start);
    },
  },
  pad: {
    meaning: 'zeros put before and after along an axis',
    inputs: ['float'],
    shape: ([x = []], { axis, before, after }) => {
      demand(before >= 0 && after >= 0, `cannot put ${before} before and ${after} after`);
      return withAxis(x, axis, before + axisOf(x, axis) + after);
    },
  },
  join: {
    meaning: 'tensors laid end to end along an axis',
    inputs: 'many',
    shape: (shapes, { axis }) => {
      const first = one(shapes);
      axisOf(first, axis);
      for (const shape of shapes) {
        const fits = sameShape(withAxis(shape, axis, 0), withAxis(first, axis, 0));
        demand(fits, `cannot lay ${formatShape(shape)} behind ${formatShape(first)} along axis ${axis}`);
      }
      return withAxis(
        first,
        axis,
        shapes.reduce((sum, shape) => sum + axisOf(shape, axis), 0),
      );
    },
  },
  gather: {
    meaning: 'rows of a table [rows, width] by ids [n]: [n, width]; ids must lie in the table',
    inputs: ['float', 'integer'],
    shape: ([table = [], ids = []]) => {
      demand(table.length === 2 && ids.length === 1, `takes a matrix and a list of ids, not ${formats(table, ids)}`);
      return [ids[0] ?? 0, table[1] ?? 0];
    },
  },
  scatterAdd: {
    meaning: 'base [rows, width] with each row i of updates [n, width] added to row ids[i]; equal ids add up',
    inputs: ['float', 'integer', 'float'],
    shape: ([base = [], ids = [], updates = []]) => {
      const fits = base.length === 2 && ids.length === 1 && sameShape(updates, [ids[0] ?? 0, base[1] ?? 0]);
      demand(fits, `takes [rows, width], [n] and [n, width], not ${formats(base, ids, updates)}`);
      return base;
    },
  },
  pick: {
    meaning: 'of each row of x [n, width] the element at ids [n]: [n]',
    inputs: ['float', 'integer'],
    shape: ([x = [], ids = []]) => {
      demand(x.length === 2 && sameShape(ids, [x[0] ?? 0]), `takes [n, width] and [n], not ${formats(x, ids)}`);
      return ids;
    },
  },
  addAt: {
    meaning: 'x [n, width] with values[i] added to row i at ids[i]',
    inputs: ['float', 'integer', 'float'],
    shape: ([x = [], ids = [], values = []]) => {
      const fits = x.length === 2 && sameShape(ids, [x[0] ?? 0]) && sameShape(values, ids);
      demand(fits, `takes [n, width], [n] and [n], not ${formats(x, ids, values)}`);
      return x;
    },
  },
  softmax: {
    meaning: 'exp(x) over its sum along each row of [n, width]',
    inputs: ['float'],
    shape: ([x = []]) => {
      demand(x.length === 2, `takes a matrix, not ${formatShape(x)}`);
      return x;
    },
  },
  crossEntropy: {
    meaning: '−log softmax(logits [n, width]) at targets [n], in nats: [n]',
    inputs: ['float', 'integer'],
    shape: ([logits = [], targets = []]) => {
      const fits = logits.length === 2 && sameShape(targets, [logits[0] ?? 0]);
      demand(fits, `takes logits [n, width] and targets [n], not ${formats(logits, targets)}`);
      return targets;
    },
  },

  recurrence: {
    meaning: 'a loop over steps: its inputs are the states before the first step, the scanned tensors, the outer ones',
    inputs: 'many',
    shape: (shapes, { loop, steps }) => {
      const { states, scanned, outer } = loop;
      const wanted = [
        ...states.map(({ before }) => before.shape),
        ...scanned.map(({ shape: [rows = 0, ...rest] }) => [steps * rows, ...rest]),
        ...outer.map(({ shape }) => shape),
      ];
      const fits =
        wanted.length === shapes.length && wanted.every((shape, index) => sameShape(shape, shapes[index] ?? []));
      demand(fits, `of ${steps} steps takes ${formats(...wanted)}, not ${formats(...shapes)}`);
      for (const { before, after } of states) {
        demand(
          sameShape(before.shape, after.shape),
          `turns a state ${formats(before.shape)} into ${formats(after.shape)}`,
        );
      }
      return [];
    },
  },
  collect: {
    meaning: 'a value of every step of a recurrence, [steps · rows, …], in the order of the scanned tensors',
    inputs: ['results'],
    shape: (_, { value: { shape }, steps }) => {
      const [rows, ...rest] = shape;
      demand(rows !== undefined, 'takes a value with rows, not a scalar');
      return [steps * rows, ...rest];
    },
  },
  last: {
    meaning: 'a state of a recurrence after its last step',
    inputs: ['results'],
    shape: (_, { shape }) => shape,
  },
};

/** The shape that two shapes broadcast to: aligned at the last axis, extents equal or one of them 1 (as in NumPy). */
export function broadcastShape(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const extentA = a[axis - rank + a.length] ?? 1;
    const extentB = b[axis - rank + b.length] ?? 1;
    demand(extentA === extentB || extentA === 1 || extentB === 1, `cannot broadcast ${formats(a, b)} to one shape`);
    return extentA === 1 ? extentB : extentA;
  });
}

/**
 * The shape of an operation's result, with everything about its inputs checked.
 * @throws ShapeError without the node's name: the caller knows it.
 */
export function inferShape<N extends OperationName>(
  operation: N,
  inputs: readonly Node[],
  attributes: Attributes[N],
): Shape {
  const entry: Operation<N> | undefined = operations[operation];
  demand(entry !== undefined, `is not an operation; there are ${Object.keys(operations).join(', ')}`);
  if (entry.inputs === 'many') {
    demand(inputs.length > 0, 'takes at least one input');
    demand(
      inputs.every((input) => input.type === 'float'),
      'takes floats, and an input is of another type',
    );
  } else {
    const wanted = entry.inputs;
    demand(inputs.length === wanted.length, `takes ${wanted.length} inputs, not ${inputs.length}`);
    inputs.forEach((input, index) =>
      demand(input.type === wanted[index], `takes a ${wanted[index]} as input ${index + 1}, not a ${input.type}`),
    );
  }
  return entry.shape(
    inputs.map((input) => input.shape),
    attributes,
  );
}

function demand(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new ShapeError(otherwise);
}

function checked(shape: Shape): Shape {
  const whole = shape.every((extent) => Number.isSafeInteger(extent) && extent > 0);
  demand(whole, `needs positive whole extents, not ${formatShape(shape)}`);
  return shape;
}

function axisOf(shape: Shape, axis: number): number {
  const extent = shape[axis];
  demand(extent !== undefined, `names axis ${axis} of ${formatShape(shape)}`);
  return extent;
}

function withAxis(shape: Shape, axis: number, extent: number): Shape {
  return shape.map((old, index) => (index === axis ? extent : old));
}

function formats(...shapes: Shape[]): string {
  return shapes.map(formatShape).join(' and ');
}
