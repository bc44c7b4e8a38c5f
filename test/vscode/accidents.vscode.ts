import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { Lab, pictureFailures } from './harness/lab.ts';
import { kill } from './harness/processes.ts';
import { expectedSteps, killedOnTheWay, recordedSteps, runFolders, statusOf, tiny, wait } from './harness/runFolder.ts';
import { until } from './harness/wait.ts';
import type { Workbench } from './harness/workbench.ts';

/** What goes wrong with a run, and names that want to be code. Tests go on from where the one before ended. */
let lab: Lab;
let window: Workbench;
let folder = '';
let name = 'long';

beforeAll(async () => {
  const long = tiny('long', { epochs: 1000, checkpointSeconds: 1 });
  lab = await Lab.start({
    files: { 'long.seqlab.json': JSON.stringify(long) },
    // What is asked in one of two windows waits for its answer while the other is used.
    settings: { 'workbench.quickOpen.closeOnFocusLost': false },
  });
  window = await lab.open();
  await window.experiments.open();
});
pictureFailures(() => window);
afterAll(() => lab.close());

const isTraining = ({ icon }: { icon: string }): boolean => icon === 'play-circle';
const isInterrupted = ({ icon }: { icon: string }): boolean => icon === 'debug-disconnect';

test('Train with Configuration: a file of the workspace', async () => {
  await window.command('Sequence Lab: Train with Configuration…');
  await window.pick(/long\.seqlab\.json/);
  await window.experiments.runWhere('training', isTraining);
  folder = runFolders(lab.folder)[0] ?? '';
  await wait(folder, 100);
});

test('a trainer that is killed shows as interrupted, and resumes without a gap', async () => {
  await until(() => existsSync(folder) && statusOf(folder).progress.step > 200, { what: 'a checkpoint or two' });
  kill(statusOf(folder).pid);
  const killed = Date.now();
  await window.experiments.runWhere('interrupted', isInterrupted);
  console.log(`interrupted in the tree ${Date.now() - killed} ms after the kill`);
  expect(Date.now() - killed).toBeLessThan(15_000);
  await window.screenshot('interrupted');

  const { step } = statusOf(folder).progress;
  await window.experiments.inlineAction(name, 'Resume');
  await window.experiments.runWhere('training', isTraining);
  await wait(folder, step + 200);
  const steps = recordedSteps(folder);
  const expected = expectedSteps(folder, steps.at(-1) ?? 0);
  expect(steps).toEqual(expected);
  const drawn = await (await window.curves()).steps();
  expect(drawn.slice(0, expected.length)).toEqual(expected);
});

test('one run is never trained twice', async () => {
  // With a second one to choose from, a window asks which run is meant: and the answer may come too late.
  await killedOnTheWay(lab.folder, tiny('other', { epochs: 1000, checkpointSeconds: 0 }));
  kill(statusOf(folder).pid);
  const second = await lab.open();
  try {
    await second.experiments.open();
    for (const one of [window, second])
      for (const run of ['long', 'other'])
        await one.experiments.runWhere('interrupted', (row) => row.label === run && isInterrupted(row));
    await second.command('Sequence Lab: Resume');
    await second.quickPickItems();
    await window.experiments.inlineAction(name, 'Resume');
    await window.experiments.runWhere('training', isTraining);
    await second.pick(/long/);
    expect(await second.notificationSays('already')).toMatch(/already being trained by process \d+/);
    await second.screenshot('resumed-twice');
    expect(lab.server.trainers().map(({ pid }) => pid)).toEqual([statusOf(folder).pid]);
    expect(second.errors).toEqual([]);
  } finally {
    await second.close();
  }
  await window.clearNotifications();
});

test('a name that wants to be code is text everywhere', async () => {
  const wicked = '<img src=x onerror=alert(1)>';
  await window.experiments.contextAction(name, 'Rename Run…');
  await window.answer(wicked);
  name = wicked;
  await window.experiments.runWhere('renamed', ({ label }) => label === wicked);
  await window.experiments.inlineAction(name, 'Stop Training');
  expect(await window.notificationSays('was stopped')).toContain(wicked);
  await until(() => lab.server.trainers().length === 0, { what: 'the end of the trainer' });
  const panel = await window.curves();
  await panel.showTable(true);
  await panel.shows(wicked, 'stopped');
  await window.screenshot('wicked-table');
  await panel.showTable(false);
  await window.screenshot('wicked');
  for (const frame of window.page.frames()) expect(await frame.locator('img[onerror]').count()).toBe(0);
  expect(window.alerts).toEqual([]);
  await window.clearNotifications();
});

test('a run is deleted once that is confirmed', async () => {
  await window.experiments.contextAction(name, 'Delete Run…');
  const { message, buttons } = await window.dialog();
  expect(message).toContain(name);
  expect(buttons.sort()).toEqual(['Cancel', 'Delete']);
  await window.screenshot('delete');
  await window.dialogButton('Cancel');
  expect(existsSync(folder)).toBe(true);

  await window.experiments.contextAction(name, 'Delete Run…');
  await window.dialogButton('Delete');
  await until(() => !existsSync(folder), { what: 'the folder to go' });
  await until(async () => !(await window.experiments.runs()).some(({ label }) => label === name), {
    what: 'its row to go',
  });
  expect(window.errors).toEqual([]);
  expect(window.alerts).toEqual([]);
});
