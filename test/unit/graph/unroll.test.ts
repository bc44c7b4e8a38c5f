import { expect, it } from 'vitest';
import { evaluate } from '../../../src/engine/reference/engine.ts';
import { GraphBuilder } from '../../../src/graph/graph.ts';
import type { Graph, Node } from '../../../src/graph/node.ts';
import { recurrence } from '../../../src/graph/recurrence.ts';
import { unroll, unrolledSize } from '../../../src/graph/unroll.ts';

/** h' = 2 · h + x over three steps of one row, each result collected and the last kept. */
function doubling(reverse: boolean): Graph {
  const b = new GraphBuilder();
  const kept = b.variable('kept', [1, 1]);
  const loop = recurrence(b, {
    states: [kept as Node],
    scanned: [b.input('x', [3, 1])],
    outer: [b.input('unused', [2])],
    steps: 3,
    reverse,
    step: (body, { states: [h], scanned: [x] }) => ({
      states: [body.add(body.multiply(h as Node, body.constant(2)), x as Node)],
    }),
  });
  return b.finish({ all: loop.collect(loop.step.states[0] as Node) }, new Map([[kept, loop.last(0)]]));
}

const run = (graph: Graph) => {
  const { outputs, updates } = evaluate(graph, { x: [1, 10, 100], unused: [0, 0] }, { kept: [1] });
  return { all: [...(outputs['all']?.data ?? [])], kept: [...(updates['kept']?.data ?? [])] };
};

it('writes the steps one after another, in the order in which the loop goes', () => {
  expect(run(unroll(doubling(false)))).toEqual({ all: [3, 16, 132], kept: [132] });
  expect(run(unroll(doubling(true)))).toEqual({ all: [429, 214, 102], kept: [429] });
  const { nodes, updates, variables } = unroll(doubling(false));
  expect(nodes.map(({ operation }) => operation).filter((name) => name === 'add')).toHaveLength(3);
  expect(nodes.some(({ operation }) => ['recurrence', 'collect', 'last'].includes(operation))).toBe(false);
  expect([...updates.keys(), ...variables.keys()]).toEqual(['kept', 'kept']);
});

it('leaves a graph alone that has nothing to unroll, and the loops that are not asked for', () => {
  const graph = doubling(false);
  const unrolled = unroll(graph);
  expect(unroll(unrolled)).toBe(unrolled);
  expect(unroll(graph, ({ attributes: { steps } }) => steps < 3)).toBe(graph);
});

it('is told of in operations before it is done', () => {
  const graph = doubling(false);
  expect(unrolledSize(graph, () => false)).toBe(graph.nodes.length);
  // Three steps: the state, its double, the constant 2, the sum and the rows that come in.
  expect(unrolledSize(graph, () => true)).toBe(graph.nodes.length - 1 + 3 * 5);
});
