import { afterAll, describe, expect, it } from 'vitest';
import { evaluate } from '../../src/engine/reference/engine.ts';
import { gradients } from '../../src/graph/gradients.ts';
import { GraphBuilder, GraphError } from '../../src/graph/graph.ts';
import type { Graph, Node, OperationName } from '../../src/graph/node.ts';
import { sizeOf } from '../../src/graph/node.ts';
import { operations } from '../../src/graph/operations.ts';
import { expectClose, Largest } from './close.ts';
import { finiteDifferences, scalar } from './finiteDifferences.ts';
import type { Numbers } from './finiteDifferences.ts';
import { everyCase, holds, operationCases, prepareCase } from './operationCases.ts';
import { randomSource, uniform } from './random.ts';

/** Central differences in float64 are good to about 1e-10; the tolerance leaves room for curved functions. */
const tolerance = 1e-7;
const largest = new Largest();
afterAll(() => largest.print('gradients against central differences'));

/** Σ result · weights with random weights: a scalar whose gradient reaches each element of the result differently. */
function weighted(b: GraphBuilder, result: Node, feeds: Record<string, ArrayLike<number>>): Node {
  feeds['weights'] = uniform(randomSource(99), sizeOf(result.shape), 0.5, 1.5);
  return b.sum(b.multiply(result, b.input('weights', result.shape)));
}

/** Compares the gradients of `loss` by each of `parameters` with finite differences; returns the graph of both. */
function expectGradients(
  b: GraphBuilder,
  {
    loss,
    parameters,
    feeds,
    variables,
  }: { loss: Node; parameters: readonly Node[]; feeds: Numbers; variables: Numbers },
  heading: string,
): Graph {
  const gradientOf = gradients(b, loss, parameters);
  const outputs = Object.fromEntries(
    [...gradientOf.values()].map((gradient, index) => [`gradient ${index}`, gradient]),
  );
  const forward = b.finish({ loss });
  const graph = b.finish({ loss, ...outputs });
  const results = evaluate(graph, feeds, variables).outputs;
  parameters.forEach((parameter, index) => {
    const name = parameter.operation === 'variable' ? parameter.attributes.name : '';
    const expected = finiteDifferences(
      (moved) => scalar(forward, 'loss', { feeds, variables: moved }),
      variables,
      name,
    );
    const actual = results[`gradient ${index}`]?.data ?? [];
    largest.note(heading, expectClose(actual, expected, { tolerance, what: `gradient by ${name}` }));
  });
  return graph;
}

describe('every operation', () => {
  it('has cases, and each case holds its operation', () => {
    expect(Object.keys(operationCases).sort()).toEqual(Object.keys(operations).sort());
    for (const { title, operation, operationCase } of everyCase) {
      const { b, result } = prepareCase(operation, operationCase);
      expect(holds(b.finish({ result }), operation), `${title} was folded away`).toBe(true);
    }
    for (const [name, { cases }] of Object.entries(operationCases)) expect(cases.length, name).toBeGreaterThan(0);
  });

  const moving = everyCase.filter(({ operation }) => operationCases[operation].noGradient === undefined);
  it.each(moving)('$title has the gradient that finite differences give', ({ operation, operationCase }) => {
    const { b, result, operands, feeds, variables } = prepareCase(operation, operationCase);
    expect(operands.length).toBeGreaterThan(0);
    const fed: Record<string, ArrayLike<number>> = { ...feeds };
    const loss = weighted(b, result, fed);
    expectGradients(b, { loss, parameters: operands, feeds: fed, variables }, operation);
  });

  const noGradient = (Object.keys(operationCases) as OperationName[]).filter((name) => operationCases[name].noGradient);
  it.each(noGradient)('%s passes no gradient on', (operation) => {
    for (const operationCase of operationCases[operation].cases) {
      const { b, result, operands } = prepareCase(operation, operationCase);
      const other = b.variable('other', [2]) as Node;
      const loss = b.sum(result);
      for (const parameter of [...operands, other].filter((node) => node !== result)) {
        expect(() => gradients(b, loss, [parameter])).toThrow(GraphError);
        expect(() => gradients(b, loss, [parameter])).toThrow(/does not reach the loss/);
      }
    }
  });

  it('a maximum of equal numbers gives the whole gradient to the first and nothing twice', () => {
    const b = new GraphBuilder();
    const [x, y] = [b.variable('x', [3]) as Node, b.variable('y', [3]) as Node];
    const gradientOf = gradients(b, b.sum(b.maximum(x, y)), [x, y]);
    const graph = b.finish({ x: gradientOf.get(x) ?? x, y: gradientOf.get(y) ?? y });
    const { outputs } = evaluate(graph, {}, { x: [1, 2, 3], y: [1, 2, 3] });
    expect([...(outputs['x']?.data ?? [])]).toEqual([1, 1, 1]);
    expect([...(outputs['y']?.data ?? [])]).toEqual([0, 0, 0]);
  });
});

describe('gradients', () => {
  const build = () => {
    const b = new GraphBuilder();
    const x = b.variable('x', [3, 4]) as Node;
    return { b, x, variables: { x: uniform(randomSource(5), 12, 0.2, 1.2) } };
  };

  it('refuses a loss that is no scalar and a parameter that the loss does not need', () => {
    const { b, x } = build();
    expect(() => gradients(b, b.tanh(x), [x])).toThrow(/need a scalar, and tanh #\d+ \[3, 4\] is not one/);
    const other = b.variable('other', [2]) as Node;
    expect(() => gradients(b, b.sum(x), [other])).toThrow(/variable #\d+ does not reach the loss/);
  });

  it('of the loss itself is 1', () => {
    const { b, x } = build();
    const loss = b.sum(x);
    const gradient = gradients(b, loss, [loss]).get(loss);
    expect(gradient).toBe(b.constant(1));
  });

  it('leaves out what no parameter needs', () => {
    const { b, x } = build();
    const fed = b.input('fed', [3, 4]);
    const loss = b.sum(b.multiply(b.tanh(fed), x));
    const graph = b.finish({ gradient: gradients(b, loss, [x]).get(x) ?? x });
    expect(graph.nodes.map(({ operation }) => operation)).toEqual(['input', 'tanh']);
  });

  const usedTwice: Record<string, (b: GraphBuilder, x: Node) => Node> = {
    'x · x': (b, x) => b.multiply(x, x),
    'x / x²': (b, x) => b.divide(x, b.multiply(x, x)),
    'tanh x · σ(tanh x)': (b, x) => b.multiply(b.tanh(x), b.sigmoid(b.tanh(x))),
    'a diamond of sums': (b, x) => b.multiply(b.add(b.exp(x), x), b.subtract(b.exp(x), x)),
    'x · xᵀ · x': (b, x) => b.matmul(b.matmul(x, x, { transposeB: true }), x),
    'rows broadcast over themselves': (b, x) => b.multiply(x, b.sum(x, { axes: [1], keepAxes: true })),
    'softmax beside its logits': (b, x) => b.multiply(b.softmax(x), x),
    'a norm by which it is divided': (b, x) => b.divide(x, b.sqrt(b.sumOfSquares(x))),
    'a join with itself and its transpose': (b, x) => b.join([x, x, b.reshape(b.transpose(x), [3, 4])], 0),
  };
  it.each(Object.entries(usedTwice))('add up where a node is used twice: %s', (_, make) => {
    const { b, x, variables } = build();
    const feeds: Record<string, ArrayLike<number>> = {};
    const loss = weighted(b, make(b, x), feeds);
    expectGradients(b, { loss, parameters: [x], feeds, variables }, 'used twice');
  });

  it('by an inner node and by a variable behind it, at once', () => {
    const { b, x, variables } = build();
    const inner = b.tanh(x);
    const loss = b.sum(b.multiply(inner, b.multiply(inner, inner)));
    const gradientOf = gradients(b, loss, [inner, x]);
    const graph = b.finish({ inner: gradientOf.get(inner) ?? x, x: gradientOf.get(x) ?? x });
    const { outputs } = evaluate(graph, {}, variables);
    const y = Float64Array.from(variables.x, Math.tanh);
    expectClose(
      outputs['inner']?.data ?? [],
      y.map((t) => 3 * t * t),
      { tolerance: 1e-12 },
    );
    expectClose(
      outputs['x']?.data ?? [],
      y.map((t) => 3 * t * t * (1 - t * t)),
      { tolerance: 1e-12 },
    );
  });

  it('can be taken twice: a gradient is a graph like any other', () => {
    const { b, x, variables } = build();
    const once = gradients(b, b.sum(b.exp(b.multiply(x, x))), [x]).get(x) ?? x;
    const loss = b.sum(b.multiply(once, b.input('weights', [3, 4])));
    const feeds = { weights: uniform(randomSource(4), 12) };
    expectGradients(b, { loss, parameters: [x], feeds, variables }, 'second derivatives');
  });
});

/** The gradient that a node gets from many users: in a cheaper form where there is one. */
describe('accumulated gradients', () => {
  const count = (graph: Graph, operation: OperationName) =>
    graph.nodes.filter((node) => node.operation === operation).length;

  /** The gradient of Σ weightsₚ · tanh(part p of x) by x, checked; and the graph of that gradient alone. */
  function ofParts(shape: readonly number[], cut: (b: GraphBuilder, x: Node) => readonly Node[]): Graph {
    const b = new GraphBuilder();
    const x = b.variable('x', shape) as Node;
    const next = randomSource(11);
    const feeds: Record<string, ArrayLike<number>> = {};
    const loss = cut(b, x)
      .map((part, index) => {
        feeds[`w${index}`] = uniform(next, sizeOf(part.shape));
        return b.sum(b.multiply(b.tanh(part), b.input(`w${index}`, part.shape)));
      })
      .reduce((sum, part) => b.add(sum, part));
    expectGradients(b, { loss, parameters: [x], feeds, variables: { x: uniform(next, sizeOf(shape)) } }, 'merged sums');
    return b.finish({ gradient: gradients(b, loss, [x]).get(x) ?? x });
  }

  it('of slices that tile a tensor are laid end to end', () => {
    const graph = ofParts([6, 2], (b, x) => [0, 2, 4].map((start) => b.slice(x, 0, start, start + 2)));
    expect([count(graph, 'join'), count(graph, 'pad'), count(graph, 'add')]).toEqual([1, 0, 0]);
    expect(graph.outputs.get('gradient')).toMatchObject({ operation: 'join', shape: [6, 2], attributes: { axis: 0 } });
  });

  it('of slices taken in any order, along the inner axis', () => {
    const graph = ofParts([2, 6], (b, x) => [4, 0, 2].map((start) => b.slice(x, 1, start, start + 2)));
    expect([count(graph, 'join'), count(graph, 'pad'), count(graph, 'add')]).toEqual([1, 0, 0]);
  });

  it('of slices with gaps get zeros in the gaps', () => {
    const graph = ofParts([9], (b, x) => [b.slice(x, 0, 1, 3), b.slice(x, 0, 5, 7)]);
    expect([count(graph, 'join'), count(graph, 'pad'), count(graph, 'add')]).toEqual([1, 0, 0]);
    const join = graph.outputs.get('gradient');
    expect(join?.inputs.map((part) => [part.operation === 'constant', part.shape])).toEqual([
      [true, [1]],
      [false, [2]],
      [true, [2]],
      [false, [2]],
      [true, [2]],
    ]);
  });

  it('of slices that overlap: what fits is laid, the rest is padded and added', () => {
    const graph = ofParts([8], (b, x) =>
      [
        [0, 3],
        [2, 5],
        [3, 6],
        [6, 8],
      ].map(([from = 0, to = 0]) => b.slice(x, 0, from, to)),
    );
    expect([count(graph, 'join'), count(graph, 'pad'), count(graph, 'add')]).toEqual([1, 1, 1]);
  });

  it('of slices that all overlap are padded and added', () => {
    const graph = ofParts([4], (b, x) => [b.slice(x, 0, 0, 3), b.slice(x, 0, 1, 4)]);
    expect([count(graph, 'join'), count(graph, 'pad'), count(graph, 'add')]).toEqual([0, 2, 1]);
  });

  it('of slices along two axes', () => {
    ofParts([4, 4], (b, x) => [b.slice(x, 0, 0, 2), b.slice(x, 1, 0, 2), b.slice(x, 0, 2, 4), b.slice(x, 1, 2, 4)]);
  });

  it('of slices beside the whole', () => {
    const graph = ofParts([4, 2], (b, x) => [b.slice(x, 0, 0, 2), x, b.slice(x, 0, 2, 4)]);
    expect([count(graph, 'join'), count(graph, 'pad')]).toEqual([1, 0]);
  });

  it('keep every copy of a summand that comes twice', () => {
    // x + x sends the very same node back twice; with a slice of x beside it, the copies must not be taken for one.
    ofParts([4], (b, x) => [b.slice(b.add(x, x), 0, 0, 2), b.slice(x, 0, 2, 4)]);
    ofParts([4], (b, x) => [b.slice(b.add(x, x), 0, 0, 2), b.slice(b.add(x, x), 0, 2, 4), b.slice(x, 0, 1, 3)]);
  });

  /** The gradient by a weight that every step multiplies with: Σ AₜᵀGₜ. */
  function ofProducts(options: { transposeB: boolean; rows: readonly number[]; width: number; scale?: number }): Graph {
    const b = new GraphBuilder();
    const { transposeB, rows, width, scale = 1 } = options;
    const shape = transposeB ? [width + 1, width] : [width, width + 1];
    const w = b.variable('w', shape) as Node;
    const next = randomSource(17);
    const feeds: Record<string, ArrayLike<number>> = {};
    const loss = rows
      .map((count, step) => {
        feeds[`a${step}`] = uniform(next, count * width);
        return b.sumOfSquares(b.tanh(b.matmul(b.input(`a${step}`, [count, width]), w, { transposeB, scale })));
      })
      .reduce((sum, part) => b.add(sum, part));
    expectGradients(b, { loss, parameters: [w], feeds, variables: { w: uniform(next, sizeOf(shape)) } }, 'merged sums');
    return b.finish({ gradient: gradients(b, loss, [w]).get(w) ?? w });
  }

  it.each([false, true])('of products that share a weight become one product (transposed: %s)', (transposeB) => {
    const graph = ofProducts({ transposeB, rows: [1, 2, 1], width: 5, scale: 0.5 });
    const gradient = graph.outputs.get('gradient');
    expect(gradient).toMatchObject({ operation: 'matmul', attributes: { scale: 0.5 } });
    // Three products forward, one for the gradient, and its operands laid end to end.
    expect(count(graph, 'matmul')).toBe(4);
    expect(gradient?.inputs.map((input) => [input.operation, Math.max(...input.shape.filter((n) => n === 4))])).toEqual(
      [
        ['join', 4],
        ['join', 4],
      ],
    );
  });

  it('of products stay apart where joining would copy more than it saves', () => {
    const graph = ofProducts({ transposeB: false, rows: [30, 30], width: 3 });
    expect(graph.outputs.get('gradient')?.operation).toBe('add');
    expect([count(graph, 'matmul'), count(graph, 'join')]).toEqual([4, 0]);
  });

  it('of products of two scales become one product a scale', () => {
    const b = new GraphBuilder();
    const w = b.variable('w', [5, 6]) as Node;
    const next = randomSource(23);
    const feeds: Record<string, ArrayLike<number>> = {};
    const loss = [1, 2, 1, 2]
      .map((scale, step) => {
        feeds[`a${step}`] = uniform(next, 5);
        return b.sumOfSquares(b.matmul(b.input(`a${step}`, [1, 5]), w, { scale }));
      })
      .reduce((sum, part) => b.add(sum, part));
    const variables = { w: uniform(next, 30) };
    expectGradients(b, { loss, parameters: [w], feeds, variables }, 'merged sums');
    const graph = b.finish({ gradient: gradients(b, loss, [w]).get(w) ?? w });
    // Four products forward; for the gradient one of each scale, where the factor 2 of the squares joins the scales.
    expect(graph.outputs.get('gradient')).toMatchObject({ operation: 'add' });
    expect(graph.outputs.get('gradient')?.inputs.map(({ operation }) => operation)).toEqual(['matmul', 'matmul']);
    expect(count(graph, 'matmul')).toBe(6);
  });

  it('of a state that all its gates and steps share, as in a recurrent layer', () => {
    const b = new GraphBuilder();
    const w = b.variable('w', [3, 6]) as Node;
    let h: Node = b.input('h', [2, 3]);
    const projected = b.variable('x', [8, 6]) as Node;
    for (let step = 0; step < 4; step++) {
      const sums = b.add(b.slice(projected, 0, 2 * step, 2 * step + 2), b.matmul(h, w));
      h = b.multiply(b.sigmoid(b.slice(sums, 1, 0, 3)), b.tanh(b.slice(sums, 1, 3, 6)));
    }
    const next = randomSource(29);
    const variables = { w: uniform(next, 18), x: uniform(next, 48) };
    const feeds = { h: uniform(next, 6) };
    const loss = b.sumOfSquares(h);
    expectGradients(b, { loss, parameters: [w, projected], feeds, variables }, 'merged sums');
  });
});
