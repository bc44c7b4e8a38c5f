import { afterAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { createEngine } from '../../src/engine/index.ts';
import { evaluate } from '../../src/engine/reference/engine.ts';
import { expectClose, Largest } from './close.ts';
import { scenario, trainOnEngine, trainOnReference } from './languageModel.ts';
import type { ScenarioOptions, Trained } from './languageModel.ts';
import { everyCase, prepareCase } from './operationCases.ts';

/** float32 has 24 bits: one rounding is 6e-8, and the longest sums here have a dozen terms. */
const operationTolerance = 1e-6;
/** 20 steps at a high rate let the roundings of each step grow in the next ones. */
const trainingTolerance = 5e-6;
const largest = new Largest();
afterAll(() => largest.print('ONNX Runtime against the reference engine'));

const cpu = (threads: number): Promise<Engine> => createEngine({ name: 'onnx', device: 'cpu', threads });

describe('ONNX Runtime computes what the reference engine computes', () => {
  it.each(everyCase)('$title', async ({ operation, operationCase }) => {
    const { b, result, feeds, variables } = prepareCase(operation, operationCase);
    // A variable's or a constant's value is an output as any other.
    const graph = b.finish({ result });
    const engine = await cpu(1);
    const program = await engine.compile(graph);
    const values = engine.createVariables();
    for (const [name, { shape }] of graph.variables)
      values.set(name, { shape, data: variables[name] ?? new Float32Array() });
    const outputs = await program.run(values, feeds);
    const expected = evaluate(graph, feeds, variables).outputs['result']?.data ?? [];
    const difference = expectClose(outputs['result'] ?? [], expected, { tolerance: operationTolerance });
    largest.note(operation, difference);
    await program.dispose();
  });
});

function expectSame(actual: Trained, expected: Trained, heading: string): void {
  const closeness = { tolerance: trainingTolerance };
  largest.note(`${heading}: costs`, expectClose(actual.costs, expected.costs, { ...closeness, what: 'costs' }));
  largest.note(`${heading}: norms`, expectClose(actual.norms, expected.norms, { ...closeness, what: 'norms' }));
  expect([...actual.variables.keys()]).toEqual([...expected.variables.keys()]);
  for (const [name, data] of expected.variables) {
    const difference = expectClose(actual.variables.get(name) ?? [], data, { ...closeness, what: name });
    largest.note(`${heading}: variables`, difference);
  }
}

const dropout = { inputKeepProbability: 0.75, outputKeepProbability: 0.5 };
const scenarios: Record<string, ScenarioOptions> = {
  'clipped, with dropout': { training: { gradientClip: 0.8, ...dropout }, vocabularySize: 11, count: 20 },
  'tied, without dropout': {
    model: { tiedEmbeddings: true },
    training: { gradientClip: 2 },
    vocabularySize: 11,
    count: 20,
  },
  'not clipped, one layer, long window': {
    model: { layers: 1, hiddenSize: 8 },
    training: { gradientClip: null, steps: 20 },
    vocabularySize: 23,
    count: 20,
    learningRate: 0.2,
  },
};

describe.each(Object.entries(scenarios))('20 steps of training (%s)', (title, options) => {
  const start = scenario(options);
  const expected = trainOnReference(start);

  it('learn and stay finite', () => {
    expect(expected.costs.every(Number.isFinite)).toBe(true);
    expect(new Set(expected.costs).size).toBe(20);
  });

  it.each([1, 2])('give the same on %i threads', async (threads) => {
    expectSame(await trainOnEngine(await cpu(threads), start), expected, title);
  });

  it.each([1, 2])('give the same bits each time on %i threads', async (threads) => {
    const [first, second] = [
      await trainOnEngine(await cpu(threads), start),
      await trainOnEngine(await cpu(threads), start),
    ];
    expect(second).toEqual(first);
  });
});

describe('a clipped scenario', () => {
  it('holds steps on both sides of the clip', () => {
    const { norms } = trainOnReference(
      scenario(scenarios['tied, without dropout'] ?? { vocabularySize: 11, count: 1 }),
    );
    expect(norms.some((norm) => norm > 2)).toBe(true);
    expect(norms.some((norm) => norm < 2)).toBe(true);
  });
});
