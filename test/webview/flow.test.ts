import { expect, it } from 'vitest';

import { keyOf } from './generatedRuns.ts';
import { describePanel } from './describePanel.ts';
import type { Panel, PanelOptions } from './panel.ts';

const one = { runs: [{ name: 'lstm', flow: { records: 10 } }] };
const two = { runs: [...one.runs, { name: 'plain', flow: { records: 4, kept: 0.5 } }], shown: [0, 1] };

describePanel('gradient flow in the loss curves panel', (openPanel) => {
  let panel: Panel;

  const open = async (options: PanelOptions): Promise<void> => {
    panel = await openPanel(options);
    await panel.page.locator('[data-chart=perplexity][aria-label*="at step"]').waitFor();
  };
  const chart = () => panel.page.locator('[data-chart=gradientFlow]');
  const says = (words: string): Promise<void> =>
    panel.page.locator(`[data-chart=gradientFlow][aria-label*="${words}"]`).waitFor();
  const toggle = () => panel.page.locator('.toolbar vscode-checkbox', { hasText: 'Gradient flow' });
  const asked = (): Promise<number> => panel.sentCount('curves/history');
  /** What the chart shows, to see that it has changed. */
  const pixels = (): Promise<string> =>
    panel.page.evaluate(`document.querySelector('[data-chart=gradientFlow] canvas').toDataURL()`);

  it('is not there where no run has records, until the first comes', async () => {
    await open({ scenario: { runs: [{ name: 'lstm', state: 'running' }] } });
    expect(await chart().isVisible()).toBe(false);
    expect(await toggle().isVisible()).toBe(false);
    await panel.host('flow', 0, 0, 1);
    await says('lstm, step 1, epoch 1: Layer 1 from');
    expect(await toggle().isVisible()).toBe(true);
    expect(await panel.page.locator('#flow-step').isDisabled()).toBe(true);
    await panel.host('flow', 0, 1, 2);
    await says('lstm, step 201');
    expect(await asked()).toBe(1);
    await panel.host('flow', 0, 9, 1);
    await expect.poll(asked).toBe(2);
  });

  it('shows a record that is chosen in training time, keeps it over a reload, and follows the newest again', async () => {
    await open({ scenario: { runs: [{ ...one.runs[0], state: 'running' }] } });
    await says('step 901, epoch 1');
    const newest = await pixels();
    const slider = panel.page.locator('#flow-step');
    await slider.press('ArrowLeft');
    await slider.press('ArrowLeft');
    await says('step 701');
    expect(await pixels()).not.toBe(newest);
    expect(await slider.getAttribute('aria-valuetext')).toBe('step 701');
    await panel.host('flow', 0, 10, 1);
    await expect.poll(() => slider.getAttribute('max')).toBe('10');
    await says('step 701');
    await panel.page.reload();
    await says('step 701');
    await slider.press('End');
    await says('step 901');
    expect(await panel.state()).toMatchObject({ flowStep: null });
    await panel.host('flow', 0, 10, 1);
    await says('step 1,001');
  });

  it('reads values by keys and at the pointer, absolute and relative', async () => {
    await open({ scenario: one });
    await says('lstm');
    await chart().press('ArrowRight');
    await chart().press('ArrowRight');
    const live = panel.page.locator('[aria-live=polite]').first();
    await expect.poll(() => live.textContent()).toMatch(/^distance 1, Layer 1 0\.\d+, Layer 2 0\.\d+$/u);
    await chart().press('End');
    await expect.poll(() => live.textContent()).toMatch(/^distance 34, /u);
    await chart().press('Escape');
    await panel.page.locator('.flow .readout').waitFor({ state: 'hidden' });
    await panel.page.locator('.flow vscode-checkbox').click();
    await says('relative to distance 0. lstm, step 901, epoch 1: Layer 1 from 1 to');
    await chart().scrollIntoViewIfNeeded();
    const { x, y, width, height } = (await chart().locator('.u-over').boundingBox()) ?? never();
    await panel.page.mouse.move(x + 4, y + height / 2);
    await expect.poll(() => panel.page.locator('.flow .readout-value').allTextContents()).toEqual(['1', '1']);
    await panel.page.mouse.move(x + width / 2, y + height / 2);
    await panel.page.getByText('distance 17', { exact: true }).waitFor();
    await panel.page.mouse.move(2, 2);
    await panel.page.locator('.flow .readout').waitFor({ state: 'hidden' });
  });

  it('compares the drawn runs, fades all but a highlighted one, and can be switched off', async () => {
    await open({ scenario: two });
    await says('lstm, step 901, epoch 1');
    await says('plain, step 301, epoch 1');
    const both = await pixels();
    await panel.page.locator('.legend-row').nth(1).hover();
    await expect.poll(pixels).not.toBe(both);
    await panel.page.locator('.legend vscode-checkbox').first().click();
    await expect.poll(() => chart().getAttribute('aria-label')).not.toContain('lstm');
    expect(await panel.page.locator('.flow-run').allTextContents()).toEqual(['plain: step 301, epoch 1']);
    await toggle().click();
    await chart().waitFor({ state: 'hidden' });
    await panel.page.reload();
    await panel.page.locator('[data-chart=perplexity][aria-label*="at step"]').waitFor();
    expect(await chart().isVisible()).toBe(false);
    await toggle().click();
    await chart().waitFor();
  });

  it('is in the table, the file and the picture', async () => {
    await open({ scenario: two });
    await says('lstm');
    await panel.page.locator('vscode-button', { hasText: 'Table' }).click();
    const table = panel.page.locator('table.flow-figures');
    await table.getByText('Gradient flow of lstm at step 901, epoch 1', { exact: true }).waitFor();
    expect(await table.locator('thead th').allTextContents()).toEqual(['Distance', 'Layer 1', 'Layer 2']);
    expect(await table.locator('tbody tr').count()).toBe(35);
    await panel.page.locator('#table-flow-step').press('Home');
    await table.getByText('Gradient flow of lstm at step 1, epoch 1', { exact: true }).waitFor();
    await panel.page.locator('#table-run').selectOption(keyOf(1));
    await table.getByText('Gradient flow of plain at step 1, epoch 1', { exact: true }).waitFor();
    await panel.page.locator('vscode-button', { hasText: 'Save CSV' }).click();
    await panel.page.getByText('Saved to /saved/curves-2-runs.csv').waitFor();
    await panel.page.locator('vscode-button', { hasText: 'Save PNG' }).click();
    await panel.page.getByText('Saved to /saved/curves-2-runs.png').waitFor();
    const saved = `fakeHost.sent.filter(({ method }) => method === 'curves/save').map(({ params }) => params.bytes)`;
    const text = await panel.page.evaluate<string>(`new TextDecoder().decode(${saved}[0])`);
    expect(text.split('\r\n').filter((line) => line.includes(',gradientFlow,'))).toHaveLength((10 + 4) * 2 * 35);
    const withFlow = await panel.page.evaluate<number>(
      `createImageBitmap(new Blob([${saved}[1]])).then((map) => map.height)`,
    );
    await panel.page.locator('vscode-button', { hasText: 'Table' }).click();
    await toggle().click();
    await panel.page.locator('vscode-button', { hasText: 'Save PNG' }).click();
    await expect.poll(() => panel.sentCount('curves/save')).toBe(3);
    const without = await panel.page.evaluate<number>(
      `createImageBitmap(new Blob([${saved}[2]])).then((map) => map.height)`,
    );
    expect(withFlow).toBeGreaterThan(without);
  });

  it('fits 320 pixels, and can be reached by Tab', async () => {
    await open({
      scenario: {
        runs: [{ name: 'a run with a name that is long', flow: { records: 3, layers: 4, both: true, every: 4 } }],
      },
      size: { width: 320, height: 800 },
    });
    await says('Layer 4, backward');
    expect(await panel.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
    expect(await panel.page.locator('.flow .axis-title').textContent()).toBe('Distance from the loss (steps)');
    expect(await panel.page.locator('.flow-runs').textContent()).toContain('1 record in 4 is kept here');
    const reached = new Set<string>();
    for (let turn = 0; turn < 30; turn += 1) {
      await panel.page.keyboard.press('Tab');
      reached.add(
        await panel.page.evaluate<string>(
          `(({ activeElement: at }) => at.getAttribute('aria-label') ?? at.id ?? at.textContent)(document)`,
        ),
      );
    }
    for (const name of ['Step of training', 'Relative to distance 0']) expect([...reached]).toContain(name);
    expect([...reached].some((name) => name.startsWith('Gradient flow. a run with'))).toBe(true);
  });
});

function never(): never {
  throw new Error('the plot is not there');
}
