import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame, Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';

import { chooseIn } from './harness/dropdown.ts';
import { Lab, pictureFailures } from './harness/lab.ts';
import { tiny, trained } from './harness/runFolder.ts';
import type { Workbench } from './harness/workbench.ts';
import { until } from './harness/wait.ts';
import { themes } from './harness/workbench.ts';

/**
 * The next-word predictions with the real model server, on runs that the packaged command line has made on the built-in
 * corpus.
 */

/** A loaded machine takes its time. */
const soon = <T>(probe: () => T | Promise<T>, { timeout = 15_000 } = {}) => expect.poll(probe, { timeout });

let lab: Lab;
let window: Workbench;
let removed = '';

beforeAll(async () => {
  lab = await Lab.start({ files: { 'notes.md': 'the company said it would buy back the shares' } });
  window = await lab.open();
});
pictureFailures(() => window);
afterAll(() => lab.close());

const predictions = (): Promise<Frame> => window.webview('Next-Word Predictions', 120_000);
const bars = (frame: Frame): Locator => frame.locator('.next-lane .bar:visible');
const text = (frame: Frame): Promise<string> => frame.locator('#text').inputValue();
/** Puts a text in the place of what is there, and waits until its tokens are on show. */
const read = async (frame: Frame, words: string): Promise<void> => {
  await frame.locator('#text').fill(words);
  await soon(() => frame.locator('.lane').first().locator('.token').allInnerTexts()).toEqual(words.split(' '));
};

test('without runs it says what to do', async () => {
  await window.command('Sequence Lab: Show Next-Word Predictions');
  const frame = await predictions();
  await frame.locator('.empty h2', { hasText: 'No experiments yet' }).waitFor();
  await frame.getByRole('button', { name: 'Train PTB Model' }).waitFor();
});

test('a run from its context menu: bars, surprisal, unknown words, a word that is appended', async () => {
  trained(lab.folder, { ...tiny('forward', { maxSteps: 400 }), model: { layers: 2, hiddenSize: 40 } });
  await window.experiments.open();
  await window.experiments.runWhere('done', ({ label }) => label === 'forward');
  await window.experiments.contextAction('forward', 'Show Next-Word Predictions');
  const frame = await predictions();
  await frame.getByText('LSTM, 2 × 40 units, weights of step 400').waitFor({ timeout: 60_000 });
  await bars(frame).nth(11).waitFor();
  await frame.locator('#text').fill('The company trusted xyzzyx\nthe');
  await frame.locator('.token', { hasText: 'xyzzyx' }).waitFor();
  expect(await frame.locator('.token').allInnerTexts()).toEqual(['The', 'company', 'trusted', 'xyzzyx', '⏎', 'the']);
  expect(await frame.locator('.token.unknown').allInnerTexts()).toEqual(['xyzzyx']);
  await frame.getByText('Not in the vocabulary: “xyzzyx”.').waitFor();
  expect(await frame.locator('.totals:visible').innerText()).toMatch(
    /^6 tokens · 1 unknown · [\d.]+ bits · perplexity [\d.,]+$/u,
  );
  const likeliest = await bars(frame).first().locator('.bar-word').innerText();
  await bars(frame).first().click();
  const word = likeliest.startsWith('⏎') ? '\n' : ` ${likeliest}`;
  await soon(() => text(frame)).toBe(`The company trusted xyzzyx\nthe${word}`);
  expect(window.errors).toEqual([]);
});

test('a word in another’s place changes what comes after, and can be undone', async () => {
  const frame = await predictions();
  await read(frame, 'the company said it would rise');
  const before = await frame.locator('.totals:visible').innerText();
  await frame.locator('.token').nth(1).click();
  await frame.locator('.strip .bar').first().waitFor();
  await frame.locator('#replacement').fill('companies');
  await frame.locator('#replacement').press('Enter');
  await frame.locator('.token .mark').first().waitFor();
  expect(await text(frame)).toBe('the companies said it would rise');
  // What stands before it is read before it.
  expect(await frame.locator('.token').first().locator('.mark').count()).toBe(0);
  expect(await frame.locator('.totals:visible').innerText()).toMatch(/ → /u);
  await window.screenshot('predictions-replaced');
  await frame.locator('.change').getByRole('button', { name: 'Undo' }).click();
  await soon(() => frame.locator('.totals:visible').innerText()).toBe(before);
  expect(await text(frame)).toBe('the company said it would rise');
});

test('the same seed writes the same words', async () => {
  const frame = await predictions();
  const write = async (): Promise<string> => {
    await frame.locator('#text').fill('the company');
    await frame.getByRole('button', { name: 'Continue Text' }).click();
    // While it is being written, what was read is not the whole text.
    const state = `({
      text: document.querySelector('#text').value,
      isRead: document.querySelector('.lane .tokens').ariaBusy === 'false',
    })`;
    return until(
      async () => {
        const now = await frame.evaluate<{ text: string; isRead: boolean }>(state);
        return now.isRead && now.text.length > 60 && now.text;
      },
      { what: 'the words' },
    );
  };
  await frame.getByLabel('Seed', { exact: true }).fill('7');
  const first = await write();
  expect(first.startsWith('the company')).toBe(true);
  expect(await write()).toBe(first);
  await frame.getByLabel('Seed', { exact: true }).fill('8');
  expect(await write()).not.toBe(first);
});

test('two runs side by side, one of them reading both ways, in every theme', async () => {
  removed = trained(lab.folder, {
    ...tiny('both ways', { maxSteps: 200 }),
    model: { layers: 1, hiddenSize: 24, direction: 'bidirectional' },
  });
  const frame = await predictions();
  await frame.locator('#text').fill('the company said it would buy back the shares');
  await chooseIn(frame, 'second-run', 'both ways');
  await frame.getByText('LSTM, 1 × 24 units, bidirectional, weights of step 200').waitFor({ timeout: 60_000 });
  await soon(() => frame.locator('.totals:visible').count()).toBe(2);
  await soon(() => frame.locator('.totals:visible').nth(1).innerText()).toMatch(/pseudo-perplexity [\d.,]+$/u);
  await soon(() => bars(frame).count()).toBe(24);
  await frame.locator('#token-1-3').click();
  for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
    await window.wear(theme);
    await window.screenshot(`predictions-${theme}`);
  }
  expect(window.errors).toEqual([]);
});

test('a reload brings back runs, text and options', async () => {
  const before = await predictions();
  await before.locator('#top-k').fill('5');
  await soon(() => bars(before).count()).toBe(10);
  await window.reload();
  const frame = await predictions();
  await soon(() => bars(frame).count(), { timeout: 60_000 }).toBe(10);
  expect(await text(frame)).toBe('the company said it would buy back the shares');
  expect(await frame.locator('#top-k').inputValue()).toBe('5');
  await frame.locator('#top-k').fill('0');
});

test('a run that is deleted while it is on show is missed in words, and the text stays', async () => {
  const frame = await predictions();
  await chooseIn(frame, 'run', 'both ways');
  await frame.getByText(/^Word between/u).waitFor();
  rmSync(removed, { recursive: true });
  await frame.getByText('The run “both ways” no longer exists').first().waitFor({ timeout: 30_000 });
  expect(await text(frame)).toBe('the company said it would buy back the shares');
  await chooseIn(frame, 'run', 'forward');
  await chooseIn(frame, 'second-run', 'Nothing');
  await bars(frame).nth(11).waitFor();
});

test('while a run trains its newer weights are taken, and what it records is on show', async () => {
  const file = join(lab.folder, 'learning.json');
  writeFileSync(file, JSON.stringify(tiny('learning', { epochs: 1000, maxSteps: 100_000, checkpointSeconds: 0 })));
  const cli = join(inject('extension'), 'dist', 'cli.js');
  const child = spawn(process.execPath, [cli, 'train', '--config', file], { cwd: lab.folder, stdio: 'ignore' });
  try {
    const frame = await predictions();
    await window.experiments.runWhere('in training', ({ label }) => label === 'learning');
    await window.experiments.contextAction('learning', 'Show Next-Word Predictions');
    const facts = frame.locator('.facts:visible', { hasText: 'LSTM, 1 × 8 units, weights of step' });
    await facts.waitFor({ timeout: 60_000 });
    const step = async (): Promise<number> =>
      Number(/step ([\d,]+)$/u.exec(await facts.innerText())?.[1]?.replaceAll(',', ''));
    const first = await step();
    await soon(step, { timeout: 60_000 }).toBeGreaterThan(first);
    await frame.getByRole('heading', { name: 'Learning now' }).waitFor({ timeout: 60_000 });
    const columns = (): Promise<number> => frame.locator('.heat-table tbody tr').first().locator('.heat').count();
    const before = await columns();
    await soon(columns, { timeout: 60_000 }).toBeGreaterThan(before);
    await frame.locator('.samples dd').first().waitFor({ timeout: 60_000 });
    await frame.locator('.samples').scrollIntoViewIfNeeded();
    await window.screenshot('predictions-learning');
    await chooseIn(frame, 'run', 'forward');
  } finally {
    child.kill('SIGKILL');
  }
  expect(window.errors).toEqual([]);
});

test('strange texts are answered', { timeout: 240_000 }, async () => {
  const frame = await predictions();
  for (const strange of [
    'שלום עולם',
    '😀 😀',
    'null \u0000 byte',
    ' \n \n',
    'qqqq zzzz',
    `${'the company said '.repeat(9000)}`,
  ]) {
    await frame.locator('#text').fill(strange);
    await soon(() => frame.locator('.bars').first().getAttribute('aria-busy'), { timeout: 60_000 }).toBe('false');
    await frame.locator('.tokens.stale').waitFor({ state: 'hidden', timeout: 60_000 });
    expect(await frame.locator('.problem:visible').count()).toBe(0);
  }
  await frame.getByText('its first 20,000 tokens are read and shown').waitFor({ timeout: 60_000 });
  await frame.locator('#text').fill('');
  await frame.getByText('There is nothing to read yet.').waitFor({ timeout: 60_000 });
  expect(window.errors).toEqual([]);
});
