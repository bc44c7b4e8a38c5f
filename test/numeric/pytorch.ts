import { readdirSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import { averageSlot, slotName } from '../../src/config/optimisers.ts';
import { configurationSchema } from '../../src/config/schema.ts';
import type { Configuration } from '../../src/config/schema.ts';
import { BatchStream } from '../../src/corpus/batches.ts';
import type { Feeds } from '../../src/engine/engine.ts';
import { evaluate } from '../../src/engine/reference/engine.ts';
import { sizeOf } from '../../src/graph/node.ts';
import { feedNames, textSteps } from '../../src/model/languageModel.ts';
import { optimiserOf } from '../../src/training/optimisers.ts';
import type { StepCount } from '../../src/training/optimisers.ts';
import { buildTrainingGraph, correctionFeeds, learningRateInput } from '../../src/training/trainingGraph.ts';
import type { Scenario, Trained } from './languageModel.ts';

/** What test/fixtures/pytorch.py writes; it says how the figures were made. */
const fixtureSchema = z.object({
  vocabularySize: z.int(),
  configuration: configurationSchema,
  /** Each row's tokens, [batch][length]. */
  streams: z.array(z.array(z.int())),
  initial: z.record(z.string(), z.object({ shape: z.array(z.int()), data: z.array(z.number()) })),
  steps: z.array(
    z.object({
      learningRate: z.number(),
      cost: z.number(),
      norm: z.number(),
      isClipped: z.boolean(),
      /** By which share the embedding's gradient would be another, were looked-up rows added up before the clipping. */
      changeHadEqualRowsBeenAddedFirst: z.number(),
      /** A 1 for each unit that is kept. */
      masks: z.record(z.string(), z.string()),
    }),
  ),
  /** The steps before the first whose weights are averaged, where they are. */
  averagedFrom: z.int().optional(),
  final: z.record(z.string(), z.array(z.number())),
  finalStates: z.record(z.string(), z.array(z.number())),
});

export type Fixture = z.output<typeof fixtureSchema>;

const folder = new URL('../fixtures/pytorch/', import.meta.url);

/** Every fixture that there is, by its file's name. */
export const fixtures: readonly { name: string; fixture: Fixture }[] = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .sort()
  .map((file) => ({
    name: file.replace('.json', ''),
    fixture: fixtureSchema.parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8'))),
  }));

/** Where the optimiser is at a window, from 0. */
function countOf({ averagedFrom }: Fixture, index: number): StepCount {
  return { step: index + 1, averaged: averagedFrom === undefined ? 0 : Math.max(0, index + 1 - averagedFrom) };
}

/** The fixture's training as PyTorch started it, or as another configuration of the same network has it. */
export function fixtureScenario(fixture: Fixture, configuration: Configuration = fixture.configuration): Scenario {
  const { model, training } = configuration;
  const { graph, masks } = buildTrainingGraph(configuration, fixture.vocabularySize);
  const variables = new Map(
    [...graph.variables].map(([name, { shape }]) => {
      const initial = fixture.initial[name];
      // An average starts from the weights themselves.
      const start = initial ?? fixture.initial[name.replace(slotName(averageSlot, ''), '')];
      if (start) return [name, { shape: start.shape, data: Float32Array.from(start.data) }];
      return [name, { shape, data: new Float32Array(sizeOf(shape)) }];
    }),
  );
  const text = new BatchStream(Int32Array.from(fixture.streams.flat()), training.batchSize, training.steps);
  const feeds = fixture.steps.map((step, index): Feeds => {
    const tokens = new Int32Array(training.batchSize * textSteps(model, training.steps));
    const targets = new Int32Array(training.batchSize * training.steps);
    text.window(index, tokens, targets);
    const fed = masks.map(({ name, keepProbability }) => {
      const bits = [...(step.masks[name] ?? '')];
      return [name, Float32Array.from(bits, (bit) => Number(bit) / keepProbability)] as const;
    });
    return {
      [feedNames.tokens]: tokens,
      [feedNames.targets]: targets,
      [learningRateInput]: Float32Array.of(step.learningRate),
      ...correctionFeeds(training, countOf(fixture, index)),
      ...Object.fromEntries(fed),
    };
  });
  return { graph, variables, feeds };
}

/**
 * Trains on the reference engine with an optimiser's corrections in float64: as they are fed to engines they are rounded
 * to float32, a hundred times the difference that is looked for here.
 */
export function trainInFloat64(fixture: Fixture, configuration: Configuration = fixture.configuration): Trained {
  const { graph, variables, feeds } = fixtureScenario(fixture, configuration);
  const { training } = configuration;
  const { optimizer } = training;
  const values: Record<string, ArrayLike<number>> = {};
  for (const [name, { data }] of variables) values[name] = data;
  const [costs, norms]: [number[], number[]] = [[], []];
  feeds.forEach((fed, index) => {
    const exact = optimiserOf(optimizer).corrections?.(optimizer, countOf(fixture, index)) ?? [];
    const names = Object.keys(correctionFeeds(training, countOf(fixture, index)));
    const corrections = Object.fromEntries(names.map((name, place) => [name, exact.slice(place, place + 1)]));
    const { outputs, updates } = evaluate(graph, { ...fed, ...corrections }, values);
    costs.push(outputs['cost']?.data[0] ?? NaN);
    norms.push(outputs['gradientNorm']?.data[0] ?? NaN);
    for (const [name, { data }] of Object.entries(updates)) values[name] = data;
  });
  return { costs, norms, variables: new Map(Object.entries(values)) };
}
