import type { GraphBuilder } from '../../src/graph/graph.ts';
import { sizeOf } from '../../src/graph/node.ts';
import type { Node } from '../../src/graph/node.ts';
import { recurrence } from '../../src/graph/recurrence.ts';
import type { Recurrence, StepInputs } from '../../src/graph/recurrence.ts';
import { floats, on } from './operand.ts';
import type { OperationCase } from './operand.ts';

const steps = 4;

/** A state [2, 3], rows for four steps [8, 3], a matrix [3, 3]. */
export const loopOperands = [floats([2, 3]), floats([2 * steps, 3]), floats([3, 3])];

interface Step {
  states: readonly Node[];
  /** What is collected. */
  values: readonly Node[];
}

type MakeStep = (b: GraphBuilder, inputs: { h: Node; x: Node; w: Node } & StepInputs) => Step;

/** A loop over the operands above, and more of each kind where `counts` says so. */
function loop(
  b: GraphBuilder,
  operands: readonly Node[],
  options: { reverse?: boolean; states?: number; scanned?: number; step: MakeStep },
): Recurrence<Step> {
  const { reverse = false, states = 1, scanned = 1 } = options;
  return recurrence(b, {
    states: operands.slice(0, states),
    scanned: operands.slice(states, states + scanned),
    outer: operands.slice(states + scanned),
    steps,
    reverse,
    step: (body, inputs) => {
      const [[h], [x], [w]] = [inputs.states, inputs.scanned, inputs.outer];
      if (!h || !x || !w) throw new Error('a case needs a state, a scanned and an outer tensor');
      return options.step(body, { h, x, w, ...inputs });
    },
  });
}

const plain: MakeStep = (b, { h, x, w }) => {
  const next = b.tanh(b.add(x, b.matmul(h, w)));
  return { states: [next], values: [next] };
};

/** h' = tanh(x + h·W) */
export const simpleLoop = (b: GraphBuilder, operands: readonly Node[], reverse = false): Recurrence<Step> =>
  loop(b, operands, { reverse, step: plain });

/** Whatever is collected, and the last states, laid end to end. */
function everything(b: GraphBuilder, loop: Recurrence<Step>): Node {
  const { values, states } = loop.step;
  const results = [...values.map((value) => loop.collect(value)), ...states.map((_, index) => loop.last(index))];
  return b.join(
    results.map((result) => b.reshape(result, [sizeOf(result.shape)])),
    0,
  );
}

const looped = (name: string, options: Parameters<typeof loop>[2], operands = loopOperands): OperationCase =>
  on(name, operands, (b, ...nodes) => everything(b, loop(b, nodes, options)));

/** Loops whose gradients take every way that there is: through states, rows and outer tensors of each kind. */
export const recurrences: readonly OperationCase[] = [
  on('what a plain cell makes', loopOperands, (b, ...operands) => {
    const made = simpleLoop(b, operands);
    return made.collect(made.step.states[0] as Node);
  }),
  looped('what it makes, and its last state', { step: plain }),
  looped('from the last step to the first', { reverse: true, step: plain }),
  looped(
    'two states that feed each other, gates laid side by side',
    {
      states: 2,
      step: (b, { h, x, w, states: [, c = h] }) => {
        const before = b.add(x, b.matmul(h, w));
        const gates = b.sigmoid(b.slice(before, 1, 0, 2));
        const candidate = b.tanh(b.slice(before, 1, 2, 3));
        const next = b.add(b.multiply(b.slice(gates, 1, 0, 1), c), candidate);
        return { states: [b.multiply(b.slice(gates, 1, 1, 2), b.tanh(next)), next], values: [gates, next, candidate] };
      },
    },
    [floats([2, 3]), floats([2, 3]), floats([2 * steps, 3]), floats([3, 3])],
  ),
  looped(
    'a vector and a number for all steps',
    {
      step: (b, { h, x, w, outer: [, row = w, scalar = w] }) => {
        const next = b.tanh(b.add(b.multiply(b.matmul(h, w), row), b.multiply(x, scalar)));
        return { states: [next], values: [b.multiply(next, row)] };
      },
    },
    [...loopOperands, floats([3]), floats([])],
  ),
  looped(
    'an outer matrix on the left, whose gradient is added up from step to step',
    {
      step: (b, { h, x, w, outer: [, left = w] }) => {
        const next = b.tanh(b.add(b.matmul(left, b.matmul(h, w)), x));
        return { states: [next], values: [next] };
      },
    },
    [...loopOperands, floats([2, 2])],
  ),
  looped('a matrix that is used twice and transposed, rows that are used twice', {
    step: (b, { h, x, w }) => {
      const next = b.tanh(b.add(b.matmul(b.multiply(h, x), w, { scale: 0.5 }), b.matmul(x, w, { transposeB: true })));
      return { states: [next], values: [b.subtract(next, x)] };
    },
  }),
  looped(
    'two scanned tensors of other widths, quotients and roots',
    {
      scanned: 2,
      step: (b, { h, x, w, scanned: [, y = x] }) => {
        const root = b.sqrt(b.add(b.sum(b.multiply(h, h), { axes: [1], keepAxes: true }), b.constant(1)));
        const next = b.tanh(b.add(b.divide(b.matmul(h, w), root), b.add(x, b.multiply(y, b.constant(-2)))));
        return { states: [next], values: [root, next] };
      },
    },
    [floats([2, 3]), floats([2 * steps, 3]), floats([2 * steps, 1]), floats([3, 3])],
  ),
  looped(
    'states that become another state, an outer tensor and what is scanned',
    {
      states: 3,
      step: (b, { h, x, w, states: [, p = h, q = h], outer: [, fixed = w] }) => {
        const next = b.multiply(b.tanh(b.matmul(h, w)), b.add(p, q));
        return { states: [x, h, fixed], values: [next, h, fixed] };
      },
    },
    [floats([2, 3]), floats([2, 3]), floats([2, 3]), floats([2 * steps, 3]), floats([3, 3]), floats([2, 3])],
  ),
  looped(
    'factors that are repeated along the other axis',
    {
      scanned: 2,
      step: (b, { h, x, w, scanned: [, column = x], outer: [, row = w] }) => {
        const gate = b.sigmoid(b.sum(b.matmul(h, w), { axes: [1], keepAxes: true }));
        const next = b.multiply(b.multiply(b.multiply(gate, x), b.tanh(column)), b.exp(row));
        return { states: [next], values: [b.join([b.multiply(gate, x), gate, b.multiply(next, column)], 1)] };
      },
    },
    [floats([2, 3]), floats([2 * steps, 3]), floats([2 * steps, 1]), floats([3, 3]), floats([1, 3])],
  ),
  looped(
    'a state that nothing but itself depends on',
    {
      states: 2,
      step: (b, { h, x, w, states: [, count = h] }) => {
        const next = b.tanh(b.add(x, b.matmul(h, w)));
        return { states: [next, b.multiply(count, b.constant(0.5))], values: [next] };
      },
    },
    [floats([2, 3]), floats([2, 3]), floats([2 * steps, 3]), floats([3, 3])],
  ),
];

/** Loops of which nothing is collected. */
export const lastStatesAlone: readonly OperationCase[] = [
  looped('a linear step whose last state alone is used: the way back scans nothing', {
    step: (b, { h, x, w }) => ({ states: [b.add(x, b.matmul(h, w))], values: [] }),
  }),
  looped('a number of the step, which has no rows to be collected', {
    step: (b, { h, x, w }) => {
      const norm = b.sqrt(b.add(b.sumOfSquares(h), b.constant(1)));
      return { states: [b.add(x, b.divide(b.matmul(h, w), norm))], values: [] };
    },
  }),
];
