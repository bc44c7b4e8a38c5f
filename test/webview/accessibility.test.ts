import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import type { AxeResults } from 'axe-core';
import { expect, it } from 'vitest';

import { describePanel } from './describePanel.ts';
import { doneRun } from './fakeStates.ts';
import type { Panel, PanelOptions } from './panel.ts';
import { twoRuns } from './predictionRuns.ts';
import type { ThemeName } from './themes.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Case extends PanelOptions {
  /** Brings everything on show. */
  readonly prepare: (panel: Panel) => Promise<void>;
}

const cases: readonly (readonly [name: string, panel: Case])[] = [
  [
    'the loss curves',
    {
      panel: 'curves',
      scenario: {
        runs: [
          {
            name: 'first',
            preset: 'small',
            published: { valid: 119.6, test: 115.9 },
            points: 200,
            epochs: 4,
            flow: { records: 5 },
          },
          { name: 'second', state: 'running', points: 100, epochs: 4 },
        ],
        shown: [0, 1],
      },
      prepare: ({ page }) => page.locator('[data-chart=perplexity]').waitFor(),
    },
  ],
  [
    'no run to draw',
    { panel: 'curves', scenario: { runs: [] }, prepare: ({ page }) => page.locator('.empty h2').waitFor() },
  ],
  [
    'the cell explorer',
    { panel: 'cell', scenario: { runs: [] }, prepare: ({ page }) => page.locator('.diagram:visible').waitFor() },
  ],
  [
    'the next-word predictions',
    {
      panel: 'predictions',
      scenario: { runs: [], predictions: twoRuns },
      async prepare({ page }) {
        await page.locator('#text').fill('the company said');
        await page.locator('.token').nth(2).waitFor();
        await page.locator('.bar').nth(11).waitFor();
      },
    },
  ],
  [
    'the hidden states',
    {
      panel: 'states',
      scenario: {
        runs: [],
        states: { runs: [doneRun('one', 'a'), doneRun('two', 'b')], units: 40, places: [0, 100] },
      },
      async prepare({ page }) {
        await page.locator('.body[data-drawn]:visible').waitFor();
        await page
          .locator('.map-canvas')
          .first()
          .click({ position: { x: 100, y: 40 } });
        await page.locator('.map-canvas').first().focus();
        await page.keyboard.press('Shift+ArrowRight');
        await page.locator('#threshold').fill('0.1');
        for (const [button, result] of [
          ['Find Similar Passages', '.context'],
          ['Search the Corpus', '.bars'],
          ['Analyse All Units', '.followers'],
        ] as const) {
          await page.getByRole('button', { name: button }).click();
          await page.locator(result).first().waitFor();
        }
      },
    },
  ],
];

describePanel('what a screen reader is told', (openPanel) => {
  it.each(cases.flatMap((one) => (['dark', 'light'] as const).map((theme) => [...one, theme] as const)))(
    'has no serious fault: %s',
    async (_, { prepare, ...options }, theme: ThemeName) => {
      const panel = await openPanel({ ...options, theme });
      await prepare(panel);
      await panel.page.evaluate(axe);
      // Which is experimental in axe, but what a person who speaks to the machine lives by.
      const { violations }: AxeResults = await panel.page.evaluate(
        `axe.run(document, { rules: { 'label-content-name-mismatch': { enabled: true } } })`,
      );
      const found = violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
      expect(found).toEqual([]);
      // Moderate in axe's eyes; a page without them cannot be skimmed.
      expect(violations.map(({ id }) => id)).not.toContain('page-has-heading-one');
    },
  );
});
