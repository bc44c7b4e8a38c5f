import { afterAll, beforeAll, expect, test } from 'vitest';

import { chooseIn } from './harness/dropdown.ts';
import { Lab } from './harness/lab.ts';
import { trained } from './harness/runFolder.ts';
import type { Workbench } from './harness/workbench.ts';

/**
 * The pictures of the README and of docs/vscode.md, which are not tests: `SEQUENCE_LAB_PICTURES=1 npm run test:vscode --
 * pictures`. They are saved where the screenshots go; copy them to media and docs/pictures after looking at them.
 */
const isWanted = process.env.SEQUENCE_LAB_PICTURES !== undefined;

let lab: Lab;
let window: Workbench;

const sizes = { curves: { width: 1280, height: 800 }, panel: { width: 1200, height: 760 } };

beforeAll(async () => {
  if (!isWanted) return;
  lab = await Lab.start();
  trained(lab.folder, { name: 'LSTM', preset: 'demo' });
  trained(lab.folder, { name: 'GRU', preset: 'demo', model: { cell: 'gru' } });
  window = await lab.open();
  await window.wear('dark');
  await window.experiments.open();
  await window.experiments.runWhere('done', ({ label }) => label === 'LSTM');
}, 600_000);
afterAll(() => lab?.close());

async function open(command: string, title: string) {
  await window.experiments.open();
  await window.experiments.contextAction('LSTM', command);
  const frame = await window.webview(title, 120_000);
  await window.command('View: Close Other Editors in Group');
  await window.clearNotifications();
  return frame;
}

async function picture(name: string, { width, height }: { width: number; height: number }): Promise<void> {
  await window.page.setViewportSize({ width, height });
  // A fixed time, since nothing tells that the last chart is drawn: this is no test. The pointer rests where it shows no
  // figures.
  await window.page.mouse.move(width / 2, 4);
  await window.page.waitForTimeout(1500);
  await window.screenshot(name);
  expect(window.errors).toEqual([]);
}

test.skipIf(!isWanted)('the loss curves', async () => {
  await open('Show Loss Curves', 'Loss Curves');
  const panel = await window.curves();
  await panel.choose(['LSTM', 'GRU']);
  for (const name of ['LSTM', 'GRU']) await panel.shows(name, 'done');
  await picture('picture-screenshot', sizes.curves);
});

test.skipIf(!isWanted)('the next-word predictions', async () => {
  const frame = await open('Show Next-Word Predictions', 'Next-Word Predictions');
  await window.command('View: Toggle Primary Side Bar Visibility');
  const text = `The traders at the bank have sold the bonds in Tokyo. "The bank that the women trust will sell xylophones," said Mr.`;
  await frame.locator('#text').fill(text);
  await frame.locator('.token', { hasText: 'women' }).click();
  await frame.locator('.strip .bar').first().waitFor();
  await picture('picture-predictions', sizes.panel);
});

test.skipIf(!isWanted)('the hidden states', async () => {
  const frame = await open('Show Hidden States', 'Hidden States');
  await window.command('View: Toggle Primary Side Bar Visibility');
  const text =
    "`` the bank that the traders trust will sell the bonds in tokyo , '' said mr. smith .\nthe traders at the bank have sold the bonds .";
  await frame.locator('#text').fill(text);
  await frame.getByRole('button', { name: 'Analyse All Units' }).click();
  const quotation = frame.locator('.followers tr', { hasText: 'quotation open' });
  await quotation.waitFor({ timeout: 120_000 });
  for (const chip of [1, 0]) await quotation.locator('.chip').nth(chip).click();
  await chooseIn(frame, 'order', /Similarity/);
  await frame.getByRole('button', { name: 'Search the Corpus' }).click();
  await frame.locator('.bars tr').nth(5).waitFor({ timeout: 120_000 });
  await picture('picture-hidden-states', { width: 1200, height: 840 });
});

test.skipIf(!isWanted)('a cell', async () => {
  await window.command('Sequence Lab: Explore a Cell');
  const frame = await window.webview('Cell Explorer', 120_000);
  await window.command('View: Close Other Editors in Group');
  await chooseIn(frame, 'cell', 'LSTM');
  await frame.getByRole('button', { name: 'New Weights' }).click();
  await picture('picture-cell', sizes.panel);
});
