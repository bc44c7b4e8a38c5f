import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { saveCheckpoint } from '../../src/runs/checkpoints.ts';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import { chooseIn } from './harness/dropdown.ts';
import { Lab, pictureFailures } from './harness/lab.ts';
import { tiny, trained } from './harness/runFolder.ts';
import type { Workbench } from './harness/workbench.ts';
import { themes } from './harness/workbench.ts';

/**
 * The hidden states with the real model server, on runs that the packaged command line has made on the built-in corpus.
 */
/** A line of 500 words and one of three. */
const lines = `${'the firm '.repeat(250).trim()}\nthe old company`;

let lab: Lab;
let window: Workbench;
let folder = '';

beforeAll(async () => {
  lab = await Lab.start({ files: { 'lines.txt': lines } });
  window = await lab.open();
});
pictureFailures(() => window);
afterAll(() => lab.close());

const states = (): Promise<Frame> => window.webview('Hidden States', 120_000);
const title = (frame: Frame, text: string | RegExp): Promise<void> =>
  frame.locator('.map-title:visible', { hasText: text }).first().waitFor({ timeout: 60_000 });

test('without runs it says what to do', async () => {
  await window.command('Sequence Lab: Show Hidden States');
  const frame = await states();
  await frame.locator('.empty h2', { hasText: 'No experiments yet' }).waitFor();
  await frame.getByRole('button', { name: 'Train PTB Model' }).waitFor();
});

test('a run from its context menu: its states, every series, a unit as a line, what is typed', async () => {
  folder = trained(lab.folder, { ...tiny('looked into', { maxSteps: 400 }), model: { layers: 2, hiddenSize: 40 } });
  await window.experiments.open();
  await window.experiments.runWhere('done', ({ label }) => label === 'looked into');
  await window.experiments.contextAction('looked into', 'Show Hidden States');
  const frame = await states();
  await title(frame, 'Hidden state h of layer 1 · looked into, step 400');
  await chooseIn(frame, 'series', 'Forget gate');
  await chooseIn(frame, 'layer', '2');
  await title(frame, 'Forget gate of layer 2');
  await chooseIn(frame, 'series', 'Cell state c');
  await title(frame, 'Cell state c of layer 2');
  await frame.locator('#text').fill('the company xyzzyx said');
  await frame.locator('.status', { hasText: '1 word is not in the run’s vocabulary' }).waitFor();
  const map = frame.locator('.map-canvas:visible').first();
  expect(await map.getAttribute('aria-label')).toMatch(/40 units by 4 tokens$/u);
  await map.focus();
  await window.page.keyboard.press('ArrowRight');
  await window.page.keyboard.press('Enter');
  await frame.locator('.pins li', { hasText: 'unit 1' }).waitFor();
  await frame.locator('.sr-only[aria-live=polite]', { hasText: /^“company” · token 2; unit 1: −?\d/u }).waitFor({
    state: 'attached',
  });
  expect(window.errors).toEqual([]);
});

test('units of a span are found elsewhere in the corpus, and a place is opened', async () => {
  const frame = await states();
  await chooseIn(frame, 'series', 'Hidden state h');
  await frame.locator('.map-canvas:visible').first().focus();
  await window.page.keyboard.press('Shift+ArrowRight');
  await frame.locator('#threshold').fill('0.1');
  await frame.getByRole('button', { name: 'Find Similar Passages' }).click();
  await frame.locator('.context').first().waitFor({ timeout: 120_000 });
  const place = await frame.locator('.context mark').first().innerText();
  await frame.locator('.context').first().click();
  await expect.poll(() => frame.locator('#text').inputValue(), { timeout: 20_000 }).toContain('\n');
  const span = frame.locator('.aside-section', { hasText: 'Similar passages' }).locator('p').first();
  await expect.poll(() => span.innerText(), { timeout: 20_000 }).toContain(`“${place}”`);
  expect(window.errors).toEqual([]);
});

test('what a unit likes and which units follow what', async () => {
  const frame = await states();
  await frame.getByRole('button', { name: 'Analyse All Units' }).click();
  await frame.locator('.followers tr', { hasText: 'end of the sentence' }).waitFor({ timeout: 120_000 });
  await frame.locator('.followers .chip').first().click();
  await frame.getByRole('button', { name: 'Search the Corpus' }).click();
  await frame.locator('.bars tr').nth(5).waitFor({ timeout: 120_000 });
  expect(await frame.locator('.contexts:visible').count()).toBeGreaterThan(1);
  await window.screenshot('hidden-states');
  expect(window.errors).toEqual([]);
});

test('the probe is replayed as it was learned', async () => {
  const frame = await states();
  await chooseIn(frame, 'source', 'Probe');
  await frame.locator('.probe-step', { hasText: 'newest, step 400' }).waitFor({ timeout: 20_000 });
  await frame.locator('#probe').fill('0');
  await title(frame, 'step 0');
  await frame.getByRole('button', { name: 'Play' }).click();
  await frame.locator('.probe-step', { hasText: 'newest, step 400' }).waitFor({ timeout: 120_000 });
  await title(frame, 'step 400');
  await chooseIn(frame, 'source', 'Typed');
  expect(window.errors).toEqual([]);
});

test('it comes back after a reload, in every theme', async () => {
  const before = await states();
  await chooseIn(before, 'order', 'Variance');
  await window.reload();
  const frame = await states();
  await title(frame, 'Hidden state h of layer 2 · looked into');
  await frame.locator('.body[data-order="variance"]').waitFor();
  await frame.locator('.pins li').first().waitFor();
  for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
    await window.wear(theme);
    await window.screenshot(`hidden-states-${theme}`);
  }
  await window.wear('dark');
  expect(window.errors).toEqual([]);
});

test('a selection in an editor is followed', async () => {
  await window.closeAllEditors();
  await window.page.keyboard.press('Control+P');
  await window.search('lines.txt');
  await window.pick(/^lines\.txt/u);
  const editor = window.page.locator('.monaco-editor .view-line').first();
  await editor.click();
  await window.page.keyboard.press('Control+Home');
  await window.page.keyboard.press('Shift+End');
  await window.command('Sequence Lab: Show Hidden States of Selection');
  const frame = await states();
  await title(frame, 'looked into');
  const map = frame.locator('.map-canvas:visible').first();
  const isOf = (tokens: number) =>
    expect.poll(() => map.getAttribute('aria-label'), { timeout: 60_000 }).toContain(`40 units by ${tokens} tokens`);
  await isOf(500);
  await editor.click();
  await window.page.keyboard.press('Control+End');
  await window.page.keyboard.press('Shift+Home');
  await isOf(3);
  expect(window.errors).toEqual([]);
});

test('weights that a run saves while it is open take the place of those before', async () => {
  const frame = await states();
  await title(frame, 'looked into, step 400');
  const { tensors } = await readSafetensors(join(folder, 'checkpoints', 'step-00000400.safetensors'));
  await saveCheckpoint(folder, { step: 401, tensors, progress: {} });
  const status = join(folder, 'status.json');
  writeFileSync(status, readFileSync(status));
  await window.command('Sequence Lab: Refresh Experiments');
  await title(frame, 'looked into, step 401');
  expect(window.errors).toEqual([]);
});

test('a run that is deleted while it is open is said to be gone, and another can be chosen', async () => {
  const shortLived = trained(lab.folder, {
    ...tiny('short-lived', { maxSteps: 2 }),
    model: { layers: 2, hiddenSize: 40 },
  });
  await window.experiments.open();
  await window.experiments.runWhere('done', ({ label }) => label === 'short-lived');
  const frame = await states();
  await chooseIn(frame, 'first-run', 'short-lived');
  await title(frame, 'short-lived');
  rmSync(shortLived, { recursive: true });
  await frame.locator('.status', { hasText: 'This run no longer exists' }).waitFor({ timeout: 30_000 });
  await chooseIn(frame, 'first-run', 'looked into');
  await title(frame, 'looked into');
});
