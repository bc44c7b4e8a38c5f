import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import { fixtures, readFixture, runOf } from './readings.ts';
import { cleanFolders, seqlab, temporaryFolder } from './support.ts';

/** `predict`, `score`, `states` and `export` against PyTorch (test/fixtures/pytorch_readings.py). */

const tolerance = 1e-5;
const rows = z.array(z.array(z.number()));
const statesSchema = z.object({
  tokens: z.array(z.string()),
  layers: z.array(z.object({ direction: z.string(), h: rows, c: rows.optional(), gates: z.record(z.string(), rows) })),
  unknown: z.array(z.string()),
});
const scoreSchema = z.object({
  tokens: z.array(z.object({ token: z.string(), probability: z.number(), bits: z.number(), rank: z.int() })),
  perplexity: z.number(),
  measure: z.enum(['perplexity', 'pseudo-perplexity']),
  unknown: z.array(z.string()),
});
const predictionSchema = z.object({
  text: z.string(),
  next: z.array(z.object({ word: z.string(), probability: z.number() })),
  unknown: z.array(z.string()),
});

async function answerOf<T>(schema: z.ZodType<T>, args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await seqlab(args).outcome;
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return schema.parse(JSON.parse(stdout));
}

function expectClose(actual: readonly number[], expected: readonly number[], what: string): void {
  expect(actual.length, what).toBe(expected.length);
  for (const [index, value] of actual.entries()) {
    // NaN is not within any tolerance.
    if (!(Math.abs(value - (expected[index] ?? NaN)) <= tolerance))
      throw new Error(`${what}: ${value} at ${index}, expected ${expected[index]} ± ${tolerance}`);
  }
}

describe('reading with a trained run', async () => {
  cleanFolders('each');
  const names = (await readdir(fixtures)).filter((name) => name.endsWith('.json')).sort();

  it('has a fixture of each cell and direction', () => expect(names).toHaveLength(5));

  it.each(names)('agrees with PyTorch: %s', async (name) => {
    const fixture = await readFixture(name);
    const { text, words, layers } = fixture;
    const run = await runOf(fixture);

    const exported = join(await temporaryFolder(), 'weights.safetensors');
    await answerOf(z.unknown(), ['export', run, '--json', '--out', exported]);
    for (const { name: tensor, data } of (await readSafetensors(exported)).tensors)
      expectClose([...data], fixture.tensors[tensor] ?? [], tensor);

    const states = await answerOf(statesSchema, ['states', run, '--text', text, '--json']);
    expect(states.tokens).toEqual(text.split(' '));
    expect(states.layers.map(({ direction }) => direction)).toEqual(layers.map(({ direction }) => direction));
    for (const [index, { direction, layer, ...expected }] of layers.entries()) {
      const { h, c, gates } = states.layers[index] ?? { h: [], gates: {} };
      const found: Record<string, number[][] | undefined> = { h, c, ...gates };
      for (const [series, values] of Object.entries(expected))
        values.forEach((value, token) =>
          expectClose(found[series]?.[token] ?? [], value, `${direction} ${layer} ${series} ${token}`),
        );
      const count = Object.values(found).filter((value) => value !== undefined).length;
      expect(count).toBe(Object.keys(expected).length);
    }

    const score = await answerOf(scoreSchema, ['score', run, '--text', text, '--json']);
    expect(score.tokens.map(({ token }) => token)).toEqual(text.split(' '));
    expect([states.unknown, score.unknown]).toEqual([['unicorn'], ['unicorn']]);
    expectClose(
      score.tokens.map(({ probability }) => probability),
      fixture.probabilities,
      'probabilities',
    );
    expectClose(
      score.tokens.map(({ bits }) => 2 ** -bits),
      fixture.probabilities,
      'bits',
    );
    expect(score.tokens.map(({ rank }) => rank)).toEqual(fixture.ranks);
    expect(Math.abs(score.perplexity / fixture.perplexity - 1)).toBeLessThan(tolerance);

    const prediction = await answerOf(predictionSchema, ['predict', run, '--text', text, '--top', '20', '--json']);
    expect(prediction.text).toBe(text);
    expect(prediction.unknown).toEqual(['unicorn']);
    const byWord = new Map(prediction.next.map(({ word, probability }) => [word, probability]));
    expectClose(
      words.map((word) => byWord.get(word) ?? NaN),
      fixture.next,
      'next words',
    );
    const falling = prediction.next.map(({ probability }) => probability);
    expect(falling).toEqual([...falling].sort((a, b) => b - a));
  });

  it('scores a file as eval does', async () => {
    const folder = await temporaryFolder();
    const corpus = join(folder, 'corpus');
    await mkdir(corpus);
    const sentences = (count: number, shift: number): string =>
      Array.from(
        { length: count },
        (_, line) =>
          `the ${['cat', 'dog', 'mat'][(line * 7 + shift) % 3]} sat on a ${['mat', 'hat'][(line + shift) % 2]} .\n`,
      ).join('');
    for (const [split, count] of [
      ['train', 120],
      ['valid', 30],
      ['test', 40],
    ] as const)
      await writeFile(join(corpus, `${split}.txt`), sentences(count, count));
    const trained = await seqlab([
      'train',
      '--data',
      corpus,
      '--hidden-size',
      '12',
      '--layers',
      '2',
      '--epochs',
      '2',
      '--json',
      '--runs',
      join(folder, 'runs'),
    ]).outcome;
    expect(trained.code, trained.stderr).toBe(0);
    const [id = ''] = await readdir(join(folder, 'runs'));
    const run = join(folder, 'runs', id);
    const figures = z.object({ perplexity: z.number(), tokens: z.number() });
    const evaluated = await answerOf(figures, ['eval', run, '--json']);
    const score = await answerOf(scoreSchema, ['score', run, '--file', join(corpus, 'test.txt'), '--json']);
    expect(score.tokens.length).toBe(evaluated.tokens);
    expect(Math.abs(score.perplexity / evaluated.perplexity - 1)).toBeLessThan(1e-6);
  });

  it('draws the same words from the same seed, and others from another', async () => {
    const fixture = await readFixture('lstm.json');
    const run = await runOf(fixture);
    const drawnSchema = z.object({ words: z.array(z.string()), text: z.string(), seed: z.number() });
    const drawn = (...args: string[]) =>
      answerOf(drawnSchema, ['generate', run, '--prompt', 'the cat', '--words', '40', '--json', ...args]);
    const first = await drawn('--seed', '3');
    expect(first.words).toHaveLength(40);
    expect(await drawn('--seed', '3')).toEqual(first);
    expect((await drawn('--seed', '4')).words).not.toEqual(first.words);
    expect(first.words).not.toContain('<unk>');
    // The likeliest word each time, whatever the seed.
    const likeliest = await drawn('--temperature', '0', '--seed', '1');
    expect((await drawn('--top-k', '1', '--seed', '9')).words).toEqual(likeliest.words);
    expect((await drawn('--top-p', '0.000001', '--seed', '9')).words).toEqual(likeliest.words);
  });

  it('reads standard input without the line break at its end, and tells which words are unknown', async () => {
    const run = await runOf(await readFixture('lstm.json'));
    const text = 'the unicorn sat on a zebra ; the zebra';
    const given = await answerOf(scoreSchema, ['score', run, '--text', text, '--json']);
    for (const ending of ['\n', '\r\n']) {
      const { stdout } = await seqlab(['score', run, '--text', '-', '--json'], { stdin: text + ending }).outcome;
      expect(JSON.parse(stdout)).toEqual(given);
    }
    for (const args of [
      ['score', run, '--text', text],
      ['states', run, '--text', text],
      ['generate', run, '--prompt', text, '--words', '2'],
    ])
      expect((await seqlab(args).outcome).stderr).toBe('seqlab: not in the vocabulary: unicorn, zebra\n');
  });

  it('does not continue a text with a bidirectional network', async () => {
    const run = await runOf(await readFixture('lstm-bidirectional.json'));
    const { code, stdout, stderr } = await seqlab(['generate', run, '--prompt', 'the cat']).outcome;
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Choose a forward one.');
  });

  it('says where files for LSTMVis cannot be written', async () => {
    const run = await runOf(await readFixture('lstm.json'));
    const folder = join(await temporaryFolder(), 'file');
    await writeFile(folder, '');
    const { code, stderr } = await seqlab(['states', run, '--text', 'the cat', '--hdf5', folder]).outcome;
    expect(code).toBe(3);
    expect(stderr).toContain(`cannot create ${folder}: something with that name is already there`);
  });
});
