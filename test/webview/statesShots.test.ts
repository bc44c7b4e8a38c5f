import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { connectPanels } from './describePanel.ts';
import type { StatesScenario } from './fakeStates.ts';
import type { Panel } from './panel.ts';
import { haveBrowser } from './panel.ts';
import type { ThemeName } from './themes.ts';

/**
 * Pictures of the hidden states panel to look at, in the folder that SHOTS names; ONLY names some of them, by commas:
 * `SHOTS=FOLDER npx vitest run test/webview/statesShots.test.ts`.
 */
const folder = process.env['SHOTS'];
const wanted = process.env['ONLY']?.split(',');

interface Shot {
  readonly theme?: ThemeName;
  readonly states?: Partial<StatesScenario>;
  readonly size?: { readonly width: number; readonly height: number };
  readonly act?: (panel: Panel) => Promise<void>;
}

const runs: StatesScenario['runs'] = [
  { key: '/runs/one', id: '20261123-ptb-medium', name: 'ptb-medium', state: 'running' },
  {
    key: '/runs/two',
    id: '20261122-long',
    name: 'a run with a name that nobody who looks at a narrow panel would want to read to its end <b>',
    state: 'done',
  },
];
const choose = async ({ page }: Panel, control: string, words: string): Promise<void> => {
  await page.locator(`vscode-dropdown[data-control="${control}"]:visible`).click();
  await page.locator(`vscode-dropdown[data-control="${control}"] vscode-option`, { hasText: words }).first().click();
};
const map = ({ page }: Panel) => page.locator('.map-canvas:visible').first();
const drawn = ({ page }: Panel) => page.locator('.body[data-drawn]:visible').waitFor();
/** Pins two units, marks a span, finds contexts, and looks at a unit. */
const work = async (panel: Panel): Promise<void> => {
  await drawn(panel);
  const { page } = panel;
  await page
    .locator('#text')
    .fill("Mr. Smith said `` the company would buy back its shares in the market '' , a spokesman said");
  await page.locator('.body[data-drawn*="spokesman"]').waitFor();
  const place = await map(panel).boundingBox();
  const at = (x: number, y: number): [number, number] => [(place?.x ?? 0) + x, (place?.y ?? 0) + y];
  await page.mouse.click(...at(150, 140));
  await page.mouse.click(...at(150, 220));
  await page.mouse.move(...at(190, 60));
  await page.mouse.down();
  await page.mouse.move(...at(300, 60), { steps: 4 });
  await page.mouse.up();
  await page.getByRole('button', { name: 'Find Similar Passages' }).click();
  await page.locator('.context').first().waitFor();
  await page.getByRole('button', { name: 'Search the Corpus' }).click();
  await page.locator('.bars').waitFor();
  await page.getByRole('button', { name: 'Analyse All Units' }).click();
  await page.locator('.followers').waitFor();
  await page.mouse.move(...at(240, 180));
};
const compare =
  (difference: boolean) =>
  async (panel: Panel): Promise<void> => {
    await drawn(panel);
    await choose(panel, 'second-run', 'ptb-medium');
    await choose(panel, 'second-checkpoint', 'step 3,000');
    await panel.page.locator('.map').nth(1).waitFor();
    if (difference) await panel.page.getByRole('checkbox', { name: 'Show difference' }).click();
    await map(panel).click({ position: { x: 120, y: 120 } });
  };
const large = async (panel: Panel): Promise<void> => {
  await drawn(panel);
  await choose(panel, 'source', 'Validation text');
  await choose(panel, 'order', 'Similarity');
  await panel.page.locator('.body[data-order="cluster"]').waitFor();
};
const training = async (panel: Panel): Promise<void> => {
  await drawn(panel);
  await choose(panel, 'source', 'Probe');
  await panel.page.locator('.probe-slider:visible, .status.failed').first().waitFor();
};
const gate = async (panel: Panel): Promise<void> => {
  await drawn(panel);
  await choose(panel, 'series', 'Forget gate');
};
const wide = { width: 1280, height: 900 };
const column = { width: 620, height: 900 };
const narrow = { width: 320, height: 900 };
const strange = async (panel: Panel): Promise<void> => {
  await drawn(panel);
  const long = 'Donaudampfschifffahrtsgesellschaftskapitän';
  await panel.page
    .locator('#text')
    .fill(`שלום עולם the 😀 company \u0000 said اهلا ${long} <b>bold</b> ${'x'.repeat(300)}`);
  await panel.page.locator('.body[data-drawn*="xxx"]').waitFor();
};
const working = async (panel: Panel): Promise<void> => {
  await drawn(panel);
  await panel.page.getByRole('button', { name: 'Analyse All Units' }).click();
  await panel.page.getByRole('button', { name: 'Cancel' }).waitFor();
};
const saved = async (panel: Panel): Promise<void> => {
  await drawn(panel);
  await panel.page.getByRole('button', { name: 'Save PNG…' }).click();
  await panel.page.locator('.notice:visible').waitFor();
};
/** The pointer is over the last cell, at the edge of the panel. */
const edge = async (panel: Panel): Promise<void> => {
  await strange(panel);
  const place = await map(panel).boundingBox();
  if (place) await panel.page.mouse.move(place.x + place.width - 3, place.y + place.height - 3);
};
const listed = async (panel: Panel): Promise<void> => {
  await drawn(panel);
  await panel.page.locator('vscode-dropdown[data-control="second-run"]').click();
};

const shots: Record<string, Shot> = {
  'first-dark': { size: wide },
  'work-dark': { size: wide, act: work },
  'work-light': { size: wide, theme: 'light', act: work },
  'work-contrast': { size: wide, theme: 'contrast', act: work },
  'work-contrast-light': { size: wide, theme: 'contrastLight', act: work },
  'work-narrow': { size: narrow, act: work },
  'work-column': { size: column, act: work, theme: 'light' },
  'strange-dark': { size: wide, act: strange },
  'strange-narrow': { size: narrow, act: strange, theme: 'contrast' },
  'edge-light': { size: column, act: edge, theme: 'light' },
  'working-dark': { size: wide, states: { endless: true }, act: working },
  'working-contrast-light': { size: narrow, states: { endless: true }, act: working, theme: 'contrastLight' },
  'listed-dark': { size: column, act: listed },
  'saved-dark': { size: wide, act: saved },
  'saved-narrow': { size: narrow, theme: 'contrastLight', act: saved },
  'compare-dark': { size: wide, act: compare(false) },
  'difference-light': { size: wide, theme: 'light', act: compare(true) },
  'large-dark': { size: wide, states: { units: 1500 }, act: large },
  'training-dark': { size: wide, states: { places: [0, 500, 1000, 1500, 2000, 4000] }, act: training },
  'training-narrow': { size: narrow, states: { places: [0, 500, 1000] }, act: training },
  'training-none': { size: wide, act: training, states: { places: [] } },
  'gate-dark': { size: wide, act: gate },
  'gate-light': { size: wide, theme: 'light', act: gate },
  'both-dark': { size: wide, states: { direction: 'bidirectional', cell: 'gru' } },
  'empty-dark': { size: wide, states: { runs: [] } },
  'empty-narrow': { size: narrow, states: { runs: [] }, theme: 'light' },
  'refused-dark': {
    size: wide,
    states: {
      refused: {
        '/runs/one':
          'The checkpoint of step 4000 is damaged: it does not have the SHA-256 that its manifest has of it.',
      },
    },
  },
  'long-name': { size: { width: 620, height: 800 }, states: { runs: [...runs].reverse() } },
};

describe.skipIf(folder === undefined || !haveBrowser)('pictures of the hidden states panel', () => {
  it('are taken', { timeout: 300_000 }, async () => {
    mkdirSync(folder ?? '', { recursive: true });
    const { pages, leave } = await connectPanels();
    for (const [name, { act, states, ...options }] of Object.entries(shots)) {
      if (wanted !== undefined && !wanted.includes(name)) continue;
      const panel = await pages.open({
        panel: 'states',
        scenario: { runs: [], states: { runs, ...states } },
        ...options,
      });
      await act?.(panel);
      await panel.page.waitForTimeout(400);
      await panel.page.screenshot({ path: join(folder ?? '', `${name}.png`), fullPage: true });
      expect(panel.complaints, name).toEqual([]);
      await panel.close();
    }
    await leave();
  });
});
