import { afterAll, beforeAll, expect, test } from 'vitest';

import { Lab, pictureFailures } from './harness/lab.ts';
import type { Workbench } from './harness/workbench.ts';

let lab: Lab;
let window: Workbench;

beforeAll(async () => {
  lab = await Lab.start({ files: { 'notes.txt': 'to be or not to be\n' } });
  window = await lab.open();
});
pictureFailures(() => window);
afterAll(() => lab.close());

test('the palette has the commands', async () => {
  const offered = await window.paletteFor('Sequence Lab:');
  for (const command of ['Train PTB model', 'Train on Text File…', 'Train with Configuration…', 'Stop Training'])
    expect(offered.join('\n')).toContain(`Sequence Lab: ${command}`);
});

test('the empty view says what can be done, in three buttons', async () => {
  await window.experiments.open();
  const { text, buttons } = await window.experiments.welcome();
  expect(text).toContain('No experiments yet');
  expect(buttons).toEqual(['Train PTB Model', 'Train on Text File…', 'Train with Configuration…']);
  for (const theme of ['dark', 'light', 'highContrast'] as const) {
    await window.wear(theme);
    await window.screenshot(`empty-${theme}`);
  }
});

test('nothing of it has started a process or printed an error', () => {
  expect(lab.server.trainers()).toEqual([]);
  expect(window.errors).toEqual([]);
});
