import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { randomRun, randomText } from '../bench/randomRun.ts';
import { KeyTimer, quantile } from './harness/latency.ts';
import type { KeyTime } from './harness/latency.ts';
import { Lab, pictureFailures } from './harness/lab.ts';
import { TextEditorPage } from './harness/textEditor.ts';
import { until } from './harness/wait.ts';
import type { Workbench } from './harness/workbench.ts';

/**
 * What a person waits for, from the key as the browser has it to the change in the page and to the frame that shows it: bars
 * of the next word, ghost text, the heatmap of a selection. The figures hold for a quiet machine: the load stands beside them.
 */
const asked = process.env.SEQUENCE_LAB_LATENCY ?? '';
const how = 'SEQUENCE_LAB_LATENCY=200 npm run test:vscode -- latency';
if (asked === '') console.log(`latencies are not measured; to measure them: ${how}`);
else if (!/^[1-9]\d*$/.test(asked))
  throw new Error(`SEQUENCE_LAB_LATENCY is “${asked}”: it must be how many requests are timed, as in ${how}`);
const requests = Number(asked);
/** A heatmap takes so long that 200 a size would take minutes. */
const selections = Math.min(requests, 20);
const tokens = 500;
const sizes = [200, 650];
/** VS Code has none for this command: as playwright and as keybindings.json write it. */
const triggerKey = { press: 'Control+Alt+G', key: 'ctrl+alt+g' };

describe.skipIf(requests === 0)(`latencies (${how})`, { timeout: 120_000 + requests * 5000 }, () => {
  let lab: Lab;
  let window: Workbench;
  let editor: TextEditorPage;
  const rows: string[] = [];

  beforeAll(async () => {
    const lines = Array.from({ length: selections + 1 }, (_, line) => randomText(tokens, line * 31));
    lab = await Lab.start({
      files: { 'notes.txt': '', 'lines.txt': lines.join('\n') },
      keybindings: [{ key: triggerKey.key, command: 'editor.action.inlineSuggest.trigger' }],
      settings: {
        'files.autoSave': 'off',
        'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' },
        'editor.wordBasedSuggestions': 'off',
        // The likeliest of 10,000 words has a probability of little more than 0.0001 where nothing was learned.
        'sequenceLab.inlinePreview.minimumProbability': 0,
      },
    });
    for (const size of sizes) await randomRun(join(lab.folder, '.sequence-lab', 'runs'), size);
    window = await lab.open();
    editor = new TextEditorPage(window);
    await window.experiments.open();
    for (const size of sizes) await window.experiments.runWhere('there', ({ label }) => label === `2x${size}`);
    await window.command('Developer: Set Log Level...');
    await window.pick(/^Sequence Lab/);
    await window.pick(/^Debug/);
  });
  pictureFailures(() => window);
  afterAll(async () => {
    const head = ['', 'in the page', 'on the screen', 'n', 'load'];
    console.log([row(head), ...rows].join('\n'));
    await lab.close();
  });

  /** Adds a row to the table. What no person would call an answer fails, however loaded the machine is. */
  const tell = (what: string, times: readonly (KeyTime | { change: number })[]): void => {
    const cell = (values: readonly number[]): string =>
      values.length === 0 ? '' : `${quantile(values, 0.5).toFixed(1)} / ${quantile(values, 0.95).toFixed(1)}`;
    const frames = times.flatMap((time) => ('frame' in time ? [time.frame] : []));
    const changes = times.map(({ change }) => change);
    rows.push(row([what, cell(changes), cell(frames), String(times.length), loadavg()[0]?.toFixed(2) ?? '']));
    console.log(rows.at(-1));
    expect([...changes, ...frames].filter((time) => !(time > 0 && time < 10_000))).toEqual([]);
  };

  describe.each(sizes)('of a network of 2 × %i', (size) => {
    const main = (): Frame => window.page.mainFrame();

    test('key → bars', async () => {
      await window.experiments.contextAction(`2x${size}`, 'Show Next-Word Predictions');
      const frame = await window.webview('Next-Word Predictions', 60_000);
      await frame.getByText(`LSTM, 2 × ${size} units`).waitFor({ timeout: 60_000 });
      await frame.locator('#text').fill(`${randomText(12, size)} `);
      await frame.locator('.bars[aria-busy="false"]').first().waitFor();
      await frame.locator('#text').focus();
      const bars = `document.querySelector('.next-lane .bars')`;
      const timer = await KeyTimer.start(
        { page: window.page, typedIn: frame, seenIn: frame },
        {
          element: bars,
          // What was under way before the key is no answer to it.
          when: `pressed > armedAt && ${bars}.getAttribute('aria-busy') === 'false'`,
          options: `{ attributes: true, attributeFilter: ['aria-busy'] }`,
        },
      );
      const times: KeyTime[] = [];
      for (const key of randomText(requests, 5).slice(0, requests)) times.push(await timer.press(key));
      tell(`2×${size}: key → bars`, times);
      await window.closeAllEditors();
    });

    const ghosts = async (what: string, { key, settings }: { key: string; settings: object }): Promise<void> => {
      lab.server.change({ ...settings });
      await window.experiments.contextAction(`2x${size}`, 'Use for Inline Preview');
      await editor.open('notes.txt');
      await editor.replaceAll('The ');
      await window.page.keyboard.press(triggerKey.press);
      await editor.waitForGhost();
      const lines = `document.querySelector('.editor-group-container.active .view-lines')`;
      const timer = await KeyTimer.start(
        { page: window.page, typedIn: main(), seenIn: main() },
        {
          element: lines,
          when: `(${lines}.querySelector('[class*="ghost-text"]')?.textContent ?? '').trim() !== ''`,
          options: '{ childList: true, subtree: true, characterData: true, attributes: true }',
        },
      );
      const before = answers(lab).length;
      const times: KeyTime[] = [];
      for (let request = 0; request < requests; request++) {
        // No word of the vocabulary begins so, and no suggestion does: there is no ghost text before the key.
        await window.page.keyboard.insertText(request % 10 === 9 ? '\nxq' : 'xq');
        if (key !== ' ') await window.page.keyboard.press(' ');
        await editor.waitForNoGhost();
        // A person's pause: VS Code waits longer where one of its own questions is still under way.
        await window.page.waitForTimeout(120);
        times.push(await timer.press(key));
      }
      tell(`2×${size}: ${what}`, times);
      await until(() => answers(lab).length >= before + requests, { what: 'the log' });
      const alone = answers(lab).slice(before);
      tell(
        `2×${size}: ${what}, provider alone`,
        alone.map((change) => ({ change })),
      );
      await window.command('File: Revert File');
      await window.closeAllEditors();
    };

    test('typing → ghost text without a debounce', () =>
      ghosts('typing → ghost text, debounce 0', {
        key: ' ',
        settings: { 'sequenceLab.inlinePreview.debounceMilliseconds': 0 },
      }));

    test('typing → ghost text', () =>
      ghosts('typing → ghost text, debounce 75', {
        key: ' ',
        settings: { 'sequenceLab.inlinePreview.debounceMilliseconds': 75 },
      }));

    test('trigger → ghost text', async () => {
      const trigger = 'sequenceLab.inlinePreview.trigger';
      await ghosts('trigger command → ghost text', { key: triggerKey.press, settings: { [trigger]: 'manual' } });
      lab.server.change({ [trigger]: 'automatic' });
    });

    test('selection → heatmap', async () => {
      await window.closeAllEditors();
      await editor.open('lines.txt');
      await window.page.keyboard.press('Control+Home');
      await window.page.keyboard.press('Shift+End');
      await window.command('Sequence Lab: Show Hidden States of Selection');
      const frame = await window.webview('Hidden States', 60_000);
      const dropdown = frame.locator('vscode-dropdown[data-control="first-run"]:visible');
      await dropdown.click();
      await dropdown
        .locator('vscode-option', { hasText: `2x${size}` })
        .first()
        .click();
      const map = frame.locator('.map-canvas:visible').first();
      const label = `${size} units by ${tokens} tokens`;
      await until(async () => (await map.getAttribute('aria-label'))?.includes(label), { what: label });
      await window.page.locator('.monaco-editor .view-line').first().click();
      await window.page.keyboard.press('Control+Home');
      const timer = await KeyTimer.start(
        { page: window.page, typedIn: main(), seenIn: frame },
        {
          element: `document.querySelector('.body')`,
          when: 'true',
          options: `{ attributes: true, attributeFilter: ['data-drawn'] }`,
        },
      );
      const times: KeyTime[] = [];
      for (let line = 0; line < selections; line++) {
        await window.page.keyboard.press('ArrowDown');
        await window.page.keyboard.press('Home');
        times.push(await timer.press('Shift+End'));
      }
      tell(`2×${size}: selection → heatmap of ${tokens} tokens`, times);
      await window.closeAllEditors();
    });
  });
});

function row(cells: readonly string[]): string {
  const widths = [58, 15, 15, 4, 6];
  return cells
    .map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0)))
    .join(' ');
}

/** Milliseconds that the provider of suggestions took, as it logs them. */
function answers(lab: Lab): number[] {
  return [...lab.server.output().matchAll(/Inline preview: suggests after ([\d.]+) ms/g)].map(([, time]) =>
    Number(time),
  );
}
