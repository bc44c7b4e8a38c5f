import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Configuration } from '../../src/config/schema.ts';
import { readStatus } from '../../src/runs/files.ts';
import { findTrainer } from '../../src/runs/lock.ts';
import { readMetrics } from '../../src/runs/metrics.ts';
import { rejection } from '../unit/runs/fixtures.ts';
import { cleanFolders, essenceOf, onlyRun, seqlab, temporaryFolder, writeCorpus } from './support.ts';
import type { RunningTrainer } from './trainers.ts';
import {
  Client,
  metricsSize,
  request,
  resumeTrainer,
  startTrainer,
  tinyConfiguration,
  until,
  untilRecorded,
  untilState,
} from './trainers.ts';

cleanFolders('all');

let configuration: Configuration;
let undisturbed: Awaited<ReturnType<typeof essenceOf>>;
let running: RunningTrainer[] = [];

async function begin(...args: Parameters<typeof startTrainer>): Promise<RunningTrainer> {
  const trainer = await startTrainer(...args);
  running.push(trainer);
  return trainer;
}

beforeAll(async () => {
  // 299 steps an epoch, and evaluations that last long enough to be met.
  const path = await writeCorpus(join(await temporaryFolder(), 'corpus'), { train: 800, valid: 40_000, test: 40_000 });
  configuration = tinyConfiguration({ corpus: { kind: 'folder', path } });
  const { run, ended } = await startTrainer(configuration);
  expect(await ended).toEqual({ code: 0, log: '' });
  undisturbed = await essenceOf(run.folder);
  expect(undisturbed.status).toMatchObject({ state: 'done', step: 598 });
});

afterEach(() => {
  for (const { child } of running) child.kill('SIGKILL');
  running = [];
});

const endless = () => ({ ...configuration, training: { ...configuration.training, epochs: 1000 } });
const hasPhase = (folder: string, phase: string) =>
  until(`phase ${phase}`, async () => (await readStatus(folder)).progress.phase === phase);

describe('pause', () => {
  it('writes nothing but heartbeats, keeps no time, and the run has the same numbers as one never paused', async () => {
    const begun = performance.now();
    const { run, ended } = await begin(configuration);
    const { folder } = run;
    const client = await Client.of(folder);
    expect(await client.ask('hello')).toEqual({ folder, pid: run.pid, activity: 'training' });
    await client.ask('pause');
    const pausedAt = performance.now();
    const paused = await readStatus(folder);
    const { step } = paused.progress;
    expect(paused).toMatchObject({ state: 'paused', message: `Paused after step ${step}.` });
    expect((await essenceOf(folder)).progress.position.step).toBe(step);
    expect(await client.ask('hello')).toMatchObject({ activity: 'paused' });
    const records = await metricsSize(folder);
    await client.ask('pause');
    const beats = async () => (await readStatus(folder)).heartbeatAt;
    for (let last = paused.heartbeatAt, count = 0; count < 2; count++) {
      await until('another heartbeat', async () => (await beats()) !== last);
      last = await beats();
    }
    expect(await metricsSize(folder)).toBe(records);
    expect((await readStatus(folder)).state).toBe('paused');
    const pausedSeconds = (performance.now() - pausedAt) / 1000;
    await client.ask('resume');
    const resumed = await readStatus(folder);
    expect(resumed.state).toBe('running');
    expect(resumed.message).toBeUndefined();
    await client.ask('resume');
    expect(await ended).toEqual({ code: 0, log: '' });
    const wholeSeconds = (performance.now() - begun) / 1000;
    expect(await essenceOf(folder)).toEqual(undisturbed);
    const log = await readFile(join(folder, 'log.txt'), 'utf8');
    expect(log).toContain(`Paused after step ${step}.\nContinued after step ${step}.\n`);
    // However long it trains, what it was paused for is in none of its times.
    const seconds = (await readMetrics(folder)).flatMap((record) => (record.event === 'step' ? [record.seconds] : []));
    const paces = (await readMetrics(folder)).flatMap((record) =>
      record.event === 'step' ? [record.wordsPerSecond] : [],
    );
    expect(pausedSeconds).toBeGreaterThan(1);
    expect(Math.max(...seconds)).toBeLessThan(wholeSeconds - pausedSeconds);
    // A record is of 160 words.
    expect(Math.min(...paces)).toBeGreaterThan(160 / pausedSeconds);
  });

  it.each(['valid', 'test'])('in the %s evaluation', async (phase) => {
    const { run, ended } = await begin(configuration);
    await hasPhase(run.folder, phase);
    await request(run.folder, 'pause');
    expect(await readStatus(run.folder)).toMatchObject({ state: 'paused', progress: { phase, stepsPerEpoch: 299 } });
    await request(run.folder, 'resume');
    await ended;
    expect(await essenceOf(run.folder)).toEqual(undisturbed);
  });

  it('again and again, by two windows at once', async () => {
    const { run, ended } = await begin(configuration);
    const clients = [await Client.of(run.folder), await Client.of(run.folder)];
    for (let round = 0; round < 10; round++)
      for (const what of ['pause', 'resume'] as const) await Promise.all(clients.map((client) => client.ask(what)));
    expect(await ended).toEqual({ code: 0, log: '' });
    expect(await essenceOf(run.folder)).toEqual(undisturbed);
  });

  it('by a process that is killed leaves a run that is interrupted and can be resumed', async () => {
    const { run, child, ended } = await begin(configuration);
    await request(run.folder, 'pause');
    child.kill('SIGKILL');
    await ended;
    expect(await findTrainer(run.folder)).toBeUndefined();
    const resumed = await resumeTrainer(run.folder);
    expect(await resumed.ended).toEqual({ code: 0, log: '' });
    expect(await essenceOf(run.folder)).toEqual(undisturbed);
  });
});

describe('stop', () => {
  it.each(['train', 'valid', 'test', 'paused'])(
    'in %s: within a step, with a checkpoint, and it can go on',
    async (when) => {
      const { run, ended } = await begin(configuration);
      const { folder } = run;
      if (when === 'paused') await request(folder, 'pause');
      else await hasPhase(folder, when);
      const start = performance.now();
      await request(folder, 'stop');
      expect(performance.now() - start).toBeLessThan(1000);
      expect((await ended).code).toBe(130);
      const status = await readStatus(folder);
      const { step } = status.progress;
      expect(status).toMatchObject({
        state: 'interrupted',
        message: `Stopped after step ${step}.`,
        ended: { by: 'user' },
      });
      expect((await essenceOf(folder)).progress.position.step).toBe(step);
      const resumed = await resumeTrainer(folder);
      await resumed.ended;
      expect(await essenceOf(folder)).toEqual(undisturbed);
    },
  );

  it('as soon as there is a run, and twice', async () => {
    const { run, ended } = await begin(endless());
    const client = await Client.of(run.folder);
    await Promise.all([client.ask('stop'), client.ask('stop')]);
    expect((await ended).code).toBe(130);
    expect(await readStatus(run.folder)).toMatchObject({ state: 'interrupted' });
  });

  it('while a resumed run is made ready', async () => {
    const { run, child, ended } = await begin(endless());
    await untilRecorded(run.folder);
    child.kill('SIGKILL');
    await ended;
    const resumed = resumeTrainer(run.folder).catch((error: unknown) => error);
    let client: Client | undefined;
    await until(
      'somebody holds it',
      async () => (client = await Client.of(run.folder).catch(() => undefined)) !== undefined,
    );
    await client?.ask('stop');
    // It may have begun meanwhile on a machine that is fast.
    const outcome = await resumed;
    if (outcome instanceof Error) expect(outcome.message).toBe('Stopped before training began.');
    await until('nobody holds it', async () => (await findTrainer(run.folder)) === undefined);
    const again = await resumeTrainer(run.folder);
    running.push(again);
    await request(run.folder, 'stop');
    expect((await again.ended).code).toBe(130);
  });

  it('a signal does the same, in its own words, also while paused', async () => {
    const { run, child, ended } = await begin(endless());
    await request(run.folder, 'pause');
    child.kill('SIGHUP');
    child.kill('SIGTERM');
    const { code, log } = await ended;
    expect(code).toBe(130);
    const { state, message, progress, ended: end } = await readStatus(run.folder);
    expect({ state, message }).toEqual({ state: 'interrupted', message: `Interrupted after step ${progress.step}.` });
    expect(end).toEqual({ by: 'signal' });
    expect(log).toContain(`Interrupted after step ${progress.step}.`);
  });
});

it('checkpoint now saves one of the step under way, also while paused', async () => {
  const { run } = await begin(endless());
  const first = await request(run.folder, 'checkpoint');
  const checkpoints = () => readdir(join(run.folder, 'checkpoints'));
  const nameOf = (answer: object) => `step-${String('step' in answer && answer.step).padStart(8, '0')}.json`;
  expect(await checkpoints()).toContain(nameOf(first));
  await request(run.folder, 'pause');
  const { step } = (await readStatus(run.folder)).progress;
  expect(await request(run.folder, 'checkpoint')).toEqual({ step });
  expect(await checkpoints()).toContain(nameOf({ step }));
});

describe('windows', () => {
  const tied = { stopWhenAlone: true };

  it('a run from a terminal is steered like any other, but is tied to none', async () => {
    const runs = await temporaryFolder();
    const child = seqlab(['train', '--json', '--threads', '1', '--runs', runs]);
    await child.line(/"event":"step"/);
    const folder = await onlyRun(runs);
    expect((await rejection(request(folder, 'attach'))).message).toBe(
      'this run was started from a terminal, and ends with no window',
    );
    await request(folder, 'stop');
    const { code, stderr } = await child.outcome;
    expect(code).toBe(130);
    expect(stderr).toMatch(/^seqlab: Stopped after step \d+\. Resume it with: node \S+cli\.js resume "/);
    await untilState(folder, 'interrupted');
  });

  it('two that leave one after the other, and one that comes back in time', async () => {
    const { run } = await begin(endless(), tied);
    const [one, two] = [await Client.of(run.folder), await Client.of(run.folder)];
    await one.ask('attach');
    await two.ask('attach');
    await one.leave();
    await two.leave();
    const back = await Client.of(run.folder);
    await back.ask('attach');
    expect(await back.ask('hello')).toMatchObject({ activity: 'training' });
    await back.ask('release');
    await back.leave();
    expect(await request(run.folder, 'hello')).toMatchObject({ activity: 'training' });
  });
});

describe('clients that do harm', () => {
  it.each([
    ['garbage', Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 37) % 256))],
    ['a header without a length', 'Content-Type: x\r\n\r\n{}'],
    ['a length that is none', 'Content-Length: many\r\n\r\n{}'],
    ['a negative length', 'Content-Length: -5\r\n\r\n{}'],
    ['a message that is no JSON', 'Content-Length: 5\r\n\r\n{{{{{'],
    ['JSON that is no message', 'Content-Length: 4\r\n\r\nnull'],
    ['a list', 'Content-Length: 2\r\n\r\n[]'],
    ['a number', 'Content-Length: 1\r\n\r\n7'],
    ['half a message', 'Content-Length: 500\r\n\r\n{"jsonrpc":"2.0"'],
    ['a method that is none', message({ method: 'dance', params: {} })],
    ['parameters that are none', message({ method: 'pause', params: [1, 2] })],
    ['a request that is left alone', message({ method: 'checkpoint', params: {} })],
    ['an endless header', 'x'.repeat(2_000_000)],
  ])('%s', async (_, bytes) => {
    const { run } = await begin(endless());
    const socket = await findTrainer(run.folder);
    if (!socket) throw new Error('nobody trains');
    socket.on('error', () => undefined).resume();
    await new Promise((settle) => socket.write(bytes, settle));
    expect(await request(run.folder, 'hello')).toMatchObject({ pid: run.pid, activity: 'training' });
    socket.destroy();
    const size = await metricsSize(run.folder);
    await untilRecorded(run.folder, size);
    await request(run.folder, 'stop');
    const [{ ended }] = running as [RunningTrainer];
    expect((await ended).log).toMatch(/^sequence-lab trainer \d+: Stopped after step \d+\.\n$/);
  });

  it('fifty at once, of whom half leave before they are answered', async () => {
    const { run, ended } = await begin(endless());
    const clients = await Promise.all(Array.from({ length: 50 }, () => Client.of(run.folder)));
    const asked = clients.map(async (client, index) => {
      const answer = client.ask(index % 4 === 0 ? 'checkpoint' : 'hello').catch(() => undefined);
      if (index % 2 === 1) await client.leave();
      else expect(await answer).toBeDefined();
    });
    await Promise.all(asked);
    await request(run.folder, 'stop');
    expect((await ended).log).toMatch(/^sequence-lab trainer \d+: Stopped after step \d+\.\n$/);
  });

  it('one that never reads does not hold up the end', async () => {
    const { run, ended } = await begin(endless());
    const socket = await findTrainer(run.folder);
    socket?.pause();
    for (let count = 0; count < 200; count++) socket?.write(message({ method: 'hello', params: {} }, count));
    await request(run.folder, 'stop');
    await Promise.race([ended, wait(10_000).then(() => expect.fail('it hangs'))]);
    if (socket && !socket.destroyed) {
      socket.resume();
      await once(socket, 'close');
    }
  });
});

function message(content: object, id = 1): string {
  const text = JSON.stringify({ jsonrpc: '2.0', id, ...content });
  return `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}
