import { expect, it } from 'vitest';

import { CurvesPanel } from '../vscode/harness/curvesPanel.ts';
import type { Scenario } from './fakeHost.ts';
import { keyOf } from './generatedRuns.ts';
import { describePanel } from './describePanel.ts';
import type { Panel, PanelOptions } from './panel.ts';

const hostile = '<img src=x onerror=alert(1)>';
const two: Scenario = {
  runs: [
    { name: hostile, preset: 'small', published: { valid: 119.6, test: 115.9 }, points: 200, epochs: 4 },
    { name: '=second, "quoted"', state: 'running', points: 100, epochs: 4 },
  ],
  shown: [0, 1],
};

describePanel('the loss curves panel', (openPanel) => {
  let panel: Panel;

  const open = async (options: PanelOptions): Promise<void> => {
    panel = await openPanel(options);
    await panel.page.locator('vscode-checkbox').first().waitFor();
  };
  const chart = (id = 'perplexity') => panel.page.locator(`[data-chart=${id}]`);
  /** Waits until a chart says something. */
  const says = (words: string, id?: string): Promise<void> =>
    panel.page.locator(`[data-chart=${id ?? 'perplexity'}][aria-label*="${words}"]`).waitFor();
  const button = (words: string) => panel.page.locator('vscode-button', { hasText: words });
  const press = (key: string): Promise<void> => chart().press(key);
  const asked = async (): Promise<unknown[]> => (await panel.sent('curves/history')).map(({ key }) => key);

  it('shows hostile names as text, everywhere', async () => {
    await open({ scenario: two });
    await says(hostile);
    await panel.page.getByText(/^Runs \(2/).click();
    await panel.page.locator('.picker-list li').first().waitFor();
    await panel.page.keyboard.press('Escape');
    await button('Table').click();
    await panel.page.locator('caption').first().waitFor();
    expect(await panel.page.locator('img').count()).toBe(0);
    expect(await panel.page.locator('.legend .run-name').allTextContents()).toEqual([hostile, '=second, "quoted"']);
    expect(await panel.page.locator('th[scope=rowgroup]').first().textContent()).toBe(hostile);
    await panel.host('rename', 1, hostile);
    await expect.poll(() => panel.page.locator('.legend .run-name').allTextContents()).toEqual([hostile, hostile]);
  });

  it('takes live points, announces validation, and asks for the history where points are missing', async () => {
    await open({ scenario: { runs: [{ state: 'running', points: 100, epochs: 4 }] } });
    await says('at step 1,000');
    await panel.host('points', 0, 100, 20);
    await says('at step 1,200');
    await panel.host('epoch', 0, { steps: 120, epochs: 4 }, 77.7);
    const live = panel.page.locator('[aria-live=polite]').first();
    await expect.poll(() => live.textContent()).toContain('validation perplexity 77.7 after epoch 5, the best so far');
    expect(await asked()).toEqual([keyOf(0)]);
    await panel.host('points', 0, 500, 5);
    await expect.poll(asked).toEqual([keyOf(0), keyOf(0)]);
    await says('at step 1,000');
  });

  it('drops what a resumed run has written anew', async () => {
    await open({ scenario: { runs: [{ state: 'running', points: 100, epochs: 4 }] } });
    await says('at step 1,000');
    await panel.host('points', 0, 50, 3);
    await says('at step 530');
    expect(await asked()).toHaveLength(1);
  });

  it('follows the newest run, watches what it shows, and asks again when it is told that it can be seen', async () => {
    await open({ scenario: { runs: [{ points: 50 }] } });
    await says('at step 500');
    await panel.host('start', { points: 10, state: 'running', name: 'newer' });
    await says('newer: ');
    expect((await panel.sent('curves/watch')).at(-1)).toEqual({ keys: [keyOf(1)] });
    const before = (await asked()).length;
    await panel.host('news', 'curves/visible', {});
    await expect.poll(async () => (await asked()).length).toBe(before + 1);
    await panel.host('ask', [0]);
    await says('ptb-small-0: ');
  });

  it('carries out each request to show runs once, also one that it missed while it was hidden', async () => {
    await open({ scenario: { runs: [{ name: 'first' }, { name: 'second' }, { name: 'third' }], shown: [0] } });
    await says('first: ');
    await panel.page
      .locator('.legend-row')
      .getByRole('button', { name: /^Remove/ })
      .click();
    await panel.page.getByText('No run is shown', { exact: true }).waitFor();
    await panel.host('news', 'curves/visible', {});
    await expect.poll(() => panel.sentCount('curves/runs')).toBeGreaterThan(1);
    await panel.host('ask', [0], true);
    await panel.host('start', { name: 'fourth' });
    await says('fourth: ');
    await panel.host('news', 'curves/visible', {});
    await says('first: ');
    expect(await panel.page.locator('.legend .run-name').allTextContents()).toEqual(['first']);
    await panel.host('ask', [1, 2]);
    await says('third: ');
    await panel.page.reload();
    await says('third: ');
    expect(await panel.page.locator('.legend .run-name').allTextContents()).toEqual(['second', 'third']);
  });

  it('zooms by keys, buttons and dragging, on x and y, resets, and keeps the view over a reload', async () => {
    await open({ scenario: two });
    await says('at step 2,000');
    await press('+');
    await expect.poll(async () => (await panel.state())['zoomX']).toEqual([500, 1500]);
    await press('Shift+ArrowRight');
    expect((await panel.state())['zoomX']).toEqual([600, 1600]);
    await press('Shift+ArrowUp');
    expect((await panel.state())['zoomY']).toHaveProperty('perplexity');
    await panel.page.getByTitle('Zoom out').click();
    await chart().dblclick();
    await expect.poll(() => panel.state()).toMatchObject({ zoomX: null, zoomY: {} });
    const { x, y, width, height } = (await panel.page.locator('.u-over').first().boundingBox()) ?? never();
    await panel.page.mouse.move(x + width * 0.25, y + height * 0.5);
    await panel.page.mouse.down();
    await panel.page.mouse.move(x + width * 0.5, y + height * 0.5, { steps: 4 });
    await panel.page.mouse.up();
    const [from, to] = (await panel.state())['zoomX'] as number[];
    expect(from).toBeGreaterThan(480);
    expect(to).toBeLessThan(1020);
    expect((await panel.state())['zoomY']).toEqual({});
    await panel.page.mouse.move(x + width * 0.5, y + height * 0.2);
    await panel.page.mouse.down();
    await panel.page.mouse.move(x + width * 0.5, y + height * 0.7, { steps: 4 });
    await panel.page.mouse.up();
    await expect.poll(async () => (await panel.state())['zoomY']).toHaveProperty('perplexity');
    const kept = await panel.state();
    await panel.page.reload();
    await says('at step 2,000');
    expect(await panel.state()).toEqual(kept);
    await press('0');
    await expect.poll(() => panel.state()).toMatchObject({ zoomX: null, zoomY: {} });
  });

  it('reads values at the pointer and by keys', async () => {
    await open({ scenario: two });
    await says('at step 2,000');
    await chart().hover();
    await expect
      .poll(() => panel.page.locator('.readout-row .run-name').allTextContents())
      .toEqual([hostile, '=second, "quoted"']);
    await panel.page.mouse.move(2, 2);
    await panel.page.locator('.readout').waitFor({ state: 'hidden' });
    await press('ArrowLeft');
    await press('ArrowLeft');
    const live = panel.page.locator('[aria-live=polite]').first();
    await expect
      .poll(() => live.textContent())
      .toMatch(/^step 1,9\d\d, <img src=x onerror=alert\(1\)> [\d.]+, validation/u);
  });

  it('hides lines and charts, highlights, and changes axis and scale', async () => {
    await open({ scenario: two });
    await says('at step 2,000');
    await panel.page.locator('.legend vscode-checkbox').first().click();
    await expect.poll(() => chart().getAttribute('aria-label')).not.toContain('img');
    expect(await panel.state()).toMatchObject({ hidden: [keyOf(0)] });
    await panel.page.locator('.toolbar vscode-checkbox', { hasText: 'Gradient norm' }).click();
    await chart('gradientNorm').waitFor({ state: 'detached' });
    await panel.page.locator('vscode-dropdown').nth(0).click();
    await panel.page.locator('vscode-option', { hasText: 'Epoch' }).click();
    await panel.page.locator('vscode-dropdown').nth(1).click();
    await panel.page.locator('vscode-option', { hasText: 'Linear' }).click();
    await panel.page.locator('#smoothing').fill('0');
    await expect
      .poll(() => panel.state())
      .toMatchObject({ axis: 'epoch', logarithmic: false, smoothing: 0, off: ['gradientNorm'] });
    expect(await panel.page.locator('.axis-title').textContent()).toBe('Epoch');
    await panel.page.reload();
    await says('at step 1,000');
    expect(await panel.page.evaluate(`document.querySelector('vscode-dropdown').value`)).toBe('epoch');
    expect(await panel.page.locator('#smoothing').inputValue()).toBe('0');
  });

  it('has the figures as tables, by pages', async () => {
    await open({ scenario: two });
    await says('at step 2,000');
    await button('Table').click();
    const tables = panel.page.locator('table');
    expect(await tables.nth(0).locator('caption').textContent()).toBe('Epochs of the shown runs');
    expect(await tables.nth(0).locator('thead th[scope=col]').count()).toBe(5);
    const first = tables.nth(1).locator('tbody tr').first();
    expect(await first.locator('th[scope=row]').textContent()).toBe('2,000');
    expect(await tables.nth(1).getAttribute('aria-rowcount')).toBe('201');
    expect(await first.getAttribute('aria-rowindex')).toBe('2');
    await button('Older').click();
    await expect.poll(() => first.locator('th').textContent()).toBe('1,750');
    expect(await first.getAttribute('aria-rowindex')).toBe('27');
    await panel.page.locator('#table-run').selectOption({ index: 1 });
    await expect.poll(() => first.locator('th').textContent()).toBe('1,000');
  });

  it('has each step in the table once, page by page, while points come', async () => {
    await open({ scenario: { runs: [{ state: 'running', points: 130, epochs: 4 }] } });
    await says('at step 1,300');
    const reading = new CurvesPanel(panel.page.mainFrame()).steps();
    for (let more = 0; more < 9; more += 1) await panel.host('points', 0, 130 + 3 * more, 3);
    const steps = await reading;
    expect(steps.length).toBeGreaterThanOrEqual(130);
    expect(steps).toEqual(steps.map((_, index) => 10 * (index + 1)));
  });

  it('saves a picture and a table, from the table too', async () => {
    await open({ scenario: two });
    await says('at step 2,000');
    await button('Table').click();
    await button('Save PNG').click();
    await panel.page.getByText('Saved to /saved/curves-2-runs.png').waitFor();
    await button('Save CSV').click();
    await panel.page.getByText('Saved to /saved/curves-2-runs.csv').waitFor();
    const saved = `fakeHost.sent.filter(({ method }) => method === 'curves/save').map(({ params }) => params.bytes)`;
    expect(await panel.page.evaluate(`[...${saved}[0].subarray(0, 8)]`)).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
    const [width, height] = await panel.page.evaluate<number[]>(
      `createImageBitmap(new Blob([${saved}[0]])).then(({ width, height }) => [width, height])`,
    );
    expect(width).toBeGreaterThan(700);
    expect(height).toBeGreaterThan(500);
    const lines = (await panel.page.evaluate<string>(`new TextDecoder().decode(${saved}[1])`)).split('\r\n');
    expect(lines[0]).toMatch(/^run,name,event,step,epoch,seconds,train_perplexity,valid_perplexity/u);
    expect(lines).toHaveLength(1 + 200 + 4 + 100 + 4 + 1);
    expect(lines[1]).toContain(`,${hostile},step,10,`);
    expect(lines[250]).toContain(`,"'=second, ""quoted""",step,`);
  });

  it('offers to train where there is nothing, and says what is wrong', async () => {
    await open({ scenario: { runs: [] } });
    await button('Train PTB Model').click();
    await expect.poll(() => panel.sent('curves/command')).toEqual([{ command: 'trainPtb' }]);
    await panel.close();
    await open({ scenario: { runs: [], refusal: 'no folder' } });
    await panel.page.getByText('The runs cannot be listed: no folder').waitFor();
    await panel.close();
    await open({ scenario: { runs: [{ state: 'failed', problem: 'line 3 is damaged' }] } });
    await panel.page.locator('.legend', { hasText: 'line 3 is damaged' }).waitFor();
    await button('Open Log').click();
    expect(await panel.sent('curves/command')).toEqual([{ command: 'showLog', key: keyOf(0) }]);
  });

  it('finds one of 500 runs, and shows 30 at most', async () => {
    const runs = Array.from({ length: 500 }, (_, index) => ({ points: 5, epochs: 1, name: `run ${index}` }));
    await open({ scenario: { runs, shown: runs.map((_, index) => index) } });
    await says('run 0: ');
    expect(await panel.page.locator('.legend-row').count()).toBe(30);
    await panel.page.getByText(/^Runs \(/).click();
    await panel.page.getByText('At most 30 runs are shown at once.').waitFor();
    await button('Show none').click();
    await panel.page.locator('.picker vscode-text-field').locator('input').fill('run 321');
    await panel.page.locator('.picker-list vscode-checkbox').click();
    await says('run 321: ');
  });

  it('follows the theme, fits 300 pixels, and can be reached by Tab', async () => {
    await open({ scenario: two, size: { width: 300, height: 700 } });
    await says('at step 2,000');
    const pixel = `document.querySelector('canvas').toDataURL()`;
    const dark = await panel.page.evaluate(pixel);
    await panel.setTheme('light');
    await expect.poll(() => panel.page.evaluate(pixel)).not.toBe(dark);
    expect(await panel.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(300);
    await panel.page.getByRole('button', { name: 'View', exact: true }).click();
    expect(await panel.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(300);
    await panel.page.evaluate('document.activeElement.blur()');
    const reached = new Set<string>();
    for (let turn = 0; turn < 30; turn += 1) {
      await panel.page.keyboard.press('Tab');
      reached.add(
        await panel.page.evaluate<string>(
          `(({ activeElement: at }) => at.getAttribute('aria-label') ?? at.id ?? at.textContent)(document)`,
        ),
      );
    }
    for (const name of ['Follow newest run', 'Horizontal axis', 'smoothing', 'Zoom in', `Draw ${hostile}`])
      expect([...reached]).toContain(name);
    expect([...reached].some((name) => name.startsWith('Training and validation perplexity'))).toBe(true);
  });
});

function never(): never {
  throw new Error('the plot is not there');
}
