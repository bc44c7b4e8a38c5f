import { configurationSchema } from '../../src/config/schema.ts';
import type { Configuration, ConfigurationInput } from '../../src/config/schema.ts';
import { evaluate } from '../../src/engine/reference/engine.ts';
import type { Engine, Feeds } from '../../src/engine/engine.ts';
import { sizeOf } from '../../src/graph/node.ts';
import type { Graph, Shape } from '../../src/graph/node.ts';
import { feedNames, textSteps } from '../../src/model/languageModel.ts';
import { buildTrainingGraph, correctionFeeds, learningRateInput } from '../../src/training/trainingGraph.ts';
import { randomSource, uniform, wholeNumbers } from './random.ts';

/** A training graph with where to start it from and what to feed it at each step. */
export interface Scenario {
  graph: Graph;
  /** Parameters and recurrent states before the first step. */
  variables: ReadonlyMap<string, { shape: Shape; data: Float32Array }>;
  feeds: readonly Feeds[];
}

/** What each step gave, and the variables after the last. */
export interface Trained {
  costs: number[];
  norms: number[];
  variables: Map<string, ArrayLike<number>>;
}

export interface ScenarioOptions {
  model?: ConfigurationInput['model'];
  training?: ConfigurationInput['training'];
  vocabularySize: number;
  /** Training steps. */
  count: number;
  learningRate?: number;
}

export function tinyConfiguration({ model, training }: Pick<ScenarioOptions, 'model' | 'training'>): Configuration {
  return configurationSchema.parse({
    model: { layers: 2, hiddenSize: 5, ...model },
    training: { batchSize: 3, steps: 4, ...training },
  });
}

/** Random weights in ±0.8, states in ±0.5, optimiser slots 0, tokens, targets and dropout masks for `count` steps. */
export function scenario(options: ScenarioOptions): Scenario {
  const { vocabularySize, count, learningRate = 1 } = options;
  const configuration = tinyConfiguration(options);
  const { batchSize, steps } = configuration.training;
  const { graph, masks } = buildTrainingGraph(configuration, vocabularySize);
  const next = randomSource(41);
  const variables = new Map(
    [...graph.variables].map(([name, { shape }]) => {
      const scale = name.startsWith('state.') ? 0.5 : name.startsWith('optimizer.') ? 0 : 0.8;
      return [name, { shape, data: uniform(next, sizeOf(shape), -scale, scale) }];
    }),
  );
  const feeds = Array.from({ length: count }, (_, index) => ({
    [feedNames.tokens]: wholeNumbers(next, batchSize * textSteps(configuration.model, steps), vocabularySize),
    [feedNames.targets]: wholeNumbers(next, batchSize * steps, vocabularySize),
    [learningRateInput]: Float32Array.of(learningRate),
    ...correctionFeeds(configuration.training, { step: index + 1, averaged: index }),
    ...Object.fromEntries(
      masks.map(({ name, shape, keepProbability }) => [
        name,
        Float32Array.from({ length: sizeOf(shape) }, () => (next() < keepProbability ? 1 / keepProbability : 0)),
      ]),
    ),
  }));
  return { graph, variables, feeds };
}

/** Trains in float64. */
export function trainOnReference({ graph, variables, feeds }: Scenario): Trained {
  const values: Record<string, ArrayLike<number>> = Object.fromEntries(
    [...variables].map(([name, { data }]) => [name, data]),
  );
  const [costs, norms]: [number[], number[]] = [[], []];
  for (const fed of feeds) {
    const { outputs, updates } = evaluate(graph, fed, values);
    costs.push(outputs['cost']?.data[0] ?? NaN);
    norms.push(outputs['gradientNorm']?.data[0] ?? NaN);
    for (const [name, { data }] of Object.entries(updates)) values[name] = data;
  }
  return { costs, norms, variables: new Map(Object.entries(values)) };
}

/** Trains on an engine, as the trainer does. */
export async function trainOnEngine(engine: Engine, { graph, variables, feeds }: Scenario): Promise<Trained> {
  const program = await engine.compile(graph);
  const values = engine.createVariables();
  try {
    for (const [name, tensor] of variables) values.set(name, tensor);
    const [costs, norms]: [number[], number[]] = [[], []];
    for (const fed of feeds) {
      const outputs = await program.run(values, fed);
      costs.push(outputs['cost']?.[0] ?? NaN);
      norms.push(outputs['gradientNorm']?.[0] ?? NaN);
    }
    const after = new Map<string, ArrayLike<number>>();
    for (const name of variables.keys()) after.set(name, (await values.get(name)).data);
    return { costs, norms, variables: after };
  } finally {
    values.dispose();
    await program.dispose();
  }
}
