import { describe, expect, it } from 'vitest';
import { gradients } from '../../../src/graph/gradients.ts';
import { GraphBuilder, GraphError, reachable } from '../../../src/graph/graph.ts';
import type { Graph, Node, NodeOf, OperationName } from '../../../src/graph/node.ts';
import { collectedOf, partsOf, recurrence } from '../../../src/graph/recurrence.ts';
import { cells } from '../../../src/model/cells/index.ts';
import { loopedLayer } from '../../../src/model/network.ts';

const [steps, batch, hidden] = [5, 2, 3];

const loopsOf = (graph: Graph) =>
  graph.nodes.filter((node): node is NodeOf<'recurrence'> & Node => node.operation === 'recurrence');

/** The operations of a loop's step, those that come in left out. */
function stepOf(graph: Graph, node: NodeOf<'recurrence'> & Node): OperationName[] {
  const { states } = node.attributes.loop;
  const results = [...states.map(({ after }) => after), ...collectedOf(graph, node)];
  return reachable(results).flatMap(({ operation }) => (operation === 'input' ? [] : operation));
}

/** The gradients of Σ h² of an LSTM layer by its weights and its input. */
function lstmGradients(): {
  graph: Graph;
  forward: NodeOf<'recurrence'> & Node;
  backward: NodeOf<'recurrence'> & Node;
} {
  const b = new GraphBuilder();
  const weights = {
    input: b.variable('input', [hidden, 4 * hidden]) as Node,
    recurrent: b.variable('recurrent', [hidden, 4 * hidden]) as Node,
    bias: b.variable('bias', [4 * hidden]) as Node,
  };
  const x = b.input('x', [steps * batch, hidden]);
  const states = ['h', 'c'].map((name) => b.input(name, [batch, hidden]));
  const { outputs } = loopedLayer(b, cells.lstm, { ...weights, own: {} }, { x, states, steps });
  const gradientOf = gradients(b, b.sumOfSquares(outputs), [...Object.values(weights), x]);
  const [input, recurrent, bias, rows] = [...gradientOf.values()] as [Node, Node, Node, Node];
  const graph = b.finish({ input, recurrent, bias, rows });
  const [forward, backward, ...others] = loopsOf(graph);
  if (!forward || !backward || others.length > 0) throw new Error('a layer is a loop forward and a loop back');
  return { graph, forward, backward };
}

describe('the gradients of an LSTM layer', () => {
  it('go back in a loop with one product and one join a step', () => {
    const { graph, backward } = lstmGradients();
    const step = stepOf(graph, backward);
    expect(step.filter((operation) => operation === 'matmul')).toHaveLength(1);
    expect(step.filter((operation) => operation === 'join')).toHaveLength(1);
    expect(backward.attributes).toMatchObject({ steps, reverse: true });
  });

  it('scan what comes back to the outputs and three tensors of the forward loop', () => {
    const { backward } = lstmGradients();
    // d of the outputs; of the cell the factors K of all gates, A of c and the forget gate.
    const widths = partsOf(backward).scanned.map(({ shape }) => shape[1] ?? 0);
    expect(widths.sort((p, q) => p - q)).toEqual([hidden, hidden, hidden, 4 * hidden]);
    expect(partsOf(backward).outer.map(({ operation }) => operation)).toEqual(['variable']);
  });

  it('come to each weight as one product or sum over the rows of all steps, behind the loop', () => {
    const { graph, forward, backward } = lstmGradients();
    const rows = steps * batch;
    const recurrent = graph.outputs.get('recurrent');
    expect(recurrent).toMatchObject({ operation: 'matmul', attributes: { transposeA: true } });
    expect(recurrent?.inputs.map(({ operation, inputs, shape }) => [operation, inputs[0], shape])).toEqual([
      ['collect', forward, [rows, hidden]],
      ['collect', backward, [rows, 4 * hidden]],
    ]);
    expect(graph.outputs.get('input')).toMatchObject({ operation: 'matmul' });
    const summed = reachable([graph.outputs.get('bias') as Node]).filter(({ operation }) => operation === 'sum');
    expect(summed.map(({ inputs: [of] }) => of?.shape)).toEqual([[rows, 4 * hidden]]);
    // Two states and no sums beside them.
    expect(backward.attributes.loop.states).toHaveLength(2);
  });
});

describe('a recurrence', () => {
  const build = (options: { rows?: number; width?: number; states?: number }) => {
    const b = new GraphBuilder();
    const { rows = 4, width = 3, states = 1 } = options;
    return recurrence(b, {
      states: [b.input('h', [2, 3])],
      scanned: [b.input('x', [rows, width])],
      outer: [],
      steps: 2,
      step: (body, { scanned: [x] }) => ({ states: Array.from({ length: states }, () => body.tanh(x as Node)) }),
    });
  };

  it('refuses to collect what was not made in its step', () => {
    const { step, collect } = build({});
    expect(collect(step.states[0] as Node).shape).toEqual([4, 3]);
    const foreign = new GraphBuilder().input('y', [2, 3]);
    expect(() => collect(foreign)).toThrow(/input #\d+ is no value of the step of recurrence #\d+/);
  });

  it('refuses rows that its steps cannot share, and states of another number or shape', () => {
    expect(build({}).last(0).shape).toEqual([2, 3]);
    expect(() => build({ rows: 5 })).toThrow(/2 steps cannot share the rows of input #\d+ \[5, 3\]/);
    expect(() => build({ states: 2 })).toThrow('a step makes 2 states of the 1 that it takes');
    expect(() => build({ width: 4 })).toThrow(GraphError);
    expect(() => build({ width: 4 })).toThrow(/turns a state \[2, 3\] into \[2, 4\]/);
  });

  it('differentiates a step in which each value is used twice by the next in no more than a moment', () => {
    const b = new GraphBuilder();
    const x = b.variable('x', [4, 3]) as Node;
    const loop = recurrence(b, {
      states: [b.input('h', [2, 3])],
      scanned: [x],
      outer: [],
      steps: 2,
      step: (body, { states: [h], scanned: [row] }) => {
        let value = body.tanh(row as Node);
        // 2⁴⁰ ways lead from the last of these to the first.
        for (let doubled = 0; doubled < 40; doubled++) value = body.tanh(body.multiply(value, value));
        return { states: [body.multiply(h as Node, value)] };
      },
    });
    expect(gradients(b, b.sum(loop.collect(loop.step.states[0] as Node)), [x]).get(x)?.shape).toEqual([4, 3]);
  });
});
