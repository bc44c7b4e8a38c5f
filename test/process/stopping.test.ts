import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { flopsPerToken } from '../../src/config/cost.ts';
import { resolveConfiguration } from '../../src/config/parse.ts';
import { ask } from '../../src/protocol/rpc.ts';
import { launch } from '../../src/protocol/trainer.ts';
import { causeOf, effectiveState, readStatus, thisMachine } from '../../src/runs/files.ts';
import { listRuns } from '../../src/runs/list.ts';
import { listCheckpoints } from '../../src/runs/checkpoints.ts';
import { askTrainer, spawnTrainer } from '../../src/trainers/launching.ts';
import type { Patience } from '../../src/trainers/patience.ts';
import { stopRun } from '../../src/trainers/stopping.ts';
import type { StopProgress } from '../../src/trainers/stopping.ts';
import { rejection } from '../unit/runs/fixtures.ts';
import { cleanFolders, essenceOf, run as runToEnd, temporaryFolder, trainerScript, writeCorpus } from './support.ts';
import type { RunningTrainer } from './trainers.ts';
import {
  Client,
  request,
  spawnTrainer as spawnBare,
  startTrainer,
  tinyConfiguration,
  until,
  untilRecorded,
} from './trainers.ts';

/** How a run is stopped from another process, and what is told of it. */

cleanFolders('all');

const running: { child: { kill(signal: NodeJS.Signals): boolean } }[] = [];
afterEach(() => {
  for (const { child } of running.splice(0)) child.kill('SIGKILL');
});

async function begin(...args: Parameters<typeof startTrainer>): Promise<RunningTrainer> {
  const trainer = await startTrainer(...args);
  running.push(trainer);
  return trainer;
}

const endless = tinyConfiguration({ training: { epochs: 1000 } });
/** Of somebody who hardly waits. */
const impatient = (): Promise<Patience> =>
  Promise.resolve({ usualCallSeconds: undefined, callSeconds: 0.5, checkpointSeconds: 0.5 });

describe('a stop', () => {
  it('tells the step whose checkpoint stands', async () => {
    const { run, ended } = await begin(endless);
    await untilRecorded(run.folder);
    const progress: StopProgress[] = [];
    const outcome = await stopRun(run.folder, { onProgress: (news) => progress.push(news) });
    expect((await ended).code).toBe(130);
    const status = await readStatus(run.folder);
    expect(outcome).toEqual({ how: 'stopped', step: status.progress.step });
    expect(status).toMatchObject({ state: 'interrupted', ended: { by: 'user' } });
    expect((await essenceOf(run.folder)).progress.position.step).toBe(status.progress.step);
    expect(progress.map(({ waitsFor }) => waitsFor)).toEqual(['call', 'checkpoint']);
    expect((await rejection(stopRun(run.folder))).message).toMatch(/^no process on this machine is training this run/);
  });

  it('waits as long as the times that the trainer has measured allow', async () => {
    const { run } = await begin(endless);
    await until(
      'a step was measured',
      async () => typeof (await readStatus(run.folder)).stopTimes?.callSeconds === 'number',
    );
    const { stopTimes } = await readStatus(run.folder);
    expect(stopTimes?.checkpointSeconds).toBeGreaterThan(0);
    const progress: StopProgress[] = [];
    await stopRun(run.folder, { onProgress: (news) => progress.push(news) });
    expect(progress[0]?.patience.usualCallSeconds).toBeGreaterThan(0);
    expect(progress[0]?.patience.callSeconds).toBeGreaterThanOrEqual(30);
  });

  it('in the first evaluation does not take the time of a step for that of its calls', async () => {
    const path = await writeCorpus(join(await temporaryFolder(), 'corpus'), { train: 800, valid: 40_000, test: 60 });
    const { run } = await begin(tinyConfiguration({ corpus: { kind: 'folder', path }, training: { epochs: 1000 } }));
    const seen: unknown[] = [];
    await until('it validates', async () => {
      const { progress, stopTimes } = await readStatus(run.folder);
      if (progress.phase !== 'valid') return false;
      seen.push(stopTimes?.callSeconds);
      return true;
    });
    // The status stands before the first call; the next is written when that is over, and is known soon after.
    expect(seen).toEqual([null]);
  });

  // On Windows no process can be halted so.
  it.skipIf(process.platform === 'win32')('of a trainer that hangs kills it, and says what is left', async () => {
    const { run, child, ended } = await begin({ ...endless, training: { ...endless.training, checkpointSeconds: 0 } });
    await untilRecorded(run.folder);
    child.kill('SIGSTOP');
    const [newest] = await listCheckpoints(run.folder);
    let asked = 0;
    const outcome = await stopRun(run.folder, { patienceOf: impatient, onKill: () => Promise.resolve(void asked++) });
    await ended;
    expect(outcome).toMatchObject({ how: 'killed', step: newest?.step });
    expect(outcome.how === 'killed' && outcome.seconds).toBeGreaterThanOrEqual(0.5);
    expect(asked).toBe(1);
    const status = await readStatus(run.folder);
    expect(causeOf({ status, state: effectiveState(status, Date.now()) })).toBe('accident');
  });

  it('of a run that ends by itself just then tells what came of it', async () => {
    const { run, ended } = await begin(tinyConfiguration({ training: { maxSteps: 5 } }));
    // It may be over before.
    const outcome = await stopRun(run.folder).catch(() => undefined);
    await ended;
    const { state } = await readStatus(run.folder);
    if (outcome?.how === 'ended') expect(outcome.status.state).toBe(state);
    else if (outcome !== undefined) expect(outcome).toMatchObject({ how: 'stopped' });
  });

  it('of a slow engine waits for its step, and finds its checkpoint', { timeout: 300_000 }, async (context) => {
    const { connection, ended: measured } = await spawnBare();
    const engine = { name: 'auto', device: 'cpu', threads: 1 } as const;
    const { flopsPerSecond } = await ask(connection, launch.measure, engine);
    await measured;
    // A real one, whose step takes about five seconds on this machine.
    const model = { layers: 1, hiddenSize: 800 };
    const steps = 50;
    const shape = resolveConfiguration({ preset: 'quick', values: { model } }).model;
    const batchSize = Math.ceil((5 * flopsPerSecond) / (flopsPerToken(shape, 13) * steps));
    const lines = Math.ceil((3 * batchSize * steps) / 5);
    const path = await writeCorpus(join(await temporaryFolder(), 'corpus'), { train: lines });
    const configuration = resolveConfiguration({
      preset: 'quick',
      values: {
        corpus: { kind: 'folder', path },
        model,
        engine,
        training: { batchSize, steps, epochs: 1000, checkpointSeconds: 3600 },
        evaluation: { test: false },
      },
    });
    const { run, ended } = await begin(configuration);
    await until('its first step is next', async () => (await readStatus(run.folder)).progress.phase === 'train');
    const client = await Client.of(run.folder);
    await until('it is under way: the trainer does not answer', async () => {
      const answer = client.ask('hello').catch(() => undefined);
      return (await Promise.race([answer, wait(1000, 'late')])) === 'late';
    });
    await client.leave();
    const start = performance.now();
    const outcome = await stopRun(run.folder);
    const seconds = (performance.now() - start) / 1000;
    expect((await ended).code).toBe(130);
    expect(outcome.how).toBe('stopped');
    const [newest] = await listCheckpoints(run.folder);
    expect(outcome).toEqual({ how: 'stopped', step: newest?.step });
    console.log(`stopped after ${seconds.toFixed(1)} s: ${batchSize} × ${steps} tokens a step`);
    if (seconds < 2)
      context.skip('the machine is busy or faster than it was when it was measured: no long step was met');
    expect(outcome).toEqual({ how: 'stopped', step: 1 });
  });
});

describe('who ended a run', () => {
  it('a signal', async () => {
    const { run, child, ended } = await begin(endless);
    await untilRecorded(run.folder);
    child.kill('SIGTERM');
    await ended;
    // Windows ends a process by it.
    const status = await readStatus(run.folder);
    const cause = causeOf({ status, state: effectiveState(status, Date.now()) });
    expect(cause).toBe(process.platform === 'win32' ? 'accident' : 'signal');
  });

  it('an accident, of which its process could not tell', async () => {
    const { run, child, ended } = await begin(endless);
    await untilRecorded(run.folder);
    child.kill('SIGKILL');
    await ended;
    const { stdout } = await runToEnd(['runs', '--json', '--runs', join(run.folder, '..')]);
    expect(JSON.parse(stdout)).toMatchObject({ state: 'interrupted', ended: { by: 'accident' } });
  });
});

describe('a launch that is cancelled', () => {
  const launchOne = async () => {
    const folder = await temporaryFolder();
    const launched = spawnTrainer({
      script: trainerScript,
      output: join(folder, 'trainer.log'),
      cwd: folder,
      env: process.env,
    });
    running.push(launched);
    const gone = new Promise((settle) => launched.child.once('exit', (code, signal) => settle({ code, signal })));
    return { launched, gone, runsFolder: join(folder, 'runs') };
  };

  it('before it has begun: it is asked over its channel, ends by itself, and nothing is left', async () => {
    const { launched, gone, runsFolder } = await launchOne();
    const controller = new AbortController();
    const params = { configuration: endless, runsFolder, stopWhenAlone: false };
    const reason = new Error('not wanted any more');
    const asked = askTrainer(launched, launch.start, params, { signal: controller.signal });
    controller.abort(reason);
    expect(await rejection(asked)).toBe(reason);
    expect(await gone).toEqual({ code: 130, signal: null });
    expect(await listRuns(runsFolder)).toEqual([]);
  });

  it('as it begins: the run ends by itself, with a checkpoint', async () => {
    const { connection, child, ended } = await spawnBare();
    running.push({ child });
    const runsFolder = await temporaryFolder();
    const { folder } = await ask(connection, launch.start, {
      configuration: endless,
      runsFolder,
      stopWhenAlone: false,
    });
    await ask(connection, launch.cancel, {});
    expect((await ended).code).toBe(130);
    const status = await readStatus(folder);
    expect(status).toMatchObject({ state: 'interrupted', ended: { by: 'user' } });
    expect((await essenceOf(folder)).progress.position.step).toBe(status.progress.step);
  });

  it('the failure of one that is not cancelled has its words and its exit code', async () => {
    const { launched, gone, runsFolder } = await launchOne();
    const configuration = tinyConfiguration({ corpus: { kind: 'folder', path: '/nowhere' } });
    const params = { configuration, runsFolder, stopWhenAlone: false };
    const error = await rejection(askTrainer(launched, launch.start, params, {}));
    expect(error).toMatchObject({ exitCode: 3, message: expect.stringMatching(/\/nowhere.*does not exist/) as string });
    expect(await gone).toEqual({ code: 3, signal: null });
  });

  it('one whose process dies tells how', async () => {
    const { launched, runsFolder } = await launchOne();
    const params = { configuration: endless, runsFolder, stopWhenAlone: false };
    const asked = askTrainer(launched, launch.start, params, {});
    launched.child.kill('SIGKILL');
    const { message } = await rejection(asked);
    expect(message).toMatch(/^the training process ended before the run began, (by SIGKILL|with exit code 1)/);
    expect(thisMachine.isAlive(launched.child.pid ?? 0)).toBe(false);
  });
});

it('a run that is paused tells nothing of a stop until it is asked', async () => {
  const { run, ended } = await begin(endless);
  await request(run.folder, 'pause');
  expect((await readStatus(run.folder)).ended).toBeUndefined();
  expect(await stopRun(run.folder)).toMatchObject({ how: 'stopped' });
  await ended;
});
