import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { Lab, pictureFailures } from './harness/lab.ts';
import { until } from './harness/wait.ts';
import type { Workbench } from './harness/workbench.ts';

let lab: Lab;
let window: Workbench;

beforeAll(async () => {
  lab = await Lab.start({ files: { 'notes.txt': 'to be or not to be\n' } });
  window = await lab.open();
});
pictureFailures(() => window);
afterAll(() => lab.close());

/** What the extension host logs of our activation. */
function activations(): string[] {
  const lines = lab.server.logs('remoteexthost.log').flatMap((file) => readFileSync(file, 'utf8').split('\n'));
  return lines.filter((line) => line.includes('_doActivateExtension sequence-lab.sequence-lab'));
}

test('the palette has the commands', async () => {
  const offered = await window.paletteFor('Sequence Lab:');
  for (const command of ['Train PTB model', 'Train on Text File…', 'Train with Configuration…', 'Stop Training'])
    expect(offered.join('\n')).toContain(`Sequence Lab: ${command}`);
});

test('it is not activated before it is used', () => {
  expect(activations().join('\n')).toBe('');
});

test('the empty view says what can be done, in four buttons', async () => {
  await window.experiments.open();
  const { text, buttons } = await window.experiments.welcome('No experiments yet');
  expect(text).toContain('sequenceLab.runsFolder');
  expect(buttons).toEqual(['Train PTB Model', 'Train on Text File…', 'New Experiment…', 'Train with Configuration…']);
  for (const theme of ['dark', 'light', 'highContrast'] as const) {
    await window.wear(theme);
    await window.screenshot(`empty-${theme}`);
  }
});

test('its view activates it, quickly', async () => {
  await until(() => activations().length > 0, { what: 'the activation' });
  expect(activations()).toHaveLength(1);
  expect(activations()[0]).toContain('onView:sequenceLab.experiments');
  const milliseconds = await window.activationTime();
  console.log(`activated in ${milliseconds} ms`);
  // The limit is 50 ms; a loaded machine may be slower.
  expect(milliseconds).toBeLessThan(500);
});

test('nothing of it has started a process or printed an error', () => {
  expect(lab.server.trainers()).toEqual([]);
  expect(window.errors).toEqual([]);
});
