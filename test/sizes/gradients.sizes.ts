import { describe, expect, it } from 'vitest';
import { expectGradients, normTolerance } from './compare.ts';
import { readSizedFixture, sizedFixtureNames } from './gradients.ts';

/** One thread, and as many as two cores have. */
const threadCounts = [1, 2];

describe.each(sizedFixtureNames)('the gradients of a step are those of PyTorch in float64: %s', (name) => {
  it.for(threadCounts)('threads: %i', (threads, context) => expectGradients(context, { name, threads }));
});

describe('the fixtures', () => {
  const fixtures = sizedFixtureNames.map((name) => ({ name, ...readSizedFixture(name) }));

  it('have every cell, a direction each, tied embeddings and dropout', () => {
    const models = fixtures.map(({ configuration }) => configuration.model);
    expect(new Set(models.map(({ cell }) => cell))).toEqual(new Set(['rnn', 'gru', 'lstm']));
    expect(new Set(models.map(({ direction }) => direction)).size).toBe(2);
    expect(new Set(models.map(({ tiedEmbeddings }) => tiedEmbeddings)).size).toBe(2);
    const kept = fixtures.map(({ configuration }) => configuration.training.outputKeepProbability);
    expect(Math.min(...kept)).toBeLessThan(1);
  });

  it.each(fixtures)(
    '$name: tells whether looked-up rows are added up before the norm is taken, or after',
    (fixture) => {
      const { norm, normAddedFirst, configuration } = fixture;
      const difference = Math.abs(normAddedFirst / norm - 1);
      if (configuration.model.tiedEmbeddings) expect(difference).toBe(0);
      else expect(difference).toBeGreaterThan(5 * normTolerance);
    },
  );
});
