import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { connectPanels } from './describePanel.ts';
import type { PredictionsScenario } from './fakePredictions.ts';
import type { Panel } from './panel.ts';
import { haveBrowser } from './panel.ts';
import { learning, twoRuns } from './predictionRuns.ts';
import type { ThemeName } from './themes.ts';

/**
 * Pictures of the next-word predictions to look at, in the folder that SHOTS names; ONLY names some of them, by commas:
 * `SHOTS=FOLDER npx vitest run test/webview/predictionsShots.test.ts`.
 */
const folder = process.env['SHOTS'];
const wanted = process.env['ONLY']?.split(',');

interface Shot {
  readonly theme?: ThemeName;
  readonly scenario?: Partial<PredictionsScenario>;
  readonly size?: { readonly width: number; readonly height: number };
  readonly act?: (panel: Panel) => Promise<void>;
}

const text =
  'The company said it would buy back shares of the new Xyzzy market in New York\nPrices fell and stocks rose a year back, they said';
const typed = async ({ page }: Panel): Promise<void> => {
  await page.locator('#text').fill(text);
  await page.locator('.token').nth(20).waitFor();
};
const chosen = async (panel: Panel): Promise<void> => {
  await typed(panel);
  await panel.page.locator('.token').nth(11).click();
};
const replacedWord = async (panel: Panel): Promise<void> => {
  await chosen(panel);
  await panel.page.locator('#replacement').fill('market');
  await panel.page.locator('#replacement').press('Enter');
  await panel.page.locator('.mark').first().waitFor();
};
const two = async (panel: Panel): Promise<void> => {
  await typed(panel);
  await panel.page.locator('vscode-dropdown[data-control="second-run"]').click();
  await panel.page.locator('vscode-dropdown[data-control="second-run"] vscode-option').nth(2).click();
  await panel.page.locator('#token-1-5').click();
};
const wide = { width: 1280, height: 900 };
const narrow = { width: 320, height: 900 };
const strange = async ({ page }: Panel): Promise<void> => {
  await page.locator('#text').fill('שלום עולם the 😀 company \u0000 said اهلا');
  await page.locator('.token').nth(5).waitFor();
};
const hovered = async (panel: Panel): Promise<void> => {
  await typed(panel);
  await panel.page.locator('.token').nth(4).hover();
};
/** The pointer is over the token that is furthest to the right. */
const edge = async (panel: Panel): Promise<void> => {
  const { page } = panel;
  await page.locator('#text').fill(`The company said ${'it would buy back shares '.repeat(6)}${'x'.repeat(100)}`);
  await page.locator('.token').nth(30).waitFor();
  const boxes = await Promise.all((await page.locator('.token').all()).map((token) => token.boundingBox()));
  const furthest = boxes.reduce((best, box, at) => ((box?.x ?? 0) > (boxes[best]?.x ?? 0) ? at : best), 0);
  await page.locator('.token').nth(furthest).hover();
};
const writing = async ({ page }: Panel): Promise<void> => {
  await page.locator('#text').fill('The company said');
  await page.getByRole('button', { name: 'Continue Text' }).click();
  await page.getByRole('button', { name: 'Stop' }).waitFor();
};
const wrong = async (panel: Panel): Promise<void> => {
  await typed(panel);
  for (const field of ['words', 'top-k']) await panel.page.locator(`#${field}`).fill('1.5');
};
const noRun = { runs: [] };
const broken = { refused: { '/runs/one': 'no checkpoint of /runs/one can be used:\n  step-00004000.json is damaged' } };

const shots: Record<string, Shot> = {
  'text-dark': { size: wide, act: typed, scenario: { learning } },
  'text-light': { size: wide, act: typed, theme: 'light', scenario: { learning } },
  'text-contrast': { size: wide, act: typed, theme: 'contrast', scenario: { learning } },
  'text-contrast-light': { size: wide, act: typed, theme: 'contrastLight', scenario: { learning } },
  'text-narrow': { size: narrow, act: typed, scenario: { learning } },
  'chosen-dark': { size: wide, act: chosen },
  'hovered-dark': { size: wide, act: hovered },
  'replaced-light': { size: wide, act: replacedWord, theme: 'light' },
  'replaced-contrast': { size: wide, act: replacedWord, theme: 'contrast' },
  'replaced-narrow': { size: narrow, act: replacedWord },
  'two-dark': { size: wide, act: two },
  'two-light': { size: wide, act: two, theme: 'light' },
  'two-narrow': { size: narrow, act: two, theme: 'contrast' },
  'wrong-dark': { size: wide, act: wrong },
  'wrong-narrow': { size: narrow, act: wrong, theme: 'light' },
  'both-ways-dark': { size: wide, act: typed, scenario: { direction: 'bidirectional' } },
  'strange-dark': { size: wide, act: strange },
  'new-dark': { size: wide },
  'column-dark': { size: { width: 620, height: 900 }, act: chosen },
  'empty-dark': { size: wide, scenario: noRun },
  'empty-light': { size: narrow, scenario: noRun, theme: 'light' },
  'empty-contrast': { size: wide, scenario: noRun, theme: 'contrast' },
  'broken-dark': { size: wide, scenario: broken },
  'broken-narrow': { size: narrow, scenario: broken, theme: 'contrastLight' },
  'strange-narrow': { size: narrow, act: strange, theme: 'light' },
  'edge-dark': { size: { width: 620, height: 1200 }, act: edge },
  'writing-dark': { size: { width: 620, height: 900 }, act: writing, scenario: { pace: 400 } },
};

describe.skipIf(folder === undefined || !haveBrowser)('pictures of the next-word predictions', () => {
  it('are taken', { timeout: 300_000 }, async () => {
    mkdirSync(folder ?? '', { recursive: true });
    const { pages, leave } = await connectPanels();
    for (const [name, { act, scenario, ...options }] of Object.entries(shots)) {
      if (wanted !== undefined && !wanted.includes(name)) continue;
      const predictions = { ...twoRuns, ...scenario };
      const panel = await pages.open({
        panel: 'predictions',
        scenario: { runs: [], predictions },
        ...options,
      });
      await panel.page.locator('#text:visible, .empty h2:visible').first().waitFor();
      await act?.(panel);
      await panel.page.waitForTimeout(300);
      await panel.page.screenshot({ path: join(folder ?? '', `${name}.png`), fullPage: true });
      expect(panel.complaints, name).toEqual([]);
      await panel.close();
    }
    await leave();
  });
});
