import { evaluate } from '../../src/engine/reference/engine.ts';
import type { ReferenceFeeds } from '../../src/engine/reference/engine.ts';
import { gradients } from '../../src/graph/gradients.ts';
import { GraphBuilder } from '../../src/graph/graph.ts';
import type { Graph, Node } from '../../src/graph/node.ts';
import { recurrentStack, unrolledLayer } from '../../src/model/network.ts';
import { cellOf, layerNames, outputBias, outputWeights } from './network.ts';
import type { NetworkShape, Parameters } from './network.ts';
import { variablesOf, weightsOf } from './unroll.ts';

/** One step of a network, forward, and backward from the gradients of the states that it passes on. */
interface StepPlan {
  /** x and the states before → the states after. */
  readonly forward: Graph;
  /** x, the states before and the gradients by the states after → the gradients by the states before. */
  readonly backward: Graph;
  /** The states after the last step → the gradients of the loss by those that it depends on. */
  readonly loss: Graph;
  /** Each state's name and how many numbers it has. */
  readonly states: readonly string[];
}

/**
 * How much of the gradient reaches each step. The loss is half the squared output of the last step; what is measured is
 * the length of its gradient by all that a step passes on to the next (the states of all layers, for an LSTM h and c),
 * as a part of that at the last step.
 *
 * It is back-propagation through time step by step, with one step's graph run again and again, so that a longer sequence
 * needs no larger graph. A backward layer has read nothing but the last step when it puts out the last output: what
 * reaches earlier steps goes through the forward layers alone.
 *
 * @returns a number a step, the last one 1; all NaN where the last output is exactly 0, and nothing flows back
 */
export function gradientReach(shape: NetworkShape, parameters: Parameters, inputs: readonly number[]): number[] {
  const plan = planOf(shape);
  const trace = [startOf(plan, parameters)];
  for (const x of inputs) trace.push(outputsOf(plan.forward, { ...trace.at(-1), x: [x] }, parameters));
  const zero = Object.fromEntries(plan.states.map((state) => [`d.${state}`, new Float64Array(shape.hidden)]));
  let gradient: ReferenceFeeds = { ...zero, ...outputsOf(plan.loss, trace.at(-1) ?? {}, parameters) };
  const lengths = [lengthOf(gradient)];
  for (let step = inputs.length - 1; step > 0; step--) {
    gradient = outputsOf(plan.backward, { ...trace[step], ...gradient, x: [inputs[step] ?? 0] }, parameters);
    lengths.push(lengthOf(gradient));
  }
  const [last = 0] = lengths;
  return lengths.reverse().map((length) => (last === 0 ? NaN : length / last));
}

const plans = new Map<string, StepPlan>();

function planOf({ cell, layers, hidden, direction }: NetworkShape): StepPlan {
  const key = [cell, layers, hidden, direction].join();
  const plan = plans.get(key) ?? makePlan({ cell, layers, hidden, direction });
  plans.set(key, plan);
  return plan;
}

function makePlan(shape: NetworkShape): StepPlan {
  const b = new GraphBuilder();
  const cell = cellOf(shape.cell);
  const variables = variablesOf(b, shape);
  const extents = [1, shape.hidden];
  const before = Array.from({ length: shape.layers }, (_, layer) =>
    cell.states.map((state) => ({ name: `${layer}.${state}`, node: b.input(`${layer}.${state}`, extents) })),
  );
  const options = {
    x: b.input('x', [1, 1]),
    steps: 1,
    layers: before.map((states, layer) => ({
      weights: weightsOf(shape.cell, { reading: 'forward', layer }, variables),
      states: states.map(({ node }) => node),
    })),
  };
  const stack = recurrentStack(b, cell, options, unrolledLayer);
  const after = stack.layers.flatMap(({ states }, layer) =>
    cell.states.flatMap((state, index) => (states[index] ? [{ name: `${layer}.${state}`, node: states[index] }] : [])),
  );
  // Of a sum of products with given numbers the gradient is those numbers times the step's Jacobian.
  const carried = after
    .map(({ name, node }) => b.sum(b.multiply(node, b.input(`d.${name}`, extents))))
    .reduce((sum, part) => b.add(sum, part));
  const reached = gradients(
    b,
    carried,
    before.flat().map(({ node }) => node),
  );
  const [top] = before.at(-1) ?? [];
  if (!top) throw new Error('a network needs a layer');
  return {
    forward: b.finish(Object.fromEntries(after.map(({ name, node }) => [name, node]))),
    backward: b.finish(
      Object.fromEntries(before.flat().map(({ name, node }) => [`d.${name}`, reached.get(node) as Node])),
    ),
    loss: b.finish(lossOf(b, { top, shape, variables })),
    states: after.map(({ name }) => name),
  };
}

/** The gradient of half the squared output by the state of the layer on top. */
function lossOf(
  b: GraphBuilder,
  parts: { top: { name: string; node: Node }; shape: NetworkShape; variables: (name: string) => Node },
): Record<string, Node> {
  const { top, shape, variables } = parts;
  const forwardRows = b.slice(variables(outputWeights), 0, 0, shape.hidden);
  // What the backward layers add to the output is a number to the forward ones.
  const output = b.add(b.matmul(top.node, forwardRows), variables(outputBias));
  const gradient = gradients(b, b.multiply(b.sumOfSquares(output), b.constant(0.5)), [top.node]).get(top.node);
  return { [`d.${top.name}`]: gradient as Node };
}

function startOf({ states }: StepPlan, parameters: Parameters): ReferenceFeeds {
  return Object.fromEntries(
    states.map((name) => {
      const [layer = '0', state = ''] = name.split('.');
      return [name, parameters[layerNames('forward', Number(layer)).start(state)] ?? []];
    }),
  );
}

function outputsOf(graph: Graph, feeds: ReferenceFeeds, parameters: Parameters): ReferenceFeeds {
  const { outputs } = evaluate(graph, feeds, parameters);
  return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data]));
}

function lengthOf(gradient: ReferenceFeeds): number {
  return Math.hypot(...Object.values(gradient).flatMap((part) => Array.from(part)));
}
