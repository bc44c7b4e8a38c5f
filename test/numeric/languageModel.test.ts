import { afterAll, describe, expect, it } from 'vitest';
import { evaluate } from '../../src/engine/reference/engine.ts';
import { GraphBuilder } from '../../src/graph/graph.ts';
import type { Graph } from '../../src/graph/node.ts';
import { buildLanguageModel, feedNames } from '../../src/model/languageModel.ts';
import { learningRateInput } from '../../src/training/trainingGraph.ts';
import { expectClose, Largest } from './close.ts';
import { finiteDifferences, scalar } from './finiteDifferences.ts';
import type { Numbers } from './finiteDifferences.ts';
import { scenario, tinyConfiguration } from './languageModel.ts';
import type { ScenarioOptions } from './languageModel.ts';

/** Central differences in float64 through two layers and four steps; the gradients are about 0.1. */
const tolerance = 1e-6;
const vocabularySize = 11;
const rate = 0.7;
const largest = new Largest();
afterAll(() => largest.print('language model against central differences'));

/** Five of the twelve words are equal, so that the rows of the embedding's gradient add up. */
const tokens = Int32Array.of(3, 7, 3, 0, 3, 10, 7, 3, 1, 2, 3, 7);

/** The cost alone, without gradients: what finite differences are taken of. */
function costGraph(options: Pick<ScenarioOptions, 'model' | 'training'>, words: number): Graph {
  const { model, training } = tinyConfiguration(options);
  const b = new GraphBuilder();
  const { losses, states } = buildLanguageModel(b, { model, vocabularySize: words, ...training, dropout: training });
  return b.finish({ cost: b.multiply(b.sum(losses), b.constant(1 / training.batchSize)) }, states);
}

/**
 * The gradient by each looked-up row, as finite differences of the same text with a word of its own at each place: the
 * table's rows are then the looked-up rows. The words beyond the vocabulary get a bias that leaves them no probability.
 */
function lookedUpRows(options: ScenarioOptions, feeds: Numbers, variables: Numbers): Float64Array {
  const hidden = (variables['embedding']?.length ?? 0) / vocabularySize;
  const table = Float64Array.from(variables['embedding'] ?? []);
  const rows = [...tokens].flatMap((word) => [...table.subarray(word * hidden, (word + 1) * hidden)]);
  const extra = tokens.length - vocabularySize;
  const weights = Float64Array.from(variables['output.weights'] ?? []);
  const widened = Array.from({ length: hidden }, (_, row) => [
    ...weights.subarray(row * vocabularySize, (row + 1) * vocabularySize),
    ...new Array<number>(extra).fill(0),
  ]).flat();
  const moved = {
    ...variables,
    embedding: rows,
    'output.weights': widened,
    'output.bias': [...Array.from(variables['output.bias'] ?? []), ...new Array<number>(extra).fill(-1000)],
  };
  const graph = costGraph(options, tokens.length);
  const fed = { ...feeds, [feedNames.tokens]: tokens.map((_, place) => place) };
  return finiteDifferences((values) => scalar(graph, 'cost', { feeds: fed, variables: values }), moved, 'embedding');
}

const normOf = (gradients: readonly ArrayLike<number>[]) =>
  Math.sqrt(gradients.reduce((sum, data) => sum + Array.from(data).reduce((inner, x) => inner + x * x, 0), 0));

const dropped = { inputKeepProbability: 0.75, outputKeepProbability: 0.5 };
const cases: { title: string; tied: boolean; clip: number | null; dropout: typeof dropped | Record<string, never> }[] =
  [
    { title: 'untied, clipped, with dropout', tied: false, clip: 0.25, dropout: dropped },
    { title: 'untied, not clipped, with dropout', tied: false, clip: 50, dropout: dropped },
    { title: 'untied, no clipping configured, no dropout', tied: false, clip: null, dropout: {} },
    { title: 'tied, clipped, with dropout', tied: true, clip: 0.25, dropout: dropped },
    { title: 'tied, not clipped, no dropout', tied: true, clip: 50, dropout: {} },
  ];

describe.each(cases)('one training step of the LSTM language model ($title)', ({ tied, clip, dropout }) => {
  const options: ScenarioOptions = {
    model: { tiedEmbeddings: tied },
    training: { gradientClip: clip, ...dropout },
    vocabularySize,
    count: 1,
    learningRate: rate,
  };
  const { graph, variables: start, feeds: steps } = scenario(options);
  const feeds: Numbers = { ...steps[0], [feedNames.tokens]: tokens, [learningRateInput]: [rate] };
  const variables: Numbers = Object.fromEntries([...start].map(([name, { data }]) => [name, data]));
  const parameters = [...start.keys()].filter((name) => !name.startsWith('state.'));
  const forward = costGraph(options, vocabularySize);
  const { outputs, updates } = evaluate(graph, feeds, variables);
  const numeric = new Map(
    parameters.map((name) => [
      name,
      finiteDifferences((moved) => scalar(forward, 'cost', { feeds, variables: moved }), variables, name),
    ]),
  );
  // An embedding that is also the output layer gets a gradient in every row: there are no looked-up rows alone.
  const parts = parameters.map((name) =>
    name === 'embedding' && !tied ? lookedUpRows(options, feeds, variables) : (numeric.get(name) ?? []),
  );

  it('has the cost of the forward pass', () => {
    expectClose(outputs['cost']?.data ?? [], [scalar(forward, 'cost', { feeds, variables })], { tolerance: 1e-14 });
  });

  it('has the norm of the gradients, taken before the rows of equal words are added up', () => {
    const expected = normOf(parts);
    largest.note('norm', expectClose(outputs['gradientNorm']?.data ?? [], [expected], { tolerance }));
    if (tied) return;
    const afterAdding = normOf([...numeric.values()]);
    // The two differ by far more than the tolerance, so the test tells them apart.
    expect(Math.abs(afterAdding / expected - 1)).toBeGreaterThan(1e-3);
  });

  it('moves every parameter by − rate · clip factor · gradient', () => {
    const norm = normOf(parts);
    const factor = clip === null ? 1 : clip / Math.max(norm, clip);
    expect(factor < 1).toBe(clip === 0.25);
    for (const name of parameters) {
      const before = Float64Array.from(variables[name] ?? []);
      const after = updates[name]?.data ?? new Float64Array();
      const recovered = after.map((value, index) => ((before[index] ?? NaN) - value) / (rate * factor));
      const expected = numeric.get(name) ?? [];
      largest.note(name, expectClose(recovered, expected, { tolerance, what: `gradient of ${name}` }));
      expect(normOf([expected]), `${name} has a gradient`).toBeGreaterThan(1e-3);
    }
  });

  it('leaves the rows of words that did not come as they were', () => {
    const hidden = (variables['embedding']?.length ?? 0) / vocabularySize;
    const absent = Array.from({ length: vocabularySize }, (_, word) => word).filter((word) => !tokens.includes(word));
    expect(absent.length).toBeGreaterThan(0);
    for (const word of tied ? [] : absent) {
      const row = [word * hidden, (word + 1) * hidden] as const;
      expect([...(updates['embedding']?.data.slice(...row) ?? [])]).toEqual(
        Array.from(variables['embedding'] ?? []).slice(...row),
      );
    }
  });

  it('carries the states of the last step', () => {
    const { updates: carried } = evaluate(forward, feeds, variables);
    expect(Object.keys(carried).sort()).toEqual(['state.0.c', 'state.0.h', 'state.1.c', 'state.1.h']);
    for (const [name, { data }] of Object.entries(carried)) {
      expectClose(updates[name]?.data ?? [], data, { tolerance: 1e-14, what: name });
    }
  });
});

describe('the state that is carried', () => {
  it('makes two windows of two steps the same as one of four, and no gradient flows back through it', () => {
    const long = costGraph({}, vocabularySize);
    const short = costGraph({ training: { steps: 2 } }, vocabularySize);
    const { variables: start, feeds: steps } = scenario({ vocabularySize, count: 1 });
    const variables: Numbers = Object.fromEntries([...start].map(([name, { data }]) => [name, data]));
    const feeds = steps[0] ?? {};
    const half = (from: number, to: number) =>
      Object.fromEntries(
        [feedNames.tokens, feedNames.targets].map((name) => [name, (feeds[name] ?? []).slice(from, to)]),
      );
    const whole = evaluate(long, feeds, variables);
    const first = evaluate(short, half(0, 6), variables);
    const carried = Object.fromEntries(Object.entries(first.updates).map(([name, { data }]) => [name, data]));
    const second = evaluate(short, half(6, 12), { ...variables, ...carried });
    const costOf = ({ outputs }: typeof whole) => outputs['cost']?.data[0] ?? NaN;
    expectClose([costOf(first) + costOf(second)], [costOf(whole)], { tolerance: 1e-14 });
    for (const [name, { data }] of Object.entries(whole.updates)) {
      expectClose(second.updates[name]?.data ?? [], data, { tolerance: 1e-14, what: name });
    }
    // The states are variables that the graph reads: differentiating stops there. Their update is the forward value.
    const graph = scenario({ vocabularySize, count: 1 }).graph;
    for (const name of Object.keys(whole.updates)) expect(graph.updates.get(name)?.operation).not.toBe('subtract');
  });
});
