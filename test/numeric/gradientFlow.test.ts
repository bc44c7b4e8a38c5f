import { describe, expect, it } from 'vitest';

import { configurationSchema } from '../../src/config/schema.ts';
import type { Configuration, ConfigurationInput } from '../../src/config/schema.ts';
import { createOnnxEngine } from '../../src/engine/onnx/engine.ts';
import { evaluate } from '../../src/engine/reference/engine.ts';
import { GraphBuilder } from '../../src/graph/graph.ts';
import type { Graph, Node } from '../../src/graph/node.ts';
import { sizeOf } from '../../src/graph/node.ts';
import { buildUnrolledLanguageModel, feedNames, textSteps } from '../../src/model/languageModel.ts';
import type { LanguageModel } from '../../src/model/languageModel.ts';
import { buildGradientFlowGraph, GradientFlow, gradientFlowFeeds, normsOf } from '../../src/training/gradientFlow.ts';
import { expectClose } from './close.ts';
import { finiteDifferences, scalar } from './finiteDifferences.ts';
import { randomSource, uniform, wholeNumbers } from './random.ts';

const vocabularySize = 7;
/** Norms are rounded to six digits. */
const tolerance = 1e-5;

interface Case {
  title: string;
  model?: ConfigurationInput['model'];
  training?: ConfigurationInput['training'];
}

const dropout = { inputKeepProbability: 0.7, outputKeepProbability: 0.6 };
const cases: Case[] = [
  { title: 'plain', model: { cell: 'rnn' } },
  { title: 'GRU', model: { cell: 'gru' } },
  { title: 'LSTM', model: { cell: 'lstm' } },
  { title: 'LSTM with dropout', model: { cell: 'lstm' }, training: dropout },
  { title: 'plain, variational dropout', model: { cell: 'rnn' }, training: { ...dropout, variationalDropout: true } },
  { title: 'GRU, tied embeddings', model: { cell: 'gru', tiedEmbeddings: true } },
  { title: 'LSTM, bidirectional', model: { cell: 'lstm', direction: 'bidirectional' }, training: dropout },
  { title: 'GRU, bidirectional, tied', model: { cell: 'gru', direction: 'bidirectional', tiedEmbeddings: true } },
  { title: 'one step, three layers', model: { cell: 'lstm', layers: 3 }, training: { steps: 1 } },
];

/** A tiny configuration with its model, and random weights, states and feeds for it. */
function prepare({ model, training }: Case) {
  const configuration = configurationSchema.parse({
    model: { layers: 2, hiddenSize: 3, ...model },
    training: { batchSize: 2, steps: 4, gradientFlowSteps: 3, ...training },
  });
  const { batchSize, steps } = configuration.training;
  const b = new GraphBuilder();
  const built = buildUnrolledLanguageModel(b, {
    model: configuration.model,
    vocabularySize,
    batchSize,
    steps,
    dropout: configuration.training,
  });
  const next = randomSource(23);
  const variables = Object.fromEntries(
    [...b.finish({ losses: built.losses }, built.states).variables].map(([name, { shape }]) => {
      return [name, uniform(next, sizeOf(shape), -0.9, 0.9)];
    }),
  );
  const feeds = {
    [feedNames.tokens]: wholeNumbers(next, batchSize * textSteps(configuration.model, steps), vocabularySize),
    [feedNames.targets]: wholeNumbers(next, batchSize * steps, vocabularySize),
    ...Object.fromEntries(
      built.masks.map(({ name, shape, keepProbability }) => [
        name,
        Float32Array.from({ length: sizeOf(shape) }, () => (next() < keepProbability ? 1 / keepProbability : 0)),
      ]),
    ),
  };
  return { configuration, b, built, variables, feeds };
}

/** The mean loss over the batch of one step, of the whole model's losses. */
function lossAt(
  b: GraphBuilder,
  { losses }: Pick<LanguageModel, 'losses'>,
  step: number,
  { training }: Configuration,
): Node {
  const { batchSize } = training;
  const rows = b.slice(losses, 0, step * batchSize, (step + 1) * batchSize);
  return b.multiply(b.sum(rows), b.constant(1 / batchSize));
}

/** A graph in which whatever uses `target` uses target + the variable `nudge`: the derivative by that is by target. */
function nudged(graph: Graph, target: Node): Graph {
  const copies = new Map<Node, Node>();
  const copyOf = (node: Node): Node => copies.get(node) ?? node;
  const { shape } = target;
  const nudge: Node = {
    id: -1,
    operation: 'variable',
    inputs: [],
    attributes: { name: 'nudge', shape },
    shape,
    type: 'float',
  };
  const nodes: Node[] = [nudge];
  for (const node of graph.nodes) {
    const copy = { ...node, inputs: node.inputs.map(copyOf) };
    nodes.push(copy);
    copies.set(node, copy);
    if (node !== target) continue;
    const sum: Node = { id: -1, operation: 'add', inputs: [copy, nudge], attributes: {}, shape, type: 'float' };
    nodes.push(sum);
    copies.set(node, sum);
  }
  const outputs = new Map([...graph.outputs].map(([name, node]) => [name, copyOf(node)]));
  return { ...graph, nodes, outputs, variables: new Map([...graph.variables, ['nudge', nudge]]) };
}

const norm = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values));

describe('the gradient flow', () => {
  it.each(cases)('of a network ($title) is what finite differences give', (one) => {
    const { configuration, b, built, variables, feeds } = prepare(one);
    const { steps } = configuration.training;
    const flow = buildGradientFlowGraph(configuration, vocabularySize);
    const { outputs } = evaluate(
      flow.graph,
      { ...feeds, ...gradientFlowFeeds(feeds, configuration.training) },
      variables,
    );
    expect(flow.layers.map(({ reading, layer }) => [reading, layer])).toEqual(
      built.stacks.flatMap(({ reading, layers }) => layers.map((_, layer) => [reading, layer])),
    );
    for (const { reading, layer, output } of flow.layers) {
      const stack = built.stacks.find((candidate) => candidate.reading === reading);
      const made = stack?.layers[layer]?.steps ?? [];
      const end = reading === 'forward' ? steps - 1 : 0;
      const loss = b.finish({ loss: lossAt(b, built, end, configuration) });
      const expected = Array.from({ length: steps }, (_, distance) => {
        const h = made[Math.abs(end - distance)]?.states[0] as Node;
        const graph = nudged(loss, h);
        const start = { ...variables, nudge: new Float64Array(sizeOf(h.shape)) };
        return norm(finiteDifferences((moved) => scalar(graph, 'loss', { feeds, variables: moved }), start, 'nudge'));
      });
      expect(Math.min(...expected)).toBeGreaterThan(0);
      const norms = normsOf(outputs[output]?.data ?? [], steps);
      norms.forEach((value, distance) => {
        const here = [expected[distance] ?? NaN];
        expectClose([value ?? NaN], here, { tolerance, floor: 0, what: `${reading} ${layer}, distance ${distance}` });
      });
    }
  });

  it('is the same on the engine that trains, which it leaves as it is', async () => {
    const { configuration, built, variables, feeds } = prepare({
      title: 'all',
      model: { cell: 'lstm', direction: 'bidirectional' },
      training: dropout,
    });
    const { steps } = configuration.training;
    const graph = buildGradientFlowGraph(configuration, vocabularySize);
    const fed = { ...feeds, ...gradientFlowFeeds(feeds, configuration.training) };
    const { outputs } = evaluate(graph.graph, fed, variables);
    const engine = await createOnnxEngine({ device: 'cpu', threads: 1 });
    const flow = await GradientFlow.create(engine, configuration, vocabularySize);
    const values = engine.createVariables();
    try {
      for (const [name, node] of graph.graph.variables) {
        values.set(name, { shape: node.shape, data: Float32Array.from(variables[name] ?? []) });
      }
      const layers = await flow.measure(values, feeds);
      expect(layers).toHaveLength(built.stacks.length * 2);
      layers.forEach(({ norms }, index) => {
        const expected = normsOf(outputs[graph.layers[index]?.output ?? '']?.data ?? [], steps);
        expectClose(norms as number[], expected as number[], { tolerance: 1e-4, floor: 0 });
      });
      expect(await flow.measure(values, feeds)).toEqual(layers);
    } finally {
      values.dispose();
      await flow.dispose();
    }
  });

  it('is due at the first step and every so many after it', async () => {
    const { configuration } = prepare({ title: 'due' });
    const engine = await createOnnxEngine({ device: 'cpu', threads: 1 });
    const flow = await GradientFlow.create(engine, configuration, vocabularySize);
    expect([1, 2, 3, 4, 5, 6, 7, 8].filter((step) => flow.isDue(step))).toEqual([1, 4, 7]);
    await flow.dispose();
  });

  it('has norms far below what has a square in float32, zeros, and null for what is no number', () => {
    const gradient = Float32Array.of(3e-30, 4e-30, 0, 0, NaN, 1, Infinity, 1, 3, 4);
    expect(normsOf(gradient, 5)).toEqual([5e-30, 0, null, null, 5]);
  });
});
