import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { readConfig } from '../../src/runs/files.ts';
import { runPaths } from '../../src/runs/layout.ts';
import { usableProcessors } from '../../src/engine/processors.ts';
import { cleanFolders, onlyRun, seqlab, temporaryFolder, write, writeCorpus, type Outcome } from './support.ts';

cleanFolders('all');

/** What the log says of a number that was looked for. On a machine with one processor nothing is measured. */
const sentences =
  /^.*\b\d+ threads?, (?:found by measurement: 1 thread [\d.,]+ ms, .* words.*|because only one can be used here)\.$/gm;

const sizes = ['model.hiddenSize=96', 'model.layers=1', 'training.batchSize=10', 'training.steps=20'];
let directory: string;

beforeAll(async () => {
  const folder = await temporaryFolder();
  const corpus = await writeCorpus(join(folder, 'corpus'), { train: 800 });
  const runs = join(folder, 'runs');
  const sets = sizes.flatMap((set) => ['--set', set]);
  await begin(['train', '--json', '--data', corpus, '--epochs', '1000', ...sets, '--runs', runs]);
  directory = await onlyRun(runs);
});

/** Runs a session until it has made steps, then interrupts it. */
async function begin(args: readonly string[]): Promise<Outcome> {
  const child = seqlab(args);
  await child.line(/"event":"step"/);
  child.kill('SIGINT');
  const outcome = await child.outcome;
  expect(outcome.code).toBe(130);
  return outcome;
}

async function found(): Promise<string[]> {
  return (await readFile(runPaths(directory).log, 'utf8')).match(sentences) ?? [];
}

it('a run keeps the number that was found, and its log says how', async () => {
  const { configuration, versions } = await readConfig(directory);
  const { threads } = configuration.engine;
  expect(threads).toBeGreaterThanOrEqual(1);
  expect(threads).toBeLessThanOrEqual(usableProcessors());
  const words = `${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  expect(versions.engine).toContain(`(cpu, ${words})`);
  expect(await found()).toEqual([expect.stringContaining(`${words}, `)]);
});

it('resume takes it again', async () => {
  const before = await readFile(runPaths(directory).config, 'utf8');
  const { stderr } = await begin(['resume', directory, '--json', '--accept-config']);
  expect(stderr).not.toContain('was created with');
  expect(await found()).toHaveLength(1);
  expect(await readFile(runPaths(directory).config, 'utf8')).toBe(before);
});

it('resume --threads takes another for this time, and measures anew with 0', async () => {
  const before = await readFile(runPaths(directory).config, 'utf8');
  const { stderr } = await begin(['resume', directory, '--json', '--threads', '3']);
  expect(stderr).toContain('(cpu, 3 threads) the last digits can differ');
  expect(await found()).toHaveLength(1);
  await begin(['resume', directory, '--json', '--threads', '0']);
  expect(await found()).toHaveLength(2);
  expect(await readFile(runPaths(directory).config, 'utf8')).toBe(before);
});

it('a run of 0.1.0 with 0 threads goes on with all cores', async () => {
  const config = await readConfig(directory);
  const all = usableProcessors();
  const engine = config.versions.engine.replace(/cpu, \d+ threads?/, `cpu, ${all} ${all === 1 ? 'thread' : 'threads'}`);
  const configuration = { ...config.configuration, engine: { ...config.configuration.engine, threads: 0 } };
  const earlier = { ...config, configuration, versions: { ...config.versions, engine } };
  await write(runPaths(directory).config, JSON.stringify(earlier));
  const count = (await found()).length;
  const { stderr } = await begin(['resume', directory, '--json', '--accept-config']);
  expect(stderr).not.toContain('was created with');
  expect(await found()).toHaveLength(count);
});
