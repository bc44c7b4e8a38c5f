import { cp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
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

let interrupted: string;
let uninterrupted: Awaited<ReturnType<typeof essenceOf>>;

beforeAll(async () => {
  const folder = await temporaryFolder();
  const corpus = await writeCorpus(join(folder, 'corpus'), { train: 600 });
  const training = [...tinyTraining, '--epochs', '1', '--data', corpus];
  const whole = await run([...training, '--runs', join(folder, 'whole')]);
  uninterrupted = await essenceOf(only(eventsOf(whole), 'done').directory);

  const runs = join(folder, 'interrupted');
  const child = seqlab([...training, '--set', 'training.checkpointSeconds=0.02', '--runs', runs]);
  await child.line(/"epochStep":101,/);
  child.kill('SIGINT');
  expect((await child.outcome).code).toBe(130);
  interrupted = await onlyRun(runs);
});

async function flipBit(path: string): Promise<void> {
  const bytes = await readFile(path);
  const middle = bytes.length >> 1;
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 4, middle);
  await writeFile(path, bytes);
}

async function halve(path: string): Promise<void> {
  await truncate(path, (await readFile(path)).length >> 1);
}

/** A copy of the interrupted run, and the paths of its checkpoints' files, the newest generation first. */
async function copyOfRun() {
  const directory = join(await temporaryFolder(), basename(interrupted));
  await cp(interrupted, directory, { recursive: true });
  const checkpoints = join(directory, 'checkpoints');
  const names = (await readdir(checkpoints)).sort().reverse();
  const paths = (ending: string) =>
    names.filter((name) => name.endsWith(ending)).map((name) => join(checkpoints, name));
  return { directory, tensors: paths('.safetensors'), manifests: paths('.json') };
}

describe('a newest checkpoint that is damaged', () => {
  it.concurrent.each([
    ['tensors cut short', 'tensors', halve],
    ['a flipped bit in the tensors', 'tensors', flipBit],
    ['no tensors', 'tensors', rm],
    ['a manifest cut short', 'manifests', halve],
    ['a flipped bit in the manifest', 'manifests', flipBit],
  ] as const)('%s: the one before it is used, with a word on it', async (_, part, damage) => {
    const copy = await copyOfRun();
    const [newest = '', before = ''] = copy[part];
    expect(before).not.toBe('');
    await damage(newest);
    const outcome = await run(['resume', copy.directory, '--json']);
    expect(outcome.code).toBe(0);
    expect(outcome.stderr).toMatch(/^seqlab: .*; the previous checkpoint is used\n$/);
    expect(outcome.stderr).toContain(basename(newest));
    expect(await essenceOf(copy.directory)).toEqual(uninterrupted);
  });
});

it.concurrent.each([
  ['eval', ['--json']],
  ['export', ['--json', '--out', 'w.safetensors']],
])('%s with the newest checkpoint damaged uses the one before it, with a word on it', async (command, options) => {
  const { directory, tensors } = await copyOfRun();
  const [newest = ''] = tensors;
  await flipBit(newest);
  const outcome = await run([command, directory, ...options], { cwd: await temporaryFolder() });
  expect(outcome.code).toBe(0);
  expect(outcome.stderr).toMatch(/^seqlab: .*; the previous checkpoint is used\n$/);
  expect(outcome.stderr).toContain(basename(newest));
});

it.concurrent.each([
  ['resume', ['--json']],
  ['eval', ['--json']],
  ['export', ['--json', '--out', 'w.safetensors']],
])('%s with both checkpoints damaged names the files', async (command, options) => {
  const { directory, tensors } = await copyOfRun();
  expect(tensors).toHaveLength(2);
  for (const path of tensors) await flipBit(path);
  const outcome = await run([command, directory, ...options], { cwd: await temporaryFolder() });
  expect(outcome).toMatchObject({ code: 3, stdout: '' });
  expect(outcome.stderr).toMatch(/^seqlab: no checkpoint of .* can be used: .*\n$/);
  for (const path of tensors) expect(outcome.stderr).toContain(`${path} is damaged`);
});
