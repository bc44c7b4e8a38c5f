import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Feeds } from '../../src/engine/engine.ts';
import { createEngine } from '../../src/engine/index.ts';
import { BatchStream } from '../../src/corpus/batches.ts';
import { sizeOf } from '../../src/graph/node.ts';
import { feedNames } from '../../src/model/languageModel.ts';
import { buildTrainingGraph, learningRateInput } from '../../src/training/trainingGraph.ts';
import { expectClose, Largest } from './close.ts';
import { tinyConfiguration, trainOnEngine, trainOnReference } from './languageModel.ts';
import type { Scenario, Trained } from './languageModel.ts';

/** What test/fixtures/pytorch.py writes; it says how the figures were made. */
const fixtureSchema = z.object({
  vocabularySize: z.int(),
  model: z.object({ layers: z.int(), hiddenSize: z.int() }),
  training: z.object({
    batchSize: z.int(),
    steps: z.int(),
    gradientClip: z.number(),
    inputKeepProbability: z.number(),
    outputKeepProbability: z.number(),
  }),
  /** Each row's tokens, [batch][length]. */
  streams: z.array(z.array(z.int())),
  initial: z.record(z.string(), z.object({ shape: z.array(z.int()), data: z.array(z.number()) })),
  steps: z.array(
    z.object({
      learningRate: z.number(),
      cost: z.number(),
      norm: z.number(),
      normAfterAddingEqualRows: z.number(),
      masks: z.record(z.string(), z.string()),
    }),
  ),
  final: z.record(z.string(), z.array(z.number())),
  finalStates: z.record(z.string(), z.array(z.number())),
});

const path = new URL('../fixtures/pytorch.json', import.meta.url);
const fixture = fixtureSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
const largest = new Largest();
afterAll(() => largest.print('against PyTorch'));

function fixtureScenario(): Scenario {
  const { training, model, vocabularySize, streams, initial, steps } = fixture;
  const { graph, masks } = buildTrainingGraph(tinyConfiguration({ training, model }), vocabularySize);
  const zeros = Object.keys(fixture.finalStates).map((name) => {
    const shape = [training.batchSize, model.hiddenSize];
    return [name, { shape, data: new Float32Array(sizeOf(shape)) }] as const;
  });
  const weights = Object.entries(initial).map(
    ([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }] as const,
  );
  const text = new BatchStream(Int32Array.from(streams.flat()), training.batchSize, training.steps);
  const feeds = steps.map((step, index): Feeds => {
    const tokens = new Int32Array(training.batchSize * training.steps);
    const targets = new Int32Array(tokens.length);
    text.window(index, tokens, targets);
    const fed = masks.map(({ name, keepProbability }) => {
      const bits = [...(step.masks[name] ?? '')];
      return [name, Float32Array.from(bits, (bit) => Number(bit) / keepProbability)] as const;
    });
    return {
      [feedNames.tokens]: tokens,
      [feedNames.targets]: targets,
      [learningRateInput]: Float32Array.of(step.learningRate),
      ...Object.fromEntries(fed),
    };
  });
  return { graph, variables: new Map([...weights, ...zeros]), feeds };
}

function expectFixture(trained: Trained, tolerance: number, heading: string): void {
  const note = (what: string, actual: ArrayLike<number>, expected: ArrayLike<number>) =>
    largest.note(`${heading}: ${what}`, expectClose(actual, expected, { tolerance, what }));
  note(
    'costs',
    trained.costs,
    fixture.steps.map(({ cost }) => cost),
  );
  note(
    'norms',
    trained.norms,
    fixture.steps.map(({ norm }) => norm),
  );
  for (const [name, data] of Object.entries({ ...fixture.final, ...fixture.finalStates })) {
    note(name.startsWith('state') ? 'states' : 'weights', trained.variables.get(name) ?? [], data);
  }
}

describe('PyTorch, given the same weights, text and masks, trains the same', () => {
  it('in a text with clipped and unclipped steps, two rates and repeated words', () => {
    const { steps, training } = fixture;
    const clipped = steps.filter(({ norm }) => norm > training.gradientClip).length;
    expect(clipped).toBeGreaterThan(5);
    expect(steps.length - clipped).toBeGreaterThan(5);
    expect(new Set(steps.map(({ learningRate }) => learningRate)).size).toBe(2);
    // Had we taken the norm after adding up the rows of equal words, the tolerances below would notice.
    expect(steps.some(({ norm, normAfterAddingEqualRows: after }) => Math.abs(after / norm - 1) > 1e-3)).toBe(true);
    // The carried state and the fall of the cost: the last windows are cheaper than the first.
    const mean = (part: typeof steps) => part.reduce((sum, { cost }) => sum + cost, 0) / part.length;
    expect(mean(steps.slice(-5))).toBeLessThan(mean(steps.slice(0, 5)));
  });

  it('names the same parameters', () => {
    const { graph } = fixtureScenario();
    const names = [...Object.keys(fixture.initial), ...Object.keys(fixture.finalStates)];
    expect([...graph.variables.keys()].sort()).toEqual(names.sort());
  });

  it('as the reference engine, to 1e-9 (both are float64)', () => {
    expectFixture(trainOnReference(fixtureScenario()), 1e-9, 'reference');
  });

  it('as ONNX Runtime on the CPU, to 1e-5 (float32)', async () => {
    const engine = await createEngine({ name: 'onnx', device: 'cpu', threads: 1 });
    expectFixture(await trainOnEngine(engine, fixtureScenario()), 1e-5, 'onnx cpu');
  });
});
