import { describe, expect, it } from 'vitest';
import { configurationSchema } from '../../../src/config/schema.ts';
import { BatchStream } from '../../../src/corpus/batches.ts';
import type { Variables } from '../../../src/engine/engine.ts';
import { createEngine } from '../../../src/engine/index.ts';
import { evaluate } from '../../../src/engine/reference/engine.ts';
import { GraphBuilder } from '../../../src/graph/graph.ts';
import { buildLanguageModel, feedNames } from '../../../src/model/languageModel.ts';
import { Evaluator } from '../../../src/training/evaluation.ts';
import type { EvaluationResult } from '../../../src/training/evaluation.ts';
import { initialParameters } from '../../../src/training/parameters.ts';
import { InterruptedError } from '../../../src/util/errors.ts';
import { expectClose } from '../../numeric/close.ts';
import { randomSource, wholeNumbers } from '../../numeric/random.ts';

const vocabularySize = 11;
const { model } = configurationSchema.parse({ model: { layers: 2, hiddenSize: 5, initScale: 0.9 } });
const weights = initialParameters(model, vocabularySize, 3);

async function evaluation(batchSize: number, steps: number) {
  const engine = await createEngine({ name: 'onnx', device: 'cpu', threads: 1 });
  const evaluator = await Evaluator.create(engine, {
    model,
    evaluation: { batchSize, steps, test: true },
    vocabularySize,
  });
  const variables = engine.createVariables();
  for (const [name, tensor] of weights) variables.set(name, tensor);
  return { evaluator, variables };
}

/** The mean loss in float64, one step at a time with the state carried: what the evaluator must come to. */
function stepByStep(ids: Int32Array, batchSize: number, positions: number): number {
  const b = new GraphBuilder();
  const { losses, states } = buildLanguageModel(b, { model, vocabularySize, batchSize, steps: 1 });
  const graph = b.finish({ losses }, states);
  const stream = new BatchStream(ids, batchSize, 1);
  const values: Record<string, ArrayLike<number>> = Object.fromEntries(
    [...weights].map(([name, { data }]) => [name, data]),
  );
  for (const [name, { shape }] of graph.variables) values[name] ??= new Float64Array((shape[0] ?? 0) * (shape[1] ?? 0));
  const [tokens, targets] = [new Int32Array(batchSize), new Int32Array(batchSize)];
  let sum = 0;
  for (let position = 0; position < positions; position++) {
    stream.window(position, tokens, targets);
    const { outputs, updates } = evaluate(graph, { [feedNames.tokens]: tokens, [feedNames.targets]: targets }, values);
    for (const loss of outputs['losses']?.data ?? [NaN]) sum += loss;
    for (const [name, { data }] of Object.entries(updates)) values[name] = data;
  }
  return sum / (positions * batchSize);
}

const text = (length: number) => wholeNumbers(randomSource(8), length, vocabularySize);

describe('the evaluator, in calls of 128 words, comes to the figures of one step at a time', () => {
  it.each([
    { title: 'a text that fills its calls', length: 257, batchSize: 1, steps: 1, positions: 256 },
    { title: 'a text with a tail', length: 300, batchSize: 1, steps: 1, positions: 299 },
    { title: 'a text shorter than a call', length: 20, batchSize: 1, steps: 1, positions: 19 },
    { title: 'the shortest text', length: 2, batchSize: 1, steps: 1, positions: 1 },
    { title: 'three rows side by side', length: 500, batchSize: 3, steps: 1, positions: 165 },
    { title: 'windows of 7', length: 300, batchSize: 1, steps: 7, positions: 294 },
    { title: 'windows longer than a call', length: 420, batchSize: 2, steps: 100, positions: 200 },
    { title: 'more rows than words in a call', length: 600, batchSize: 150, steps: 1, positions: 3 },
  ])('$title', async ({ length, batchSize, steps, positions }) => {
    const { evaluator, variables } = await evaluation(batchSize, steps);
    const ids = text(length);
    const result = await evaluator.evaluate(variables, ids);
    expect(result.tokens).toBe(positions * batchSize);
    expectClose([result.loss], [stepByStep(ids, batchSize, positions)], { tolerance: 1e-6, what: 'loss' });
    expect(result.perplexity).toBe(Math.exp(result.loss));
    await evaluator.dispose();
  });
});

describe('an evaluation', () => {
  it('starts from the same state each time and leaves the weights alone', async () => {
    const { evaluator, variables } = await evaluation(1, 1);
    const read = async (from: Variables) =>
      Promise.all([...weights.keys()].map(async (name) => (await from.get(name)).data));
    const before = await read(variables);
    const results: EvaluationResult[] = [];
    for (let time = 0; time < 2; time++) results.push(await evaluator.evaluate(variables, text(200)));
    expect(results[1]).toEqual(results[0]);
    expect(await read(variables)).toEqual(before);
    expect(before).toEqual([...weights.values()].map(({ data }) => data));
  });

  it('keeps its states apart from those of training', async () => {
    const { evaluator, variables } = await evaluation(1, 1);
    await evaluator.evaluate(variables, text(50));
    const states = variables.names().filter((name) => name.includes('state.'));
    expect(states).toHaveLength(4);
    expect(states.every((name) => name.startsWith('evaluation.'))).toBe(true);
  });

  it('tells how far it is, and ends at the whole', async () => {
    const { evaluator, variables } = await evaluation(1, 1);
    const told: number[] = [];
    await evaluator.evaluate(variables, text(2300), { onProgress: (fraction) => told.push(fraction) });
    expect(told).toEqual([1024 / 2299, 2048 / 2299, 1]);
  });

  it('can be interrupted between calls', async () => {
    const { evaluator, variables } = await evaluation(1, 1);
    const controller = new AbortController();
    const running = evaluator.evaluate(variables, text(2300), {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(running).rejects.toThrow(InterruptedError);
  });

  it('refuses a text that is shorter than a window', async () => {
    const { evaluator, variables } = await evaluation(2, 10);
    await expect(evaluator.evaluate(variables, text(21))).rejects.toThrow(/The text of 21 tokens is too short/);
  });
});
