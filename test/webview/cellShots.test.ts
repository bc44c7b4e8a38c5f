import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { answers } from './cellRun.ts';
import { connectPanels } from './describePanel.ts';
import type { Panel } from './panel.ts';
import { haveBrowser } from './panel.ts';
import type { ThemeName } from './themes.ts';

/**
 * Pictures of the cell explorer to look at, in the folder that SHOTS names; ONLY names some of them, by commas:
 * `SHOTS=FOLDER npx vitest run test/webview/cellShots.test.ts`.
 */
const folder = process.env['SHOTS'];
const wanted = process.env['ONLY']?.split(',');

interface Shot {
  readonly theme?: ThemeName;
  readonly run?: boolean;
  readonly size?: { readonly width: number; readonly height: number };
  readonly act?: (panel: Panel) => Promise<void>;
}

const choose = async ({ page }: Panel, control: string, words: string): Promise<void> => {
  await page.locator(`vscode-dropdown[data-control="${control}"]`).click();
  await page.locator(`vscode-dropdown[data-control="${control}"] vscode-option`, { hasText: words }).first().click();
};
const network =
  (...choices: readonly (readonly [control: string, words: string])[]) =>
  async (panel: Panel): Promise<void> => {
    for (const [control, words] of choices) await choose(panel, control, words);
    await panel.page.locator('#sequence').fill('1, -0.5, 0.8, 2, -1');
    await panel.page.locator('.strip-step').nth(2).click();
  };
const lstm = network(['cell', 'LSTM']);
const deep = network(['cell', 'LSTM'], ['direction', 'Bidirectional'], ['layers', '2'], ['units', '8']);
const gru = network(['cell', 'GRU'], ['units', '4']);
const named = (title: string) => network(['cell', title]);
const wide = { width: 1280, height: 1000 };
const narrow = { width: 320, height: 900 };

const shots: Record<string, Shot> = {
  'rnn-dark': { size: wide },
  'rnn-light': { size: wide, theme: 'light' },
  'rnn-contrast': { size: wide, theme: 'contrast' },
  'rnn-narrow': { size: narrow },
  'lstm-dark': { size: wide, act: lstm },
  'lstm-light': { size: wide, theme: 'light', act: lstm },
  'lstm-contrast': { size: wide, theme: 'contrast', act: lstm },
  'lstm-narrow': { size: narrow, act: lstm },
  'lstm-column': { size: { width: 620, height: 900 }, act: lstm },
  'lstm-widest': { size: { width: 1900, height: 1000 }, act: lstm },
  'gru-dark': { size: wide, act: gru },
  'gru-narrow': { size: narrow, act: gru },
  'deep-dark': { size: wide, act: deep },
  'deep-light': { size: wide, theme: 'light', act: deep },
  'peephole-dark': { size: wide, act: named('Peephole LSTM') },
  'peephole-light': { size: wide, theme: 'light', act: named('Peephole LSTM') },
  'peephole-narrow': { size: narrow, act: named('Peephole LSTM') },
  'coupled-contrast': { size: wide, theme: 'contrast', act: named('Coupled LSTM') },
  'coupled-narrow': { size: narrow, act: named('Coupled LSTM') },
  'layernorm-dark': { size: wide, act: named('Layer-normalised LSTM') },
  'layernorm-narrow': { size: narrow, act: named('Layer-normalised LSTM') },
  'mgu-light': { size: wide, theme: 'light', act: named('MGU') },
  'mgu-narrow': { size: narrow, act: named('MGU') },
  'run-dark': { size: wide, run: true },
  'run-contrast': { size: wide, run: true, theme: 'contrast' },
  'run-narrow': { size: narrow, run: true },
  'deep-narrow': { size: narrow, act: deep },
};

describe.skipIf(folder === undefined || !haveBrowser)('pictures of the cell explorer', () => {
  it('are taken', { timeout: 300_000 }, async () => {
    mkdirSync(folder ?? '', { recursive: true });
    const { pages, leave } = await connectPanels();
    for (const [name, { act, run, ...options }] of Object.entries(shots)) {
      if (wanted !== undefined && !wanted.includes(name)) continue;
      const panel = await pages.open({
        panel: 'cell',
        scenario: run === true ? { runs: [], answers } : { runs: [] },
        ...options,
      });
      await panel.page.locator('.diagram:visible').waitFor();
      await act?.(panel);
      await panel.page.waitForTimeout(200);
      await panel.page.screenshot({ path: join(folder ?? '', `${name}.png`), fullPage: true });
      expect(panel.complaints, name).toEqual([]);
      await panel.close();
    }
    await leave();
  });
});
