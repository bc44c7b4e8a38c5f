import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readStatus } from '../../src/runs/files.ts';
import type { RunControl } from '../../src/training/control.ts';
import { startRun } from '../../src/training/sessions.ts';
import { InterruptedError } from '../../src/util/errors.ts';
import { cleanFolders, temporaryFolder } from './support.ts';
import { Client, tinyConfiguration, until } from './trainers.ts';

cleanFolders('each');

// Training goes on meanwhile: it waits for the engine and the event loop, and for no timer.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const graceMilliseconds = 30_000;
const closed = (step: number) => `Stopped after step ${step}: the VS Code window that it belonged to has closed.`;

/** A run of this very process, whose time is the test's. It has no end of its own. */
async function begin(stopWhenAlone: boolean, onControl?: (control: RunControl) => void) {
  const runsFolder = await temporaryFolder();
  const configuration = tinyConfiguration({ training: { epochs: 1000 } });
  let ended: Promise<unknown> = Promise.resolve();
  const folder = await new Promise<string>((settle, fail) => {
    const windows = { stopWhenAlone };
    const onEvent = (event: object) => {
      if ('directory' in event && typeof event.directory === 'string') settle(event.directory);
    };
    ended = startRun({ configuration, runsFolder, windows, onEvent, ...(onControl ? { onControl } : {}) }).catch(
      (error: unknown) => {
        fail(error instanceof Error ? error : new Error(String(error)));
        return error;
      },
    );
  });
  return { folder, ended };
}

type Begun = Awaited<ReturnType<typeof begin>>;

/** Lets the trainer notice that a window is gone: then it counts the time. */
async function leaveAlone(...clients: Client[]): Promise<void> {
  const before = vi.getTimerCount();
  for (const client of clients) await client.leave();
  await until('the trainer counts the time', () => Promise.resolve(vi.getTimerCount() > before));
}

async function expectTraining({ folder }: Begun): Promise<void> {
  const client = await Client.of(folder);
  expect(await client.ask('hello')).toMatchObject({ activity: 'training' });
  await client.leave();
}

async function expectClosed({ folder, ended }: Begun): Promise<void> {
  const error = await ended;
  const { state, message, progress, ended: end } = await readStatus(folder);
  expect({ state, message }).toEqual({ state: 'interrupted', message: closed(progress.step) });
  expect(end).toEqual({ by: 'window' });
  expect(error).toBeInstanceOf(InterruptedError);
  expect(error).toHaveProperty('message', closed(progress.step));
}

it('a run that is tied ends 30 seconds after its start when no window ever came', async () => {
  const run = await begin(true);
  vi.advanceTimersByTime(graceMilliseconds - 1);
  await expectTraining(run);
  vi.advanceTimersByTime(1);
  await expectClosed(run);
});

it('a run ends 30 seconds after the last of its windows has closed', async () => {
  const run = await begin(false);
  const [one, two] = [await Client.of(run.folder), await Client.of(run.folder)];
  await Promise.all([one.ask('attach'), two.ask('attach')]);
  await one.leave();
  await expectTraining(run);
  // Alone would be the second one, were it not there.
  vi.advanceTimersByTime(10 * graceMilliseconds);
  expect(await two.ask('hello')).toMatchObject({ activity: 'training' });
  await leaveAlone(two);
  vi.advanceTimersByTime(graceMilliseconds - 1);
  await expectTraining(run);
  vi.advanceTimersByTime(1);
  await expectClosed(run);
});

it('a window that comes back in time keeps its run', async () => {
  const run = await begin(true);
  const client = await Client.of(run.folder);
  await client.ask('attach');
  await leaveAlone(client);
  vi.advanceTimersByTime(graceMilliseconds - 1);
  const back = await Client.of(run.folder);
  await back.ask('attach');
  vi.advanceTimersByTime(10 * graceMilliseconds);
  await expectTraining(run);
  await back.ask('stop');
  await run.ended;
});

it('a paused run ends with its window too', async () => {
  const run = await begin(true);
  const client = await Client.of(run.folder);
  await client.ask('attach');
  await client.ask('pause');
  await leaveAlone(client);
  vi.advanceTimersByTime(graceMilliseconds);
  await expectClosed(run);
});

it('a run that was released goes on alone', async () => {
  const run = await begin(true);
  const [one, two] = [await Client.of(run.folder), await Client.of(run.folder)];
  await one.ask('attach');
  await two.ask('release');
  await one.leave();
  await expectTraining(run);
  vi.advanceTimersByTime(10 * graceMilliseconds);
  expect(await two.ask('hello')).toMatchObject({ activity: 'training' });
  await two.ask('stop');
  await run.ended;
  expect((await readStatus(run.folder)).message).toMatch(/^Stopped after step \d+\.$/);
});

it('a fault of the process is told as the failure of its run', async () => {
  let control: RunControl | undefined;
  const { folder, ended } = await begin(false, (given) => (control = given));
  const fault = new Error('a fault that nobody caught');
  control?.steering.fail(fault);
  expect(await ended).toBe(fault);
  expect(await readStatus(folder)).toMatchObject({ state: 'failed', message: fault.message });
});
