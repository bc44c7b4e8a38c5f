import { afterAll, beforeAll, expect, test } from 'vitest';

import { Lab, pictureFailures } from './harness/lab.ts';
import { kill } from './harness/processes.ts';
import { recordedSteps, runFolders, statusOf, wait } from './harness/runFolder.ts';
import { until } from './harness/wait.ts';
import type { Workbench } from './harness/workbench.ts';

/** One run's life in the window: begun, reloaded over, stopped. Tests go on from where the one before ended. */
let lab: Lab;
let window: Workbench;
let folder = '';

beforeAll(async () => {
  // One thread for the trainer: the window has to stay alive on two cores.
  lab = await Lab.start({ settings: { 'sequenceLab.training.threads': 1 } });
  window = await lab.open();
});
pictureFailures(() => window);
afterAll(() => lab.close());

test('Train PTB model: corpus and preset by quick pick, then it learns in sight', async () => {
  await window.command('Sequence Lab: Train PTB model');
  await window.pick(/Use the built-in corpus/);
  expect((await window.quickPickItems()).join('\n')).toMatch(/Demo/);
  await window.pick(/^Demo/);
  const chosen = Date.now();
  await window.experiments.open();
  const run = await window.experiments.runWhere(
    'training',
    ({ label, icon }) => label === 'demo' && icon === 'play-circle',
  );
  expect(run.level).toBe(1);
  folder = runFolders(lab.folder)[0] ?? '';
  const first = await until(() => recordedSteps(folder)[0], { what: 'the first figures' });
  const seen = await window.curves();
  await until(async () => (await seen.extent()).newest >= first, { what: 'the first point in the panel' });
  console.log(`first point ${Date.now() - chosen} ms after the choice`);
  await seen.showTable(false);

  const beginning = await until(() => window.statusBar(), { what: 'the status bar item' });
  await until(async () => /ppl [\d.,]+ · \d+ % · /.exec((await window.statusBar()) ?? ''), { what: 'its figures' });
  await until(async () => (await window.statusBar()) !== beginning, { what: 'it to move' });
  const { description } = await window.experiments.runWhere('under way', (row) =>
    /train [\d.]+ · \d+ %/.test(row.description),
  );
  await window.experiments.runWhere('further', (row) => row.description !== description);
  const panel = await window.curves();
  await panel.shows('demo', 'running');
  expect(await panel.charts()).toBe(4);
  await window.screenshot('running-light');
});

test('it survives reloads: the same process goes on, the curve is complete', async () => {
  const { pid } = statusOf(folder);
  for (let reload = 0; reload < 2; reload++) {
    await window.reload();
    const reloaded = Date.now();
    const { step } = statusOf(folder).progress;
    const before = recordedSteps(folder);
    await window.experiments.runWhere('training', ({ icon }) => icon === 'play-circle');
    const panel = await window.curves();
    const loaded = Date.now();
    const isComplete = async (): Promise<boolean> => {
      const { newest, pages } = await panel.extent();
      return newest >= (before.at(-1) ?? 0) && pages >= before.length / 25;
    };
    await until(isComplete, { what: 'the whole curve' });
    console.log(`whole curve ${Date.now() - reloaded} ms after the window, ${Date.now() - loaded} ms after its page`);
    const drawn = await panel.steps();
    expect(drawn.slice(0, before.length)).toEqual(before);
    await wait(folder, step + 20);
    const last = recordedSteps(folder).at(-1) ?? 0;
    await until(async () => (await panel.extent()).newest >= last, { what: 'new points' });
    expect(statusOf(folder).pid).toBe(pid);
    expect(lab.server.trainers().map((trainer) => trainer.pid)).toEqual([pid]);
  }
});

test('it survives the death of the extension host', async () => {
  const { pid } = statusOf(folder);
  const before = lab.server.extensionHosts();
  for (const host of before) kill(host.pid);
  await until(() => lab.server.extensionHosts().some((host) => before.every((dead) => dead.pid !== host.pid)), {
    what: 'a new extension host',
    milliseconds: 30_000,
  });
  await window.experiments.runWhere('training', ({ icon }) => icon === 'play-circle');
  // The panel of the dead host is but a picture; one that lives has taken its place.
  const { step } = statusOf(folder).progress;
  const isAlive = async (): Promise<boolean> => {
    try {
      return (await (await window.curves()).extent()).newest > step;
    } catch {
      return false;
    }
  };
  await until(isAlive, { what: 'the curve to go on', milliseconds: 30_000 });
  expect(await window.tabs()).toHaveLength(1);
  const moving = await window.statusBar();
  await until(async () => (await window.statusBar()) !== moving, { what: 'the status bar item to move' });
  expect(statusOf(folder).pid).toBe(pid);
});

test('paused in one window, it is paused in the other', async () => {
  const second = await lab.open();
  try {
    await second.experiments.open();
    await second.experiments.runWhere('training', ({ icon }) => icon === 'play-circle');
    await window.experiments.inlineAction('demo', 'Pause');
    const paused = await second.experiments.runWhere('paused', ({ icon }) => icon === 'debug-pause');
    expect(paused.description).toMatch(/^paused · /);
    const { step } = statusOf(folder).progress;
    await second.experiments.inlineAction('demo', 'Resume');
    await window.experiments.runWhere('training', ({ icon }) => icon === 'play-circle');
    await wait(folder, step + 1);
    expect(second.errors).toEqual([]);
  } finally {
    await second.close();
  }
});

test('stopped from the tree, no process is left', async () => {
  await window.experiments.inlineAction('demo', 'Stop Training');
  await window.notificationSays(/demo.*was stopped at step/);
  const { icon, description } = await window.experiments.runWhere('stopped', (row) =>
    row.description.startsWith('stopped'),
  );
  expect(icon).toBe('stop-circle');
  expect(description).toMatch(/\d+ %/);
  await until(() => lab.server.trainers().length === 0, { what: 'the end of the trainer', milliseconds: 5000 });
  expect(await window.statusBar()).toBeUndefined();
  expect(window.errors).toEqual([]);
});
