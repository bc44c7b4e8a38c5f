import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { connectPanels } from './describePanel.ts';
import type { Scenario } from './fakeHost.ts';
import type { Panel, PanelOptions } from './panel.ts';
import { haveBrowser } from './panel.ts';

/**
 * Pictures of the panel to look at, in the folder that SHOTS names; ONLY names some of them, by commas:
 * `SHOTS=FOLDER npx vitest run test/webview/shots.test.ts`.
 */
const folder = process.env['SHOTS'];
const wanted = process.env['ONLY']?.split(',');

const published = { valid: 119.6, test: 115.9 };
const few: Scenario = {
  runs: [
    { name: 'ptb-small', preset: 'small', published, epochs: 13, points: 900 },
    { name: 'wider embedding, keep probability 0.85', preset: 'quick', epochs: 4, points: 500 },
    { name: 'ptb-small, another seed', preset: 'small', published, state: 'running', epochs: 13, points: 450 },
  ],
  shown: [0, 1, 2],
};
const many: Scenario = {
  runs: Array.from({ length: 20 }, (_, index) => ({
    points: 2000,
    epochs: 13,
    name: `sweep learning rate ${(index + 1) / 10}`,
  })),
  shown: Array.from({ length: 20 }, (_, index) => index),
};
const troubled: Scenario = {
  runs: [
    {
      name: 'done',
      epochs: 6,
      sumsNotice:
        'The run done was trained with a version whose sums could be wrong with several threads: train it again to be sure of its figures.',
    },
    {
      name: 'a run with a name that is very much longer than what any legend in a narrow panel has room for',
      state: 'failed',
      points: 150,
    },
    { name: '<img src=x onerror=alert(1)>', state: 'diverged', points: 90 },
    {
      name: 'stopped',
      state: 'stopped',
      points: 120,
    },
    {
      name: 'interrupted',
      state: 'interrupted',
      points: 200,
      problem: 'metrics.jsonl: line 201 is damaged; what comes after it is not shown',
    },
  ],
  shown: [0, 1, 2, 3, 4],
};
const floor: Scenario = {
  runs: [
    { name: 'demo', preset: 'demo', state: 'running', floor: { valid: 101.8, test: 102.4 }, points: 700, epochs: 8 },
  ],
};

const plain = { name: 'plain cells', flow: { records: 40, kept: 0.55 }, points: 400 };
const flow: Scenario = { runs: [{ name: 'LSTM, 2 layers', flow: { records: 40, kept: 0.9 }, points: 400 }] };
const flows: Scenario = {
  runs: [plain, ...flow.runs, { name: 'GRU', flow: { records: 40, kept: 0.8 } }],
  shown: [0, 1, 2],
};
const deep: Scenario = {
  runs: [
    {
      name: 'a bidirectional network of four layers',
      flow: { records: 40, layers: 4, both: true, kept: 0.7, every: 8 },
    },
    { name: 'plain cells, vanished', flow: { records: 3, kept: 0.3, zeroFrom: 25 } },
  ],
  shown: [0, 1],
};

const tall = { width: 1100, height: 1050 };
const flowHover = async ({ page }: Panel): Promise<void> => {
  const box = await page.locator('[data-chart=gradientFlow]').boundingBox();
  if (box) await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.5);
  await page.waitForTimeout(200);
};
const flowTable = async ({ page }: Panel): Promise<void> => {
  await page.getByText('Table', { exact: true }).click();
  await page.locator('#table-flow-step').scrollIntoViewIfNeeded();
};

const hover = async ({ page }: Panel): Promise<void> => {
  const box = await page.locator('.plot').first().boundingBox();
  if (box) await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.5);
  await page.waitForTimeout(200);
};

const shots: Record<string, PanelOptions & { act?: (panel: Panel) => Promise<void> }> = {
  'few-dark': { scenario: few, act: hover },
  'few-light': { scenario: few, theme: 'light', act: hover },
  'few-contrast': { scenario: few, theme: 'contrast', act: hover },
  'many-dark': { scenario: many, act: hover },
  'many-light': { scenario: many, theme: 'light' },
  troubled: { scenario: troubled },
  'troubled-light': { scenario: troubled, theme: 'light' },
  'troubled-contrast': { scenario: troubled, theme: 'contrast' },
  floor: { scenario: floor },
  empty: { scenario: { runs: [] } },
  'empty-light': { scenario: { runs: [] }, theme: 'light' },
  loading: { scenario: { ...few, silent: true } },
  refused: { scenario: { runs: [], refusal: 'the runs folder /data/runs cannot be read: EACCES' } },
  narrow: { scenario: few, size: { width: 300, height: 900 } },
  'narrow-troubled': { scenario: troubled, size: { width: 300, height: 900 } },
  middle: { scenario: few, size: { width: 640, height: 800 } },
  'narrow-open': {
    scenario: few,
    size: { width: 300, height: 900 },
    act: async ({ page }) => page.getByRole('button', { name: 'View', exact: true }).click(),
  },
  'editor-column': { scenario: few, size: { width: 430, height: 800 } },
  'editor-column-open': {
    scenario: few,
    size: { width: 430, height: 800 },
    act: async ({ page }) => page.getByRole('button', { name: 'View', exact: true }).click(),
  },
  wide: { scenario: few, size: { width: 1800, height: 1000 } },
  table: { scenario: few, act: async ({ page }) => page.getByText('Table', { exact: true }).click() },
  'table-narrow': {
    scenario: few,
    size: { width: 300, height: 900 },
    act: async ({ page }) => page.getByText('Table', { exact: true }).click(),
  },
  picker: { scenario: many, act: async ({ page }) => page.getByText(/^Runs \(/).click() },
  'picker-contrast': { scenario: many, theme: 'contrast', act: async ({ page }) => page.getByText(/^Runs \(/).click() },
  highlight: { scenario: many, act: async ({ page }) => page.locator('.legend-row').nth(3).hover() },
  'flow-dark': { scenario: flow, size: tall, act: flowHover },
  'flow-light': { scenario: flow, size: tall, theme: 'light', act: flowHover },
  'flow-contrast': { scenario: flow, size: tall, theme: 'contrast', act: flowHover },
  'flow-narrow': {
    scenario: flow,
    size: { width: 320, height: 1100 },
    act: async ({ page }) => page.locator('.flow').scrollIntoViewIfNeeded(),
  },
  'flow-several': { scenario: flows, size: tall, act: flowHover },
  'flow-several-light': { scenario: flows, size: tall, theme: 'light' },
  'flow-highlight': {
    scenario: flows,
    size: tall,
    act: async ({ page }) => page.locator('.legend-row').nth(1).hover(),
  },
  'flow-deep': { scenario: deep, size: tall },
  'flow-relative-contrast': {
    scenario: deep,
    theme: 'contrast',
    act: async ({ page }) => {
      await page.locator('.flow vscode-checkbox').click();
      await page.locator('#flow-step').fill('3');
    },
  },
  'flow-table': { scenario: flow, act: flowTable },
  'flow-table-narrow': { scenario: flow, size: { width: 320, height: 900 }, act: flowTable },
  linear: {
    scenario: { runs: few.runs, shown: [0] },
    act: async ({ page }) => {
      await page.locator('vscode-dropdown').nth(1).click();
      await page.getByText('Linear', { exact: true }).click();
      await page.locator('vscode-dropdown').nth(0).click();
      await page.getByText('Time', { exact: true }).click();
    },
  },
};

describe.skipIf(folder === undefined || !haveBrowser)('pictures of the panel', () => {
  it('are taken', { timeout: 300_000 }, async () => {
    mkdirSync(folder ?? '', { recursive: true });
    const { pages, leave } = await connectPanels();
    for (const [name, { act, ...options }] of Object.entries(shots)) {
      if (wanted !== undefined && !wanted.includes(name)) continue;
      const panel = await pages.open(options);
      await panel.page.waitForTimeout(500);
      await act?.(panel);
      await panel.page.waitForTimeout(300);
      await panel.page.screenshot({ path: join(folder ?? '', `${name}.png`) });
      expect(panel.complaints, name).toEqual([]);
      await panel.close();
    }
    await leave();
  });
});
