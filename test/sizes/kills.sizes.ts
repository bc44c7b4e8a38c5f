import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { readStatus } from '../../src/runs/files.ts';
import { listRuns } from '../../src/runs/list.ts';
import {
  cleanFolders,
  essenceOf,
  eventsOf,
  only,
  run,
  seqlab,
  temporariesIn,
  temporaryFolder,
} from '../process/support.ts';
import { ptbFolder } from '../unit/inference/vocabularies.ts';
import { seededRandom } from '../unit/runs/fixtures.ts';
import { zipfLikeIds } from './generated.ts';

const kills = 20;
const maxSteps = 60;
const vocabularySize = 10_000;

cleanFolders('all');

/** Texts of the Penn Treebank's vocabulary, made up where it is not at hand; the validation and the test are short. */
async function writeTexts(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const lines = async (split: 'train' | 'valid' | 'test') => {
    const file = join(ptbFolder, `ptb.${split}.txt`);
    if (existsSync(file)) return (await readFile(file, 'utf8')).split('\n');
    const words = [...zipfLikeIds(split, 200_000, vocabularySize)].map((id) => `w${id}`);
    return Array.from({ length: words.length / 20 }, (_, line) => words.slice(20 * line, 20 * line + 20).join(' '));
  };
  for (const [split, most] of [
    ['train', Infinity],
    ['valid', 100],
    ['test', 100],
  ] as const) {
    await writeFile(join(folder, `${split}.txt`), `${(await lines(split)).slice(0, most).join('\n')}\n`);
  }
  return folder;
}

/** The step of the newest whole checkpoint of the run in a folder for runs: its manifest is written last. 0 for none. */
async function newestStep(runs: string): Promise<number> {
  const names = await readdir(runs, { recursive: true }).catch(() => []);
  return Math.max(0, ...names.map((name) => Number(/checkpoints.step-(\d+)\.json$/.exec(name)?.[1] ?? 0)));
}

describe(`a 2×650 LSTM of 20 × 35 words a step, two threads, killed ${kills} times without warning`, () => {
  let folder: string;
  let training: string[];
  let uninterrupted: Awaited<ReturnType<typeof essenceOf>>;

  beforeAll(async () => {
    folder = await temporaryFolder();
    const set = ['model.hiddenSize=650', 'training.batchSize=20', 'training.steps=35', 'training.checkpointSeconds=1'];
    training = [
      ...['train', '--json', '--data', await writeTexts(join(folder, 'texts')), '--threads', '2'],
      ...['--max-steps', `${maxSteps}`],
      ...[...set, 'training.outputKeepProbability=0.5'].flatMap((value) => ['--set', value]),
    ];
    const outcome = await run([...training, '--runs', join(folder, 'whole')]);
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    uninterrupted = await essenceOf(only(eventsOf(outcome), 'done').directory);
    expect(uninterrupted.status).toMatchObject({ state: 'done', step: maxSteps });
  });

  it('ends with the weights of a run that was left alone, bit for bit', async () => {
    const random = seededRandom(5);
    const runs = join(folder, 'killed');
    let directory: string | undefined;
    const reached: number[] = [];
    for (let kill = 0; kill < kills; kill++) {
      const child = seqlab(directory === undefined ? [...training, '--runs', runs] : ['resume', directory, '--json']);
      // How long making ready and a checkpoint take depends on the machine: every other kill waits for a new checkpoint, so
      // that the run gets on, and every fourth for nothing.
      if (kill % 4 !== 3) await child.line(/"event":"start"/);
      const known = reached.at(-1) ?? 0;
      if (kill % 2 === 0) {
        await vi.waitUntil(async () => (await newestStep(runs)) > known, { interval: 100, timeout: 120_000 });
      }
      await wait(random() * 1500);
      child.kill('SIGKILL');
      const { code, stderr } = await child.outcome;
      expect(stderr).not.toMatch(/error|damaged|cannot/);
      expect(code, `kill ${kill + 1}: the run had ended before, at step ${reached.join(', ')}`).toBeNull();
      directory ??= (await listRuns(runs)).find(({ kind }) => kind === 'run')?.folder;
      if (directory === undefined) continue;
      reached.push(await newestStep(runs));
    }
    console.log(`steps of the newest checkpoint after each kill: ${reached.join(', ')}`);
    expect(reached, 'no checkpoint is lost').toEqual(reached.toSorted((a, b) => a - b));
    if (directory === undefined) throw new Error('no kill came after the run was made');

    const { state } = await readStatus(directory);
    expect(state).not.toBe('done');
    expect(await run(['resume', directory, '--json'])).toMatchObject({ code: 0 });
    expect(await essenceOf(directory)).toEqual(uninterrupted);
    expect(await temporariesIn(directory)).toEqual([]);
  });
});
