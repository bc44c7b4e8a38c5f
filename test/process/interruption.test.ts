import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readStatus } from '../../src/runs/files.ts';
import { listRuns } from '../../src/runs/list.ts';
import { seededRandom } from '../unit/runs/fixtures.ts';
import type { Outcome, Started } from './support.ts';
import {
  cleanFolders,
  essenceOf,
  eventsOf,
  only,
  onlyRun,
  run,
  seqlab,
  temporariesIn,
  temporaryFolder,
  tinyTraining,
  writeCorpus,
} from './support.ts';

cleanFolders('all');

/** Long enough that a signal after an event arrives before the next one. */
const size = { train: 800, valid: 20_000, test: 20_000 };
const stepsPerEpoch = 299;
const keepProbability = ['--set', 'training.inputKeepProbability=0.8', '--set', 'training.outputKeepProbability=0.8'];

let folder: string;
let training: string[];
let uninterrupted: Awaited<ReturnType<typeof essenceOf>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  const corpus = await writeCorpus(join(folder, 'corpus'), size);
  training = [...tinyTraining, ...keepProbability, '--data', corpus];
  const outcome = await run([...training, '--runs', join(folder, 'whole')]);
  expect(outcome.stderr).toBe('');
  uninterrupted = await essenceOf(only(eventsOf(outcome), 'done').directory);
  expect(uninterrupted.status).toMatchObject({ state: 'done', step: 2 * stepsPerEpoch });
});

const moments = {
  'mid-epoch': /"event":"step".*"epochStep":101,/,
  'in the validation': new RegExp(`"event":"step".*"epochStep":${stepsPerEpoch},`),
  'in the validation of the last epoch': new RegExp(`"event":"step".*"step":${2 * stepsPerEpoch},`),
  'in the test': /"event":"epoch","epoch":2/,
};

async function resume(directory: string): Promise<Outcome> {
  const outcome = await run(['resume', directory, '--json']);
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  return outcome;
}

describe('an orderly interruption', () => {
  it.each([
    ['SIGINT', 'mid-epoch', /after step [12]\d\d\./],
    ['SIGTERM', 'mid-epoch', /after step [12]\d\d\./],
    ['SIGINT', 'in the validation', /after step 299\./],
    ['SIGTERM', 'in the validation of the last epoch', /after step 598\./],
    ['SIGINT', 'in the test', /after step 598\./],
  ] as const)('%s %s: state, advice, and the same numbers when resumed', async (signal, moment, where) => {
    const runs = await temporaryFolder();
    const child = seqlab([...training, '--runs', runs]);
    await child.line(moments[moment]);
    child.kill(signal);
    const { code, stdout, stderr } = await child.outcome;
    const directory = await onlyRun(runs);
    expect(code).toBe(130);
    expect(stdout).not.toContain('"event":"done"');
    expect(stderr.split('\n')).toEqual([
      'seqlab: interrupted (press Ctrl-C again to end at once): ending after this step and saving a checkpoint',
      expect.stringMatching(where),
      '',
    ]);
    expect(stderr).toMatch(/Resume it with: node \S+cli\.js resume "/);
    expect(stderr).toContain(`resume ${JSON.stringify(directory)}`);
    expect(await readStatus(directory)).toMatchObject({ state: 'interrupted', ended: { by: 'signal' } });
    expect((await essenceOf(directory)).progress.position.step).toBe(Number(/after step (\d+)/.exec(stderr)?.[1]));

    const events = eventsOf(await resume(directory));
    expect(only(events, 'start').resumedAt).toBe(Number(/after step (\d+)/.exec(stderr)?.[1]));
    expect(only(events, 'done').testPerplexity).toBe(uninterrupted.status.latest.testPerplexity);
    expect(await essenceOf(directory)).toEqual(uninterrupted);
  });

  it('before the first step leaves no run', async () => {
    const runs = await temporaryFolder();
    const child = seqlab([...tinyTraining, '--runs', join(runs, 'none'), '--preset', 'demo']);
    child.kill('SIGINT');
    const { code, stdout } = await child.outcome;
    // Node itself starts for a while before anybody can listen: then the system's own end is as good.
    expect([130, null]).toContain(code);
    expect(stdout).toBe('');
    await expect(onlyRun(join(runs, 'none'))).rejects.toThrow();
  });

  it('a second signal ends it at once', async () => {
    const runs = await temporaryFolder();
    const slow = ['--set', 'model.hiddenSize=600', '--set', 'training.batchSize=100', '--set', 'training.steps=10'];
    const child = seqlab([...training, ...slow, '--runs', runs]);
    await child.line(/"event":"step"/);
    child.kill('SIGINT');
    await child.line(/ending after this step/);
    child.kill('SIGINT');
    const { code } = await child.outcome;
    expect(code).toBe(130);
    await resumeWhatever(await onlyRun(runs));
  });

  it('a reader that goes away ends training with a checkpoint, not with a false success', async () => {
    const runs = await temporaryFolder();
    const child = seqlab([...training, '--runs', runs]);
    await child.line(/"event":"step"/);
    child.closeStdout();
    const { code, stderr } = await child.outcome;
    expect(code).toBe(130);
    expect(stderr).toMatch(/the program that reads it has closed it.*\n.*Resume it with: node \S+cli\.js resume/);
    const { ended, message } = await readStatus(await onlyRun(runs));
    expect(ended).toEqual({ by: 'accident' });
    expect(message).toMatch(/^Interrupted after step \d+: cannot write to standard output: the program that reads it/);
    await resume(await onlyRun(runs));
    expect(await essenceOf(await onlyRun(runs))).toEqual(uninterrupted);
  });
});

/** The run can go on, whether or not its last checkpoint was saved. */
async function resumeWhatever(directory: string): Promise<void> {
  const child = seqlab(['resume', directory, '--json']);
  await child.line(/"event":"start"/);
  child.kill('SIGKILL');
  await child.outcome;
}

describe('kill -9', () => {
  const random = seededRandom(11);
  const soon = (most: number) => new Promise((settle) => setTimeout(settle, random() * most));

  /** Waits for a moment to kill; a run that got to its end before it is left alone. */
  const kills = {
    start: async () => soon(700),
    'mid-epoch': async (child: Started) => {
      await child.line(/"event":"step"/);
      await soon(150);
    },
    validation: async (child: Started) => {
      await child.line(new RegExp(`"event":"(step".*"epochStep":${stepsPerEpoch}|epoch)`));
      await soon(60);
    },
    test: async (child: Started) => {
      await child.line(/"event":"epoch","epoch":2/);
      await soon(60);
    },
  };
  type Kill = keyof typeof kills;

  it.concurrent.each<{ checkpointSeconds: number; plan: Kill[] }>([
    { checkpointSeconds: 0.01, plan: ['mid-epoch', 'start', 'mid-epoch', 'mid-epoch', 'validation', 'test'] },
    { checkpointSeconds: 0.05, plan: ['mid-epoch', 'mid-epoch', 'validation', 'mid-epoch', 'start', 'test'] },
    { checkpointSeconds: 60, plan: ['start', 'mid-epoch', 'validation', 'mid-epoch', 'test', 'test'] },
  ])('again and again, with a checkpoint every $checkpointSeconds s', async ({ checkpointSeconds, plan }) => {
    const runs = await temporaryFolder();
    const first = [...training, '--set', `training.checkpointSeconds=${checkpointSeconds}`, '--runs', runs];
    let killed = 0;
    let directory: string | undefined;
    for (const kill of plan) {
      const child = seqlab(directory === undefined ? first : ['resume', directory, '--json']);
      await Promise.race([kills[kill](child), child.outcome]);
      child.kill('SIGKILL');
      const { code, stderr } = await child.outcome;
      expect(stderr).not.toMatch(/error|damaged|cannot/);
      // Killed before there was a run, or amid its making: then another is started.
      directory ??= (await listRuns(runs)).find(({ kind }) => kind === 'run')?.folder;
      if (code === 0) break;
      expect(code).toBeNull();
      killed++;
    }
    expect(killed).toBeGreaterThanOrEqual(4);
    if (directory === undefined) throw new Error('no kill came after the run was made');

    const { state } = await readStatus(directory);
    if (state !== 'done') {
      const outcome = await run(['resume', directory, '--json']);
      expect(outcome.code).toBe(0);
      expect(outcome.stderr).toMatch(
        /^(seqlab: No checkpoint was saved before the run ended: training starts from the beginning\.\n)?$/,
      );
    }
    expect(await essenceOf(directory)).toEqual(uninterrupted);
    expect(await temporariesIn(directory)).toEqual([]);
  });
});
