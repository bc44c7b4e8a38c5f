import { evaluate } from '../../src/engine/reference/engine.ts';
import type { CellId } from '../../src/config/cells.ts';
import { readingsOf } from '../../src/config/vocabulary.ts';
import { GraphBuilder } from '../../src/graph/graph.ts';
import type { Graph, Node } from '../../src/graph/node.ts';
import type { LayerWeights } from '../../src/model/cells/cell.ts';
import { recurrentStack, unrolledLayer } from '../../src/model/network.ts';
import type { StepwiseLayer, Reading } from '../../src/model/network.ts';
import { cellOf, layerNames, outputBias, outputWeights, parameterSpecifications } from './network.ts';
import type { NetworkShape, Parameters } from './network.ts';

/**
 * What a layer made at one step, a number a unit, by name: each gate, each gate before its activation (`<gate>.before`),
 * each state after the step (`h`), and each state that it started from (`h.last`).
 */
export type StepValues = Readonly<Record<string, ArrayLike<number>>>;

export interface UnrolledLayer {
  readonly reading: Reading;
  /** From 0, the one that reads the input. */
  readonly layer: number;
  /** In the order of the text, whichever way it was read. */
  readonly steps: readonly StepValues[];
}

/** A network unrolled over a sequence. */
export interface Unrolled {
  readonly layers: readonly UnrolledLayer[];
  /** The network's output at each step. */
  readonly outputs: ArrayLike<number>;
}

interface Plan {
  readonly graph: Graph;
  /** Which of the graph's outputs is what. */
  readonly layers: readonly {
    readonly reading: Reading;
    readonly layer: number;
    readonly steps: readonly Readonly<Record<string, string>>[];
  }[];
}

/** Graphs of the shapes used last: an edit changes numbers, not the graph. */
const plans = new Map<string, Plan>();
const maxPlans = 6;

/**
 * Runs a network over a sequence, with the cells that training uses, their steps written one after another.
 * @throws Error naming a tensor that is missing or has another size
 */
export function unroll(shape: NetworkShape, parameters: Parameters, inputs: readonly number[]): Unrolled {
  const { graph, layers } = planOf(shape, inputs.length);
  const { outputs } = evaluate(graph, { x: inputs }, parameters);
  const valueOf = (name: string): ArrayLike<number> => outputs[name]?.data ?? [];
  return {
    layers: layers.map(({ reading, layer, steps }) => ({
      reading,
      layer,
      steps: steps.map((names) =>
        Object.fromEntries(Object.entries(names).map(([name, output]) => [name, valueOf(output)])),
      ),
    })),
    outputs: valueOf('output'),
  };
}

function planOf(shape: NetworkShape, steps: number): Plan {
  const { cell, direction, layers, hidden } = shape;
  const key = [cell, direction, layers, hidden, steps].join();
  const known = plans.get(key);
  if (known) return known;
  const plan = makePlan(shape, steps);
  const [oldest] = plans.keys();
  if (plans.size >= maxPlans && oldest !== undefined) plans.delete(oldest);
  plans.set(key, plan);
  return plan;
}

function makePlan(shape: NetworkShape, steps: number): Plan {
  const b = new GraphBuilder();
  const variables = variablesOf(b, shape);
  const x = b.input('x', [steps, 1]);
  const outputs: Record<string, Node> = {};
  const layers: Plan['layers'][number][] = [];
  const tops = readingsOf[shape.direction].map((reading) => {
    const starts = startsOf(shape, reading, variables);
    const layered = starts.map((states, layer) => ({
      weights: weightsOf(shape.cell, { reading, layer }, variables),
      states,
    }));
    const stack = recurrentStack(b, cellOf(shape.cell), { x, steps, reading, layers: layered }, unrolledLayer);
    stack.layers.forEach((result, layer) => {
      const named = namedSteps(shape, { result, reading, start: starts[layer] ?? [] });
      const names = named.map((values, step) => {
        const at = (name: string): string => `${reading}.${layer}.${step}.${name}`;
        for (const [name, node] of Object.entries(values)) outputs[at(name)] = node;
        return Object.fromEntries(Object.keys(values).map((name) => [name, at(name)]));
      });
      layers.push({ reading, layer, steps: names });
    });
    return stack.outputs;
  });
  outputs['output'] = b.add(b.matmul(b.join(tops, 1), variables(outputWeights)), variables(outputBias));
  return { graph: b.finish(outputs), layers };
}

/** By name, everything that can be seen of each step of a layer. */
function namedSteps(
  { cell }: NetworkShape,
  { result, reading, start }: { result: StepwiseLayer; reading: Reading; start: readonly Node[] },
): Record<string, Node>[] {
  const { states } = cellOf(cell);
  return result.steps.map((made, step) => {
    const before = result.steps[reading === 'forward' ? step - 1 : step + 1]?.states ?? start;
    const named = (nodes: readonly Node[], suffix: string) =>
      states.flatMap((state, index) => (nodes[index] ? [[state + suffix, nodes[index]] as const] : []));
    return { ...made.inside(), ...Object.fromEntries([...named(made.states, ''), ...named(before, '.last')]) };
  });
}

/** The nodes of a network's parameters, by name. */
export function variablesOf(b: GraphBuilder, shape: NetworkShape): (name: string) => Node {
  const nodes = new Map<string, Node>(
    parameterSpecifications(shape).map((specification) => [
      specification.name,
      b.variable(specification.name, specification.shape),
    ]),
  );
  return (name) => {
    const node = nodes.get(name);
    if (!node) throw new Error(`the network has no parameter ${name}`);
    return node;
  };
}

/** The weights of a layer, as its cell takes them. */
export function weightsOf(
  cell: CellId,
  { reading, layer }: { reading: Reading; layer: number },
  variables: (name: string) => Node,
): LayerWeights {
  const names = layerNames(reading, layer);
  return {
    input: variables(names.input),
    recurrent: variables(names.recurrent),
    bias: variables(names.bias),
    own: Object.fromEntries(cellOf(cell).own.map((name) => [name, variables(names.own(name))])),
  };
}

/** The states that each layer starts from. */
function startsOf(shape: NetworkShape, reading: Reading, variables: (name: string) => Node): Node[][] {
  return Array.from({ length: shape.layers }, (_, layer) =>
    cellOf(shape.cell).states.map((state) => variables(layerNames(reading, layer).start(state))),
  );
}
