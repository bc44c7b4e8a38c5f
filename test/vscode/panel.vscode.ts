import { afterAll, beforeAll, expect, test } from 'vitest';

import { Lab, pictureFailures } from './harness/lab.ts';
import { killedOnTheWay, tiny, trained } from './harness/runFolder.ts';
import type { Workbench } from './harness/workbench.ts';
import { themes } from './harness/workbench.ts';

/** The loss curves panel on runs that the packaged command line has made. */
let lab: Lab;
let window: Workbench;

beforeAll(async () => {
  lab = await Lab.start();
  window = await lab.open();
});
pictureFailures(() => window);
afterAll(() => lab.close());

const allThemes = Object.keys(themes) as (keyof typeof themes)[];

test('without runs it says what to do, in every theme', async () => {
  await window.command('Sequence Lab: Show Loss Curves');
  const { frame } = await window.curves();
  await frame.locator('.empty h2', { hasText: 'No experiments yet' }).waitFor();
  for (const theme of allThemes) {
    await window.wear(theme);
    await window.screenshot(`panel-empty-${theme}`);
  }
  expect(window.errors).toEqual([]);
});

test('with runs that are done, diverged and interrupted, in every theme', async () => {
  trained(lab.folder, tiny('done', { epochs: 2, maxSteps: 600 }));
  trained(lab.folder, tiny('diverged', { learningRate: 1000, gradientClip: null, maxSteps: 200 }));
  await killedOnTheWay(lab.folder, tiny('interrupted', { epochs: 1000, checkpointSeconds: 0 }));
  await window.experiments.open();
  for (const name of ['done', 'diverged', 'interrupted']) {
    await window.experiments.runWhere(name, ({ label }) => label === name);
    await window.experiments.inlineAction(name, 'Show Loss Curves');
    await (await window.curves()).shows(name, name);
  }
  const panel = await window.curves();
  const [done] = (await window.experiments.runs()).filter(({ label }) => label === 'done');
  expect(done?.icon).toBe('pass');
  expect(done?.description).toMatch(/^validation [\d.]+ · test [\d.]+$/);
  await panel.choose(['done', 'diverged', 'interrupted']);
  for (const name of ['done', 'diverged', 'interrupted']) await panel.shows(name, name);
  for (const theme of allThemes) {
    await window.wear(theme);
    await panel.showTable(false);
    await window.screenshot(`panel-charts-${theme}`);
    await panel.showTable(true);
    await window.screenshot(`panel-table-${theme}`);
  }
  expect(window.errors).toEqual([]);
});

test('restored after a reload', async () => {
  await window.reload();
  const panel = await window.curves();
  await panel.shows('done', 'done');
  expect(window.errors).toEqual([]);
});
