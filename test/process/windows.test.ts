import { expect, it } from 'vitest';
import { readStatus } from '../../src/runs/files.ts';
import type { RunControl } from '../../src/training/control.ts';
import { startRun } from '../../src/training/sessions.ts';
import { InterruptedError } from '../../src/util/errors.ts';
import { cleanFolders, temporaryFolder } from './support.ts';
import { Client, tinyConfiguration } from './trainers.ts';

cleanFolders('each');

const closed = (step: number) => `Stopped after step ${step}: the window that it was tied to has closed.`;

/** A run of this very process, so that windows may be gone for a moment only. */
async function begin(stopWhenAlone: boolean, onControl?: (control: RunControl) => void) {
  const runsFolder = await temporaryFolder();
  const configuration = tinyConfiguration();
  let ended: Promise<unknown> = Promise.resolve();
  const folder = await new Promise<string>((settle, fail) => {
    const windows = { stopWhenAlone, graceMilliseconds: 150 };
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

async function expectClosed({ folder, ended }: Awaited<ReturnType<typeof begin>>): Promise<void> {
  const error = await ended;
  const { state, message, progress } = await readStatus(folder);
  expect({ state, message }).toEqual({ state: 'interrupted', message: closed(progress.step) });
  expect(error).toBeInstanceOf(InterruptedError);
  expect(error).toHaveProperty('message', closed(progress.step));
}

it('a run that is tied ends when no window ever came', async () => {
  await expectClosed(await begin(true));
});

it('a run ends a while after the last of its windows has closed', async () => {
  const run = await begin(false);
  const [one, two] = [await Client.of(run.folder), await Client.of(run.folder)];
  await Promise.all([one.ask('attach'), two.ask('attach')]);
  await one.leave();
  // Alone would be the second one, were it not there.
  await new Promise((settle) => setTimeout(settle, 300));
  expect(await two.ask('hello')).toMatchObject({ activity: 'training' });
  const start = performance.now();
  await two.leave();
  await expectClosed(run);
  expect(performance.now() - start).toBeGreaterThan(140);
});

it('a paused run ends with its window too', async () => {
  const run = await begin(true);
  const client = await Client.of(run.folder);
  await client.ask('attach');
  await client.ask('pause');
  await client.leave();
  await expectClosed(run);
});

it('a run that was released goes on alone', async () => {
  const run = await begin(true);
  const [one, two] = [await Client.of(run.folder), await Client.of(run.folder)];
  await one.ask('attach');
  await two.ask('release');
  await one.leave();
  await new Promise((settle) => setTimeout(settle, 300));
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
