import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Configuration } from '../../src/config/schema.ts';
import { ask } from '../../src/protocol/rpc.ts';
import { launch } from '../../src/protocol/trainer.ts';
import { readStatus, thisMachine } from '../../src/runs/files.ts';
import { findTrainer } from '../../src/runs/lock.ts';
import { listRuns } from '../../src/runs/list.ts';
import { readMetrics } from '../../src/runs/metrics.ts';
import { rejection } from '../unit/runs/fixtures.ts';
import type { Started } from './support.ts';
import {
  cleanFolders,
  essenceOf,
  onlyRun,
  run as runToEnd,
  seqlab,
  start,
  temporaryFolder,
  trainerScript,
  write,
} from './support.ts';
import {
  request,
  resumeTrainer,
  spawnTrainer,
  startTrainer,
  tinyConfiguration,
  until,
  untilRecorded,
} from './trainers.ts';

cleanFolders('all');

/** On the built-in corpus. */
let configuration: Configuration;
/** What `seqlab train` makes of it. */
let expected: Awaited<ReturnType<typeof essenceOf>>;
const steps = 800;

beforeAll(async () => {
  configuration = tinyConfiguration({ training: { maxSteps: steps, checkpointSeconds: 0.1 } });
  const folder = await temporaryFolder();
  const file = await write(join(folder, 'run.json'), JSON.stringify(configuration));
  const outcome = await runToEnd(['train', '--json', '--config', file, '--runs', join(folder, 'runs')]);
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  expected = await essenceOf(await onlyRun(join(folder, 'runs')));
});

const endless = () => ({ ...configuration, training: { ...configuration.training, maxSteps: null, epochs: 1000 } });

describe('a trainer', () => {
  it('answers when its run has begun, and trains it as the command line does', async () => {
    const { run, child, ended } = await startTrainer(configuration);
    expect(run.pid).toBe(child.pid);
    expect(run.folder).toContain(run.id);
    expect(await readStatus(run.folder)).toMatchObject({ state: 'running', pid: run.pid });
    expect(await request(run.folder, 'hello')).toMatchObject({ pid: run.pid });
    expect(await ended).toEqual({ code: 0, log: '' });
    expect(await essenceOf(run.folder)).toEqual(expected);
    expect(await findTrainer(run.folder)).toBeUndefined();
  });

  it('goes on when its channel is closed after the answer', async () => {
    const { run, child, ended } = await startTrainer(configuration);
    child.disconnect();
    expect(await ended).toEqual({ code: 0, log: '' });
    expect(await essenceOf(run.folder)).toEqual(expected);
  });

  it.each([
    ['a corpus that is not there', { corpus: { kind: 'folder', path: '/nowhere' } }, /\/nowhere.*does not exist/, 3],
    ['a text that is too short', { training: { batchSize: 4000, steps: 1000 } }, /training text cannot be used/, 2],
  ] as const)('tells of %s in words, and ends with the exit code', async (_, given, words, exitCode) => {
    const { connection, ended } = await spawnTrainer();
    const runsFolder = join(await temporaryFolder(), 'runs');
    const asked = ask(connection, launch.start, {
      configuration: tinyConfiguration(given),
      runsFolder,
      stopWhenAlone: false,
    });
    const { message } = await rejection(asked);
    expect(message).toMatch(words);
    const { code, log } = await ended;
    expect(code).toBe(exitCode);
    expect(log).toContain(message);
    expect(await listRuns(runsFolder)).toEqual([]);
  });

  it('has one task, and refuses what is none', async () => {
    const { connection, ended } = await spawnTrainer();
    const nothing = connection.sendRequest('start', { runsFolder: 3 });
    expect((await rejection(nothing)).message).toContain('the message start cannot be used: configuration:');
    const runsFolder = await temporaryFolder();
    const task = { configuration: endless(), runsFolder, stopWhenAlone: false };
    const [first, second] = [ask(connection, launch.start, task), ask(connection, launch.start, task)];
    expect((await rejection(second)).message).toBe('this trainer has its task already');
    await request((await first).folder, 'stop');
    expect((await ended).code).toBe(130);
    expect(await listRuns(runsFolder)).toHaveLength(1);
  });

  it('ends when its parent has died before it asked for anything', async () => {
    const { child, ended } = await spawnTrainer();
    child.disconnect();
    const { code, log } = await ended;
    expect(code).toBe(1);
    expect(log).toMatch(
      /^sequence-lab trainer \d+: (nobody asks it for anything any more|its parent has died); it ends\n$/,
    );
  });

  it('says so when it is started by hand', async () => {
    const { code, stderr } = await start(process.execPath, [trainerScript], {}).outcome;
    expect(code).toBe(2);
    expect(stderr).toContain('in a terminal use seqlab train');
  });

  it('measures the speed of the machine', async () => {
    const { connection, ended } = await spawnTrainer();
    const { flopsPerSecond } = await ask(connection, launch.measure, { name: 'auto', device: 'cpu', threads: 0 });
    expect(flopsPerSecond).toBeGreaterThan(1e9);
    expect(flopsPerSecond).toBeLessThan(1e15);
    expect(await ended).toEqual({ code: 0, log: '' });
  });
});

describe('a parent that is killed', () => {
  const moments = {
    'before the trainer can hear it': (parent: Started) => parent.line(/^asked /),
    'when the trainer can hear it': async (parent: Started) => {
      const pid = Number((await parent.line(/^asked /)).split(' ')[1]);
      await until('the trainer is loaded', () => hasTitle(pid));
    },
    'when the folder of the run is there': async (_: Started, runs: string) =>
      until('there is a folder', async () => (await readdir(runs).catch(() => [])).length > 0),
    'when the run is there': async (_: Started, runs: string) =>
      until('there is a run', async () => (await listRuns(runs)).some(({ kind }) => kind === 'run')),
    'after the answer': async (parent: Started) => parent.line(/^heard .*"id":1.*"folder"/),
  };

  /** Whether a trainer has given itself its name. Elsewhere than on Linux only its parent could tell. */
  async function hasTitle(pid: number): Promise<boolean> {
    if (process.platform !== 'linux') return true;
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).startsWith('sequence-lab trainer');
  }

  /** Starts a parent that asks for a run, and kills it at a moment. */
  async function kill(moment: (parent: Started, runsFolder: string) => Promise<unknown>) {
    const folder = await temporaryFolder();
    const runsFolder = join(folder, 'runs');
    const params = { configuration, runsFolder, stopWhenAlone: false };
    const message = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'start', params });
    const log = join(folder, 'log');
    const parent = start(process.execPath, [join(import.meta.dirname, 'parent.mjs'), trainerScript, log, message], {});
    const asked = parent.line(/^asked /);
    await moment(parent, runsFolder);
    await asked;
    parent.kill('SIGKILL');
    const pid = Number(/^asked (\d+)$/m.exec((await parent.outcome).stdout)?.[1]);
    await until('the trainer has ended', () => Promise.resolve(!thisMachine.isAlive(pid)));
    return { runsFolder, log: await readFile(log, 'utf8') };
  }

  it.each(Object.keys(moments) as (keyof typeof moments)[])('%s does not touch the run', async (moment) => {
    const { runsFolder, log } = await kill(moments[moment]);
    const run = await onlyRun(runsFolder);
    expect(await readStatus(run)).toMatchObject({ state: 'done' });
    expect(await essenceOf(run)).toEqual(expected);
    expect(log).toBe('');
  });
});

describe('a run that was killed', () => {
  it('goes on with no gap in its metrics and nothing double', async () => {
    const { run, child, ended } = await startTrainer(configuration);
    await untilRecorded(run.folder, 2000);
    child.kill('SIGKILL');
    await ended;
    const [listed] = await listRuns(join(run.folder, '..'));
    expect(listed).toMatchObject({ state: 'interrupted' });
    const resumed = await resumeTrainer(run.folder);
    expect(resumed.run).toMatchObject({ id: run.id, folder: run.folder, pid: resumed.child.pid });
    expect(await resumed.ended).toEqual({ code: 0, log: '' });
    expect(await essenceOf(run.folder)).toEqual(expected);
    const recorded = (await readMetrics(run.folder)).flatMap((record) =>
      record.event === 'step' ? [record.step] : [],
    );
    const due = Array.from({ length: steps }, (_, index) => index + 1).filter((step) => step % 10 === 1);
    expect(recorded).toEqual([...due, steps]);
  });

  it('is resumed by exactly one of two that want it at the same instant, and the other says who has it', async () => {
    const { run, child, ended } = await startTrainer(configuration);
    await untilRecorded(run.folder);
    child.kill('SIGKILL');
    await ended;
    const both = await Promise.all([spawnTrainer(), spawnTrainer()]);
    const asked = both.map(({ connection }) =>
      ask(connection, launch.resume, { folder: run.folder, stopWhenAlone: false }),
    );
    const outcomes = await Promise.allSettled(asked);
    const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : []));
    expect(failed).toHaveLength(1);
    const winner = both[outcomes.findIndex(({ status }) => status === 'fulfilled')];
    expect(failed[0]).toContain(
      `${run.folder} is already being trained by process ${String(winner?.child.pid)}; stop it first`,
    );
    const ends = await Promise.all(both.map((trainer) => trainer.ended));
    expect(ends.map(({ code }) => code).sort()).toEqual([0, 3]);
    expect(await essenceOf(run.folder)).toEqual(expected);
  });

  it('is refused to the command line while it is trained, and its lister shows a pause', async () => {
    const { run, ended } = await startTrainer(endless());
    const refused = await runToEnd(['resume', run.folder]);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toBe(
      `seqlab: ${run.folder} is already being trained by process ${run.pid}; stop it first\n`,
    );
    await request(run.folder, 'pause');
    const { stdout } = await runToEnd(['runs', '--runs', join(run.folder, '..')]);
    expect(stdout).toMatch(/ {2}paused +epoch 1\/1000\n$/);
    const again = seqlab(['resume', run.folder]);
    expect((await again.outcome).code).toBe(3);
    await request(run.folder, 'stop');
    await ended;
  });
});
