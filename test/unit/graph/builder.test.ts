import { describe, expect, it } from 'vitest';
import { GraphBuilder, GraphError, reachable } from '../../../src/graph/graph.ts';
import type { Node, Shape } from '../../../src/graph/node.ts';

const start = () => {
  const b = new GraphBuilder();
  return {
    b,
    x: b.input('x', [2, 3]),
    y: b.input('y', [2, 3]),
    row: b.input('row', [3]),
    ids: b.input('ids', [2], 'integer'),
  };
};

describe('the builder', () => {
  it('never makes the same node twice', () => {
    const { b, x, y } = start();
    expect(b.add(x, y)).toBe(b.add(x, y));
    expect(b.tanh(b.multiply(x, y))).toBe(b.tanh(b.multiply(x, y)));
    expect(b.constant(0.5, [2])).toBe(b.constant(0.5, [2]));
    expect(b.slice(x, 1, 0, 2)).toBe(b.slice(x, 1, 0, 2));
    expect(b.input('x', [2, 3])).toBe(x);
  });

  it('keeps apart what differs in operation, inputs or attributes', () => {
    const { b, x, y } = start();
    const nodes = [
      b.add(x, y),
      b.add(y, x),
      b.subtract(x, y),
      b.slice(x, 1, 0, 2),
      b.slice(x, 1, 1, 3),
      b.slice(x, 0, 0, 1),
      b.sum(x, { axes: [0] }),
      b.sum(x, { axes: [0], keepAxes: true }),
      b.matmul(x, y, { transposeB: true }),
      b.matmul(x, y, { transposeB: true, scale: 2 }),
      b.matmul(x, y, { transposeA: true }),
      b.constant(1, [2]),
      b.constant(1, [3]),
      b.constant(2, [3]),
    ];
    expect(new Set(nodes).size).toBe(nodes.length);
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(nodes.length);
  });

  it('gives inputs smaller numbers than what uses them', () => {
    const { b, x, y } = start();
    const graph = b.finish({ z: b.add(b.tanh(b.multiply(x, y)), x) });
    for (const node of graph.nodes) for (const input of node.inputs) expect(input.id).toBeLessThan(node.id);
  });

  const same: Record<string, (g: ReturnType<typeof start>) => readonly [Node, Node]> = {
    'x + 0 is x': ({ b, x }) => [b.add(x, b.constant(0)), x],
    '0 + x is x': ({ b, x }) => [b.add(b.constant(0, [3]), x), x],
    'x · 1 is x': ({ b, x }) => [b.multiply(x, b.constant(1)), x],
    '1 · x is x': ({ b, x }) => [b.multiply(b.constant(1, [2, 3]), x), x],
    'constants multiply': ({ b }) => [b.multiply(b.constant(2), b.constant(3, [2])), b.constant(6, [2])],
    'factors multiply': ({ b, x }) => [
      b.multiply(b.multiply(x, b.constant(2)), b.constant(3)),
      b.multiply(x, b.constant(6)),
    ],
    'a constant stands second': ({ b, x }) => [b.multiply(b.constant(2), x), b.multiply(x, b.constant(2))],
    'a broadcast constant is a constant': ({ b }) => [b.broadcast(b.constant(2), [4]), b.constant(2, [4])],
    'a reshaped constant is a constant': ({ b }) => [b.reshape(b.constant(2, [4]), [2, 2]), b.constant(2, [2, 2])],
    'factors of operands join the product': ({ b, x, y }) => [
      b.matmul(b.multiply(x, b.constant(2)), b.negate(y), { transposeB: true, scale: 0.5 }),
      b.matmul(x, y, { transposeB: true, scale: -1 }),
    ],
    'a factor leaves a sum': ({ b, x }) => [
      b.sum(b.multiply(x, b.constant(2)), { axes: [1] }),
      b.multiply(b.sum(x, { axes: [1] }), b.constant(2)),
    ],
    'a sum over no axis': ({ b, x }) => [b.sum(x, { axes: [] }), x],
    'a slice of the whole axis': ({ b, x }) => [b.slice(x, 1, 0, 3), x],
    'a pad by nothing': ({ b, x }) => [b.pad(x, 0, 0, 0), x],
    'a join of one': ({ b, x }) => [b.join([x], 1), x],
    'a broadcast to its own shape': ({ b, x }) => [b.broadcast(x, [2, 3]), x],
    'a reshape to its own shape': ({ b, x }) => [b.reshape(x, [2, 3]), x],
  };
  it.each(Object.entries(same))('folds: %s', (_, make) => {
    const [actual, expected] = make(start());
    expect(actual).toBe(expected);
  });

  it('does not fold away a broadcast', () => {
    const { b, row } = start();
    expect(b.add(row, b.constant(0, [2, 3]))).toMatchObject({ operation: 'add', shape: [2, 3] });
    expect(b.multiply(row, b.constant(1, [2, 3]))).toMatchObject({ operation: 'multiply', shape: [2, 3] });
  });

  it('leaves dead nodes out, and keeps what an update or an output needs', () => {
    const { b, x, y } = start();
    const v = b.variable('v', [2, 3]);
    const unused = b.exp(b.tanh(y));
    const next = b.add(v, x);
    const graph = b.finish({ z: b.sigmoid(x) }, new Map([[v, next]]));
    expect(graph.nodes).not.toContain(unused);
    expect(graph.nodes).not.toContain(y);
    expect(graph.nodes.map(({ operation }) => operation)).toEqual(['input', 'variable', 'add', 'sigmoid']);
    expect([...graph.inputs.keys()]).toEqual(['x']);
    expect([...graph.variables.keys()]).toEqual(['v']);
    expect([...graph.outputs.keys()]).toEqual(['z']);
    expect(graph.updates.get('v')).toBe(next);
  });

  it('lists a deep graph without running out of stack', () => {
    const b = new GraphBuilder();
    let x: Node = b.input('x', [1]);
    for (let depth = 0; depth < 50_000; depth++) x = b.add(b.input('x', [1]), x);
    expect(reachable([x])).toHaveLength(50_001);
  });
});

describe('the builder refuses', () => {
  it('a name that is taken by another shape, type or kind', () => {
    const { b } = start();
    b.variable('v', [2]);
    expect(() => b.input('x', [3])).toThrow(new GraphError('the name x is taken by input #0'));
    expect(() => b.input('x', [2, 3], 'integer')).toThrow('the name x is taken by input #0');
    expect(() => b.variable('v', [3])).toThrow(/^the name v is taken by variable #\d+$/);
    expect(() => b.variable('x', [2, 3])).toThrow('the name x is taken by input #0');
    expect(() => b.input('v', [2])).toThrow(/^the name v is taken by variable #\d+$/);
    expect(b.variable('v', [2])).toBe(b.variable('v', [2]));
  });

  it('an update of another shape than its variable', () => {
    const { b, x } = start();
    const v = b.variable('v', [3, 2]);
    expect(() => b.finish({}, new Map([[v, b.tanh(x)]]))).toThrow(
      /^the update of variable v \[3, 2\] is tanh #\d+ \[2, 3\] of shape \[2, 3\]$/,
    );
  });

  const refused: Record<string, readonly [(g: ReturnType<typeof start>) => unknown, string]> = {
    'a product whose inner extents differ': [
      ({ b, x, y }) => b.matmul(x, y),
      'matmul [2, 3] × [2, 3]: matmul needs equal inner extents, and [2, 3] · [2, 3] has 3 and 2',
    ],
    'a transposed product whose inner extents differ': [
      ({ b, x }) => b.matmul(x, b.input('z', [4, 3]), { transposeA: true, transposeB: true }),
      'matmul [2, 3] × [4, 3]: matmul needs equal inner extents, and [2, 3]ᵀ · [4, 3]ᵀ has 2 and 3',
    ],
    'a product with a vector': [
      ({ b, x, row }) => b.matmul(x, row),
      'matmul [2, 3] × [3]: matmul takes two matrices, not [2, 3] and [3]',
    ],
    'shapes that do not broadcast': [
      ({ b, x }) => b.divide(x, b.input('z', [2])),
      'divide [2, 3] × [2]: divide cannot broadcast [2, 3] and [2] to one shape',
    ],
    'an addition of shapes that do not broadcast': [
      ({ b, x }) => b.add(x, b.constant(0, [4])),
      'add [2, 3] × [4]: add cannot broadcast [2, 3] and [4] to one shape',
    ],
    'integers where floats are wanted': [
      ({ b, ids }) => b.tanh(ids),
      'tanh [2]: tanh takes a float as input 1, not a integer',
    ],
    'floats where ids are wanted': [
      ({ b, x, row }) => b.gather(x, row),
      'gather [2, 3] × [3]: gather takes a integer as input 2, not a float',
    ],
    'integers in a join': [
      ({ b, ids, row }) => b.join([row, ids], 0),
      'join [3] × [2]: join takes floats, and an input is of another type',
    ],
    'a join of nothing': [({ b }) => b.join([], 0), 'join: join takes at least one input'],
    'a join of shapes that do not fit': [
      ({ b, x, row }) => b.join([x, b.reshape(row, [1, 3])], 1),
      'join [2, 3] × [1, 3]: join cannot lay [1, 3] behind [2, 3] along axis 1',
    ],
    'a sum over an axis that is not there': [
      ({ b, x }) => b.sum(x, { axes: [2] }),
      'sum [2, 3]: sum names axis 2 of [2, 3]',
    ],
    'a sum twice over an axis': [({ b, x }) => b.sum(x, { axes: [1, 1] }), 'sum [2, 3]: sum sums an axis twice: 1, 1'],
    'a slice beyond the end': [({ b, x }) => b.slice(x, 1, 2, 4), 'slice [2, 3]: slice asks for 2…4 of an axis of 3'],
    'an empty slice': [({ b, x }) => b.slice(x, 1, 2, 2), 'slice [2, 3]: slice asks for 2…2 of an axis of 3'],
    'a negative pad': [({ b, x }) => b.pad(x, 0, -1, 0), 'pad [2, 3]: pad cannot put -1 before and 0 after'],
    'a reshape to another size': [
      ({ b, x }) => b.reshape(x, [4]),
      'reshape [2, 3]: reshape cannot view [2, 3] as [4]: the sizes differ',
    ],
    'a broadcast that would shrink': [
      ({ b, x }) => b.broadcast(x, [1, 3]),
      'broadcast [2, 3]: broadcast cannot repeat [2, 3] to [1, 3]',
    ],
    'a transposed vector': [({ b, row }) => b.transpose(row), 'transpose [3]: transpose takes a matrix, not [3]'],
    'a gather from a vector': [
      ({ b, row, ids }) => b.gather(row, ids),
      'gather [3] × [2]: gather takes a matrix and a list of ids, not [3] and [2]',
    ],
    'a scatter of rows of another width': [
      ({ b, x, ids }) => b.scatterAdd(x, ids, b.constant(1, [2, 4])),
      'scatterAdd [2, 3] × [2] × [2, 4]: scatterAdd takes [rows, width], [n] and [n, width], not [2, 3] and [2] and [2, 4]',
    ],
    'a pick with too few ids': [
      ({ b, ids }) => b.pick(b.input('z', [3, 3]), ids),
      'pick [3, 3] × [2]: pick takes [n, width] and [n], not [3, 3] and [2]',
    ],
    'an addition at ids with too many values': [
      ({ b, x, ids, row }) => b.addAt(x, ids, row),
      'addAt [2, 3] × [2] × [3]: addAt takes [n, width], [n] and [n], not [2, 3] and [2] and [3]',
    ],
    'a softmax of a vector': [({ b, row }) => b.softmax(row), 'softmax [3]: softmax takes a matrix, not [3]'],
    'a cross entropy with too few targets': [
      ({ b, ids }) => b.crossEntropy(b.input('z', [3, 3]), ids),
      'crossEntropy [3, 3] × [2]: crossEntropy takes logits [n, width] and targets [n], not [3, 3] and [2]',
    ],
    'an extent of zero': [({ b }) => b.input('z', [2, 0]), 'input: input needs positive whole extents, not [2, 0]'],
    'half an extent': [({ b }) => b.variable('z', [1.5]), 'variable: variable needs positive whole extents, not [1.5]'],
    'an infinite constant': [
      ({ b }) => b.constant(-Infinity),
      'constant: constant needs a finite number, not -Infinity',
    ],
    'a constant that is no number': [({ b }) => b.constant(NaN), 'constant: constant needs a finite number, not NaN'],
  };
  it.each(Object.entries(refused))('%s', (_, [make, message]) => {
    expect(() => make(start())).toThrow(new GraphError(message));
  });

  it('nothing that NumPy broadcasts', () => {
    const { b } = start();
    const shapes: readonly (readonly [Shape, Shape, Shape])[] = [
      [[], [], []],
      [[1], [5], [5]],
      [
        [4, 1, 2],
        [3, 1],
        [4, 3, 2],
      ],
    ];
    shapes.forEach(([left, right, result], index) => {
      const sum = b.add(b.input(`l${index}`, left), b.input(`r${index}`, right));
      expect(sum.shape).toEqual(result);
    });
  });
});
