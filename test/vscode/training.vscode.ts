import { afterAll, beforeAll, expect, test } from 'vitest';

import { Lab } from './harness/lab.ts';
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
afterAll(() => lab.close());

test('Train PTB model: corpus and recipe by quick pick, then it learns in sight', async () => {
  await window.command('Sequence Lab: Train PTB model');
  await window.pick(/Use the built-in corpus/);
  expect((await window.quickPickItems()).join('\n')).toMatch(/Demo/);
  await window.pick(/^Demo/);
  const chosen = Date.now();
  await window.experiments.open();
  const run = await window.experiments.runWhere('training', ({ label, icon }) => label === 'demo' && icon === 'sync');
  expect(run.level).toBe(1);
  folder = runFolders(lab.folder)[0] ?? '';
  await until(() => recordedSteps(folder).length > 0, { what: 'the first figures' });
  console.log(`first figures ${Date.now() - chosen} ms after the choice`);

  const first = await until(() => window.statusBar(), { what: 'the status bar item' });
  await until(async () => /ppl [\d.,]+ · \d+ % · /.exec((await window.statusBar()) ?? ''), { what: 'its figures' });
  await until(async () => (await window.statusBar()) !== first, { what: 'it to move' });
  const { description } = await window.experiments.runWhere('under way', (row) =>
    /train [\d.]+ · \d+ %/.test(row.description),
  );
  await window.experiments.runWhere('further', (row) => row.description !== description);
  expect(await window.tabs()).toContain('Loss Curves');
  await window.screenshot('running-light');
});

test('it survives reloads: the same process goes on', async () => {
  const { pid } = statusOf(folder);
  for (let reload = 0; reload < 2; reload++) {
    await window.reload();
    const { step } = statusOf(folder).progress;
    await window.experiments.runWhere('training', ({ icon }) => icon === 'sync');
    await wait(folder, step + 5);
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
  await window.experiments.runWhere('training', ({ icon }) => icon === 'sync');
  const moving = await window.statusBar();
  await until(async () => (await window.statusBar()) !== moving, { what: 'the status bar item to move' });
  expect(statusOf(folder).pid).toBe(pid);
});

test('paused in one window, it is paused in the other', async () => {
  const second = await lab.open();
  try {
    await second.experiments.open();
    await second.experiments.runWhere('training', ({ icon }) => icon === 'sync');
    await window.experiments.inlineAction('demo', 'Pause');
    const paused = await second.experiments.runWhere('paused', ({ icon }) => icon === 'debug-pause');
    expect(paused.description).toMatch(/^paused · /);
    const { step } = statusOf(folder).progress;
    await second.experiments.inlineAction('demo', 'Resume');
    await window.experiments.runWhere('training', ({ icon }) => icon === 'sync');
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
  expect(icon).toBe('debug-disconnect');
  expect(description).toMatch(/\d+ %/);
  expect(lab.server.trainers()).toEqual([]);
  expect(await window.statusBar()).toBeUndefined();
  expect(window.errors).toEqual([]);
});
