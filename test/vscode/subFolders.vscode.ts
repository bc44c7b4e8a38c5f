import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { Lab, pictureFailures } from './harness/lab.ts';
import { tiny, trained } from './harness/runFolder.ts';
import type { Workbench } from './harness/workbench.ts';

/** Runs that a terminal made in folders below the workspace folder. */
let lab: Lab;
let window: Workbench;

function trainIn(folder: string, name: string): void {
  mkdirSync(join(lab.folder, folder), { recursive: true });
  trained(join(lab.folder, folder), tiny(name, { maxSteps: 5 }));
}

beforeAll(async () => {
  // Who hides the folder from the explorer wants to see the runs all the same.
  lab = await Lab.start({ settings: { 'files.exclude': { '**/.sequence-lab': true } } });
  trainIn('texts/old', 'old');
  window = await lab.open();
  await window.experiments.open();
});
pictureFailures(() => window);
afterAll(() => lab.close());

test('are listed: those that were there, and one that comes', async () => {
  await window.experiments.runWhere('found', ({ label }) => label === 'old');
  trainIn('texts/new', 'new');
  await window.experiments.runWhere('that came', ({ label }) => label === 'new');
  expect((await window.experiments.runs()).map(({ label }) => label)).toEqual(['new', 'old']);
  expect(window.errors).toEqual([]);
});
