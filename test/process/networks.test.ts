import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readStatus } from '../../src/runs/files.ts';
import { readMetrics } from '../../src/runs/metrics.ts';
import {
  cleanFolders,
  essenceOf,
  eventsOf,
  only,
  onlyRun,
  run,
  seqlab,
  temporaryFolder,
  tinyTraining,
  writeCorpus,
} from './support.ts';

cleanFolders('all');

let corpus: string;
beforeAll(async () => {
  corpus = await writeCorpus(join(await temporaryFolder(), 'corpus'), { train: 600 });
});

const set = (...values: string[]) => values.flatMap((value) => ['--set', value]);

/** Each optimiser and each schedule once, with cells, directions and depths that differ. */
const recipes: Record<string, string[]> = {
  'a plain cell by momentum and a cosine': [
    ...['--cell', 'rnn', '--optimizer', 'momentum'],
    ...set('training.learningRate=0.05', 'training.schedule={"kind":"cosine","endFraction":0.01}'),
  ],
  'a deep GRU by Adam, slower on a plateau': [
    ...['--cell', 'gru', '--layers', '2', '--optimizer', 'adam', '--epochs', '4'],
    ...set('training.learningRate=0.02', 'training.schedule={"kind":"plateau","threshold":0.5}'),
  ],
  'a deep bidirectional LSTM by AdamW with variational dropout': [
    ...['--direction', 'bidirectional', '--layers', '2', '--optimizer', 'adamw'],
    ...set('training.learningRate=0.01', 'training.weightDecay=0.05', 'training.variationalDropout=true'),
    ...set('training.inputKeepProbability=0.8', 'training.outputKeepProbability=0.8'),
  ],
};

describe.each(Object.entries(recipes))('%s', (_, recipe) => {
  it('learns, and after a kill -9 goes on as if nothing had been', async () => {
    const runs = await temporaryFolder();
    const training = [...tinyTraining, ...recipe, '--data', corpus, '--set', 'training.checkpointSeconds=0.3'];
    const whole = await run([...training, '--runs', join(runs, 'whole')]);
    expect(whole).toMatchObject({ code: 0, stderr: '' });
    const events = eventsOf(whole);
    const expected = await essenceOf(only(events, 'done').directory);
    const epochs = events.filter((event) => event.event === 'epoch');
    // Twelve words by a rule with exceptions: an even guess would be at 12.
    expect(epochs.at(-1)?.validPerplexity).toBeLessThan(9);

    const child = seqlab([...training, '--runs', join(runs, 'killed')]);
    await child.line(/"event":"epoch","epoch":1/);
    child.kill('SIGKILL');
    await child.outcome;
    const directory = await onlyRun(join(runs, 'killed'));
    expect(await run(['resume', directory, '--json'])).toMatchObject({ code: 0, stderr: '' });
    expect(await essenceOf(directory)).toEqual(expected);
  });
});

it('a plateau divides the rate after an epoch without a new best', async () => {
  const runs = await temporaryFolder();
  const plateau = set('training.learningRate=0.08', 'training.schedule={"kind":"plateau","threshold":0.9}');
  const outcome = await run([...tinyTraining, ...plateau, '--epochs', '3', '--data', corpus, '--runs', runs]);
  const steps = eventsOf(outcome).flatMap((event) => (event.event === 'step' ? [event] : []));
  const rates = [1, 2, 3].map((epoch) => steps.find((step) => step.epoch === epoch)?.learningRate);
  expect(rates).toEqual([0.08, 0.08, 0.04]);
});

describe('early stopping', () => {
  it('ends after so many epochs without a better perplexity, and tests the best weights', async () => {
    const runs = await temporaryFolder();
    // A rate that is far too high makes the text forgotten again sooner or later.
    const high = set('training.learningRate=4', 'training.gradientClip=10', 'training.earlyStoppingEpochs=2');
    const outcome = await run([...tinyTraining, ...high, '--epochs', '60', '--data', corpus, '--runs', runs]);
    expect(outcome).toMatchObject({ code: 0 });
    const events = eventsOf(outcome);
    const valid = events.flatMap((event) => (event.event === 'epoch' ? [event.validPerplexity] : []));
    const best = Math.min(...valid);
    expect(valid.length).toBeLessThan(60);
    expect(valid.indexOf(best)).toBe(valid.length - 3);
    const { directory, testPerplexity = NaN } = only(events, 'done');
    expect(await readStatus(directory)).toMatchObject({ state: 'done', best: { validPerplexity: best } });

    const evaluated = async (...options: string[]) =>
      (JSON.parse((await run(['eval', directory, '--json', ...options])).stdout) as { perplexity: number }).perplexity;
    expect(await evaluated('--split', 'valid')).toBeCloseTo(best, 6);
    expect(await evaluated('--split', 'test')).toBeCloseTo(testPerplexity, 6);
    expect(await evaluated('--split', 'valid', '--checkpoint', 'newest')).toBeCloseTo(valid.at(-1) ?? NaN, 6);
    const { stderr, code } = await run(['resume', directory]);
    expect({ stderr, code }).toMatchObject({ code: 2, stderr: expect.stringContaining('is done') as string });
  });
});

describe('a bidirectional run', () => {
  it('calls its figures pseudo-perplexities wherever it tells them', async () => {
    const runs = await temporaryFolder();
    const training = [...tinyTraining, '--direction', 'bidirectional', '--data', corpus, '--runs', runs];
    const events = eventsOf(await run(training));
    expect(only(events, 'start')['measure']).toBe('pseudo-perplexity');
    const { directory } = only(events, 'done');
    expect((await readMetrics(directory)).length).toBeGreaterThan(3);
    expect((await run(['eval', directory])).stdout).toMatch(/^test: pseudo-perplexity /);
    const measured = async (...args: string[]) => {
      const { stdout } = await run([...args, '--json']);
      expect(JSON.parse(stdout)).toHaveProperty('measure', 'pseudo-perplexity');
    };
    await measured('runs', '--runs', runs);
    await measured('score', directory, '--text', 'wa wb');
    expect((await run(['runs', '--runs', runs])).stdout).toMatch(
      /done +validation pseudo-perplexity [\d.]+, test pseudo-perplexity [\d.]+\n$/,
    );
    const words = await run(training.filter((option) => option !== '--json'));
    expect(words.stdout).toMatch(/Validation Pseudo-Perplexity: /);
    expect(words.stdout).toMatch(/Test Pseudo-Perplexity: /);
    expect(words.stdout).not.toMatch(/(?<!Pseudo-)Perplexity: /);
  });
});

it('a perplexity that is too good to be true draws a warning', async () => {
  const runs = await temporaryFolder();
  const ptb = await writeCorpus(join(runs, 'ptb'), { train: 300 }, 'ptb.');
  const outcome = await run([...tinyTraining, '--data', ptb, '--runs', runs]);
  expect(outcome.code).toBe(0);
  expect(outcome.stderr).toMatch(
    /validation perplexity of \d+\.\d is implausibly low for the words of the Penn Treebank/,
  );
  const { warning } = await readStatus(only(eventsOf(outcome), 'done').directory);
  expect(warning).toMatch(/implausibly low/);
});
