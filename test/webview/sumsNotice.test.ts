import { expect, it } from 'vitest';

import { answers } from './cellRun.ts';
import { describePanel } from './describePanel.ts';
import { doneRun } from './fakeStates.ts';
import { twoRuns } from './predictionRuns.ts';

/** The host says it of a run; a name in it may be anything. */
const sumsNotice =
  'The run <b>old</b> was trained with a version whose sums could be wrong with several threads: train it again to be sure of its figures.';

describePanel('what is known of the sums of a run', (openPanel) => {
  it('stands in the legend of the loss curves, at its run alone', async () => {
    const runs = [
      { points: 20, epochs: 2, sumsNotice },
      { points: 20, epochs: 2 },
    ];
    const { page } = await openPanel({ scenario: { runs, shown: [0, 1] } });
    await page.locator('.legend-row').nth(1).waitFor();
    expect(await page.locator('.legend-row .run-sums:visible').allTextContents()).toEqual([sumsNotice]);
    expect(await page.locator('.legend-row', { hasText: 'ptb-small-0' }).locator('.run-sums').textContent()).toBe(
      sumsNotice,
    );
  });

  it('stands with the predictions of its model alone', async () => {
    const [first, second] = twoRuns.runs;
    if (first === undefined || second === undefined) throw new Error('two runs are needed');
    const predictions = { ...twoRuns, runs: [first, { ...second, sumsNotice }] };
    const { page } = await openPanel({ panel: 'predictions', scenario: { runs: [], predictions } });
    await page.locator('.lane .facts:visible').waitFor();
    const sums = page.locator('.lane .sums:visible');
    expect(await sums.count()).toBe(0);
    await page.locator('vscode-dropdown[data-control="second-run"]').click();
    await page.locator('vscode-dropdown[data-control="second-run"] vscode-option').nth(2).click();
    await sums.waitFor();
    expect(await sums.allTextContents()).toEqual([sumsNotice]);
    expect(await page.locator('.lane').nth(1).locator('.sums:visible').count()).toBe(1);
  });

  it('stands above the hidden states', async () => {
    const states = { runs: [{ ...doneRun('one', 'old'), sumsNotice }, doneRun('two', 'new')], units: 8 };
    const { page } = await openPanel({ panel: 'states', scenario: { runs: [], states } });
    await page.locator('.body[data-drawn]:visible').waitFor();
    expect(await page.locator('.sums:visible').allTextContents()).toEqual([sumsNotice]);
    await page.locator('vscode-dropdown[data-control="first-run"]').click();
    await page.locator('vscode-dropdown[data-control="first-run"] vscode-option', { hasText: 'new' }).click();
    await page.locator('.sums').waitFor({ state: 'hidden' });
  });

  it('stands above the cell of a run', async () => {
    const of = (more: object) => ({ ...answers, 'cell/run': { ...answers['cell/run'], ...more } });
    const { page } = await openPanel({ panel: 'cell', scenario: { runs: [], answers: of({ sumsNotice }) } });
    await page.locator('.run .words').waitFor();
    expect(await page.locator('.run-sums:visible').allTextContents()).toEqual([sumsNotice]);
    const other = await openPanel({ panel: 'cell', scenario: { runs: [], answers: of({}) } });
    await other.page.locator('.run .words').waitFor();
    expect(await other.page.locator('.run-sums:visible').count()).toBe(0);
  });
});
