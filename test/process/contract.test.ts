import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { readConfig, readStatus } from '../../src/runs/files.ts';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import { seededRandom } from '../unit/runs/fixtures.ts';
import type { Outcome } from './support.ts';
import {
  cleanFolders,
  commandLine,
  eventsOf,
  jsonLines,
  only,
  run,
  start,
  temporaryFolder,
  textOf,
  tiny,
  tinyTraining,
  write,
  writeCorpus,
} from './support.ts';

cleanFolders('all');

let folder: string;
let corpus: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  corpus = await writeCorpus(join(folder, 'corpus'));
});

/** Runs seqlab to a good end without a word on stderr. */
async function good(args: readonly string[], cwd = folder): Promise<Outcome> {
  const outcome = await run(args, { cwd });
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  return outcome;
}

describe('train --json', () => {
  it('on the built-in corpus, from another folder, writes the lines of the table and nothing else', async () => {
    const elsewhere = await temporaryFolder();
    const options = ['--threads', '1', '--set', 'model.hiddenSize=8', '--max-steps', '130', '--seed', '5'];
    const events = eventsOf(await good(['train', '--json', ...options], elsewhere));
    expect(events.map((event) => (event.event === 'step' ? `step ${event.step}` : event.event))).toEqual([
      'start',
      'step 1',
      'step 101',
      'step 130',
      'epoch',
      'done',
    ]);
    const { run: id, directory, vocabulary, trainTokens, floor = 0, parameters } = only(events, 'start');
    expect(directory).toBe(join(elsewhere, '.sequence-lab', 'runs', id));
    expect(await readFile(join(elsewhere, '.sequence-lab', '.gitignore'), 'utf8')).toBe('*\n');
    expect(trainTokens).toBeGreaterThanOrEqual(200_000);
    // Embedding, one LSTM layer (input, recurrent, bias), output with its bias.
    expect(parameters).toBe(vocabulary * 8 + (8 + 8 + 1) * 4 * 8 + (8 + 1) * vocabulary);
    const done = only(events, 'done');
    expect(done).toMatchObject({ run: id, directory, validPerplexity: only(events, 'epoch').validPerplexity });
    expect(floor).toBeGreaterThan(1);
    expect(done.testPerplexity).toBeGreaterThan(floor);
    const { configuration } = await readConfig(directory);
    expect(configuration).toMatchObject({ seed: 5, engine: { threads: 1 }, training: { maxSteps: 130 } });
    expect(await readStatus(directory)).toMatchObject({
      state: 'done',
      latest: { testPerplexity: done.testPerplexity },
    });
  });

  it('obeys its options, the last word being --set', async () => {
    const options = ['--no-test', '--name', 'Été à deux', '--epochs', '3', '--set', 'training.epochs=1'];
    const events = eventsOf(await good([...tinyTraining, ...options, '--seed', '9', '--data', corpus, '--runs', 'a']));
    const done = only(events, 'done');
    expect(done.run).toMatch(/^\d{8}-\d{6}Z-ete-a-deux-[0-9a-f]{4}$/);
    expect(done).not.toHaveProperty('testPerplexity');
    expect(only(events, 'epoch').epoch).toBe(1);
    const { configuration } = await readConfig(done.directory);
    expect(configuration).toMatchObject({ name: 'Été à deux', seed: 9, preset: 'quick', corpus: { path: corpus } });
  });

  it('reads a configuration file, whose corpus lies beside it', async () => {
    const configuration = {
      name: 'from-file',
      corpus: { kind: 'folder', path: 'corpus' },
      model: { hiddenSize: 8, layers: 1 },
      training: { epochs: 1, batchSize: 4, steps: 4 },
    };
    await write(join(folder, 'run.json'), JSON.stringify(configuration));
    const elsewhere = await temporaryFolder();
    const args = ['train', '--json', '--config', join(folder, 'run.json'), '--threads', '1', '--seed', '3'];
    const { directory } = only(eventsOf(await good(args, elsewhere)), 'done');
    const stored = await readConfig(directory);
    expect(stored.configuration).toMatchObject({ ...configuration, corpus: { kind: 'folder', path: corpus }, seed: 3 });
  });

  it('reads a PTB folder, a folder and a file', async () => {
    const ptb = await writeCorpus(join(folder, 'ptb'), {}, 'ptb.');
    const file = await write(join(folder, 'a text.txt'), textOf(300, seededRandom(1)));
    const figures: { kind: string; name: string; tokens: number }[] = [];
    for (const path of [ptb, corpus, file]) {
      const args = [...tinyTraining, '--epochs', '1', '--data', path, '--runs', 'forms'];
      const outcome = await run(args, { cwd: folder });
      // Twelve words are too easy for the Penn Treebank's.
      const stderr = path === ptb ? (expect.stringContaining('implausibly low') as string) : '';
      expect(outcome).toMatchObject({ code: 0, stderr });
      const { directory, trainTokens } = only(eventsOf(outcome), 'start');
      const { name, corpus: read } = (await readConfig(directory)).configuration;
      figures.push({ kind: read.kind, name, tokens: trainTokens });
    }
    expect(figures).toEqual([
      { kind: 'ptb', name: 'ptb-quick', tokens: 1200 },
      { kind: 'folder', name: 'corpus-quick', tokens: 1200 },
      { kind: 'file', name: 'a text-quick', tokens: 270 * 6 },
    ]);
  });
});

describe('a run that is done', () => {
  let directory: string;
  let id: string;
  let figures: { validPerplexity: number; testPerplexity?: number | undefined };
  beforeAll(async () => {
    const args = [...tinyTraining, '--data', corpus, '--runs', 'runs', '--name', 'done'];
    const done = only(eventsOf(await good(args)), 'done');
    ({ directory } = done);
    id = basename(directory);
    figures = done;
  });

  const evaluation = z.strictObject({
    split: z.enum(['train', 'valid', 'test']),
    perplexity: z.number().positive(),
    loss: z.number().positive(),
    tokens: z.int().positive(),
    measure: z.literal('perplexity'),
  });
  const evaluated = async (...args: string[]) => {
    const [result, ...more] = jsonLines((await good(['eval', ...args, '--json', '--runs', 'runs'])).stdout, evaluation);
    expect(more).toEqual([]);
    if (!result) throw new Error('eval said nothing');
    expect(result.perplexity).toBeCloseTo(Math.exp(result.loss), 10);
    return result;
  };

  it('evaluates to its own figures, by its id and by its folder', async () => {
    expect(await evaluated(id, '--split', 'valid')).toMatchObject({
      split: 'valid',
      perplexity: figures.validPerplexity,
      tokens: 60 * 6 - 1,
    });
    expect(await evaluated(directory)).toMatchObject({ split: 'test', perplexity: figures.testPerplexity });
    expect((await evaluated(join('runs', id), '--split', 'train')).tokens).toBe(1200 - 1);
  });

  it('evaluates another text with its own vocabulary', async () => {
    const other = await write(join(folder, 'other.txt'), `${'unheard of words\n'.repeat(30)}`);
    const { perplexity, tokens } = await evaluated(id, '--data', other, '--split', 'test');
    // A single file is taken whole, not divided as a corpus to train on is.
    expect(tokens).toBe(30 * 4 - 1);
    expect(perplexity).toBeGreaterThan(figures.validPerplexity);
  });

  it('is listed', async () => {
    const entry = z.looseObject({ run: z.string(), directory: z.string(), state: z.string(), name: z.string() });
    const entries = jsonLines((await good(['runs', '--json', '--runs', 'runs'])).stdout, entry);
    expect(entries).toEqual([
      expect.objectContaining({
        run: id,
        directory,
        name: 'done',
        state: 'done',
        measure: 'perplexity',
        latest: expect.objectContaining(figuresOfStatus()) as unknown,
      }),
    ]);
    expect((await good(['runs', '--runs', 'runs'])).stdout).toMatch(
      new RegExp(`^${id}  done +validation [\\d.]+, test [\\d.]+\n$`),
    );
    expect((await good(['runs', '--json', '--runs', 'nowhere'])).stdout).toBe('');
  });
  const figuresOfStatus = () => ({ validPerplexity: figures.validPerplexity, testPerplexity: figures.testPerplexity });

  it('exports weights that read back', async () => {
    const answer = z.strictObject({
      format: z.literal('safetensors'),
      file: z.string(),
      tensors: z.array(z.strictObject({ name: z.string(), shape: z.array(z.int().positive()) })),
    });
    const out = join(folder, 'weights.safetensors');
    const [said] = jsonLines((await good(['export', id, '--json', '--runs', 'runs', '--out', out])).stdout, answer);
    const { tensors } = await readSafetensors(out);
    expect(said).toEqual({
      format: 'safetensors',
      file: out,
      tensors: tensors.map(({ name, shape }) => ({ name, shape: [...shape] })),
    });
    // As the format's own description says: the header's length, the header, the numbers.
    const bytes = await readFile(out);
    const header = z.record(z.string(), z.unknown());
    const named = header.parse(JSON.parse(bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE(0)))));
    expect(Object.keys(named).filter((name) => name !== '__metadata__')).toEqual(tensors.map(({ name }) => name));
    expect(tensors.length).toBeGreaterThanOrEqual(4);
    for (const { data } of tensors) expect(data.every((value) => Number.isFinite(value))).toBe(true);
  });
});

it('prints for a person the lines of the document, and no bar where there is no terminal', async () => {
  const args = ['train', ...tiny, '--data', corpus, '--runs', 'human', '--epochs', '1'];
  const { stdout } = await good(args);
  const figure = '\\d+\\.\\d{3}';
  const lines = [
    'Run \\S+ in .+',
    '782 parameters, 14 tokens in the vocabulary, 1,200 training tokens',
    'In iteration: 1',
    `After 0 steps, perplexity is ${figure}`,
    `After 73 steps, perplexity is ${figure}`,
    `Epoch: 1 Train Perplexity: ${figure}`,
    `Epoch: 1 Validation Perplexity: ${figure}`,
    `Test Perplexity: ${figure}`,
  ];
  expect(stdout).toMatch(new RegExp(`^${lines.join('\n')}\n$`));
  const [, directory = ''] = / in (.+)\n/.exec(stdout) ?? [];
  const told = stdout.split('\n').slice(2).join('\n');
  expect(await readFile(join(directory, 'log.txt'), 'utf8')).toBe(`${told}Training is done.\n`);
  const { stdout: evaluated } = await good(['eval', directory]);
  expect(evaluated).toMatch(
    new RegExp(`^test: perplexity ${figure} \\(\\d\\.\\d{4} nats per token over 359 tokens\\)\n$`),
  );
  const { stdout: exported } = await good(['export', directory, '--out', 'w.safetensors']);
  expect(exported).toMatch(/^(\S+ \[\d+(, \d+)*\]\n)+\d+ tensors in w\.safetensors\n$/);
});

it.runIf(process.platform === 'linux' && existsSync('/usr/bin/script'))('draws a bar on a terminal', async () => {
  const command = [...commandLine, 'train', ...tiny, '--data', corpus, '--runs', join(folder, 'terminal')];
  const { stdout } = await start('/usr/bin/script', ['-qec', command.join(' '), '/dev/null'], {}).outcome;
  expect(stdout).toMatch(/Epoch 1\/2 \[[=-]{24}\] \d+% \| perplexity [\d.]+ \| [\d,–]+ words\/s \| \d+:\d\d left/);
  expect(stdout).toMatch(/Validation \[/);
  expect(stdout).not.toMatch(/\{\w+\}|NaN|undefined/);
  // The cursor is back.
  expect(stdout.lastIndexOf('\u001b[?25h')).toBeGreaterThan(stdout.lastIndexOf('\u001b[?25l'));
});

describe('--help', () => {
  it.each([
    ['', ['train', 'resume', 'eval', 'runs', 'export', '--verbose', '--version']],
    [
      'train',
      [
        '--preset',
        '--config',
        '--data',
        '--set',
        '--epochs',
        '--max-steps',
        '--seed',
        '--threads',
        '--device',
        '--runs',
        '--name',
        '--no-test',
        '--json',
        'medium',
      ],
    ],
    ['resume', ['<run>', '--threads', '--device', '--runs', '--json']],
    ['eval', ['<run>', '--split', '--data', '--json']],
    ['runs', ['--runs', '--json']],
    ['export', ['<run>', '--format', 'safetensors (the weights), csv', '--out', '--text', '--json']],
  ])('of "%s" names its options', async (command, words) => {
    const { stdout } = await good([...(command === '' ? [] : [command]), '--help']);
    for (const word of words) expect(stdout).toContain(word);
  });
});

it('says its version', async () => {
  await mkdir(join(folder, 'empty'));
  expect((await good(['--version'], join(folder, 'empty'))).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
