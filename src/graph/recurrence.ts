import { GraphBuilder, GraphError } from './graph.ts';
import { describe } from './node.ts';
import type { Graph, Loop, Node, NodeOf, StandardCell } from './node.ts';

/** What comes into a step, in the order in which the recurrence was given it. */
export interface StepInputs {
  /** [rows, …] each, of the shape that the state has before the first step. */
  readonly states: readonly Node[];
  /** [rows, …] each: this step's rows of a scanned tensor [steps · rows, …]. */
  readonly scanned: readonly Node[];
  readonly outer: readonly Node[];
}

export interface RecurrenceOptions<S> {
  /** Before the first step. */
  states: readonly Node[];
  /** [steps · rows, …] each, step after step. */
  scanned: readonly Node[];
  /** The same at every step: weights. */
  outer: readonly Node[];
  steps: number;
  /** Goes from the last step to the first; what is scanned and collected keeps its order. */
  reverse?: boolean;
  /** The well-known cell that `step` computes, where it does. */
  standard?: StandardCell | undefined;
  /**
   * What happens at one step, on a builder of its own: nodes of the graph around it come in as `outer` alone.
   * @returns the states after the step, and whatever else the caller wants to know of it
   */
  step(b: GraphBuilder, inputs: StepInputs): S;
}

/** A loop in a graph, and what can be taken from it. */
export interface Recurrence<S> {
  readonly node: NodeOf<'recurrence'> & Node;
  /** What `step` returned; its nodes can be collected. */
  readonly step: S;
  /**
   * A value of the step at every step, [steps · rows, …], in the order of the scanned tensors.
   * @throws GraphError for a value that was not made in the step
   */
  readonly collect: (value: Node) => Node;
  /** A state after the last step. */
  readonly last: (state: number) => Node;
}

const builders = new WeakMap<Loop, GraphBuilder>();
let loops = 0;

/**
 * Adds a loop over steps to a graph: one small graph, run for each step on the states that the step before left.
 *
 * @throws GraphError when a scanned tensor does not divide into the steps, or a state changes its shape
 */
export function recurrence<S extends { readonly states: readonly Node[] }>(
  b: GraphBuilder,
  options: RecurrenceOptions<S>,
): Recurrence<S> {
  const { states, scanned, outer, steps, reverse = false, standard } = options;
  const body = new GraphBuilder();
  const inputs: StepInputs = {
    states: states.map(({ shape }, index) => body.input(`state.${index}`, shape)),
    scanned: scanned.map((tensor, index) => body.input(`scanned.${index}`, rowsOfStep(tensor, steps))),
    outer: outer.map(({ shape }, index) => body.input(`outer.${index}`, shape)),
  };
  const step = options.step(body, inputs);
  if (step.states.length !== states.length) {
    throw new GraphError(`a step makes ${step.states.length} states of the ${states.length} that it takes`);
  }
  const loop = makeLoop(body, {
    states: inputs.states.map((before, index) => ({ before, after: step.states[index] ?? before })),
    scanned: inputs.scanned,
    outer: inputs.outer,
    standard,
  });
  const node = b.recurrence(loop, [...states, ...scanned, ...outer], { steps, reverse });
  const collect = (value: Node) => {
    if (!body.has(value)) throw new GraphError(`${describe(value)} is no value of the step of ${describe(node)}`);
    return b.collect(node, value);
  };
  return { node, step, collect, last: (state) => b.last(node, state) };
}

/** A loop whose step was made on a builder. */
export function makeLoop(body: GraphBuilder, parts: Omit<Loop, 'id'>): Loop {
  const loop: Loop = { id: loops++, ...parts };
  builders.set(loop, body);
  return loop;
}

/** The builder of a loop's step, on which more can be made of its values. */
export function builderOf(loop: Loop): GraphBuilder {
  const builder = builders.get(loop);
  if (!builder) throw new GraphError(`loop ${loop.id} was not made by makeLoop`);
  return builder;
}

/** The inputs of a recurrence by what they are to its loop. */
export function partsOf(node: NodeOf<'recurrence'>): StepInputs {
  const { states, scanned } = node.attributes.loop;
  const rest = states.length + scanned.length;
  return {
    states: node.inputs.slice(0, states.length),
    scanned: node.inputs.slice(states.length, rest),
    outer: node.inputs.slice(rest),
  };
}

/** What a graph takes of every step of a recurrence. */
export function collectedOf(graph: Pick<Graph, 'nodes'>, recurrence: Node): Node[] {
  return graph.nodes.flatMap((node) =>
    node.operation === 'collect' && node.inputs[0] === recurrence ? [node.attributes.value] : [],
  );
}

function rowsOfStep(tensor: Node, steps: number): readonly number[] {
  const [rows = 0, ...rest] = tensor.shape;
  if (rows === 0 || rows % steps !== 0) {
    throw new GraphError(`${steps} steps cannot share the rows of ${describe(tensor)} [${tensor.shape.join(', ')}]`);
  }
  return [rows / steps, ...rest];
}
