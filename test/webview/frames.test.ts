import { describe, expect, it } from 'vitest';

import { bundles, haveBrowser, openBrowser, openPanel } from './panel.ts';

/**
 * How long frames take with 20 runs of 50,000 points, in Chromium without a graphics card: run by hand,
 * `FRAMES=1 npx vitest run test/webview/frames.test.ts`.
 */
const actions: Record<string, string> = {
  move: `plot.dispatchEvent(new KeyboardEvent('keydown', { key: turn % 20 < 10 ? 'ArrowRight' : 'ArrowLeft', shiftKey: true, bubbles: true }))`,
  zoom: `plot.dispatchEvent(new KeyboardEvent('keydown', { key: turn % 4 < 2 ? '+' : '-', bubbles: true }))`,
  hover: `over.dispatchEvent(new MouseEvent('mousemove', { clientX: box.left + 20 + turn * 9, clientY: box.top + 50, bubbles: true }))`,
  highlight: `document.querySelectorAll('.legend-row')[turn % 20].dispatchEvent(new MouseEvent('mouseenter'))`,
  smoothing: `(slider.value = String(0.3 + (turn % 40) / 100), slider.dispatchEvent(new Event('input')))`,
};

/** Of each frame: how long the page's own work took, and the time from frame to frame with all drawing. */
const measure = (action: string): string => `(async () => {
  const plot = document.querySelector('.plot'), over = document.querySelector('.u-over');
  const box = over.getBoundingClientRect(), slider = document.querySelector('#smoothing');
  const work = [], interval = [];
  let last = await new Promise(requestAnimationFrame);
  for (let turn = 0; turn < 60; turn += 1) {
    let began = 0;
    requestAnimationFrame(() => { began = performance.now(); });
    const at = performance.now();
    ${action};
    const handled = performance.now() - at;
    const now = await new Promise((done) => requestAnimationFrame((time) => setTimeout(() => done(time))));
    work.push(handled + performance.now() - began);
    interval.push(now - last);
    last = now;
  }
  const of = (values, part) => Number(values.toSorted((a, b) => a - b)[Math.floor(values.length * part)].toFixed(1));
  return { workMedian: of(work, 0.5), work95: of(work, 0.95), intervalMedian: of(interval, 0.5), interval95: of(interval, 0.95) };
})()`;

describe.skipIf(process.env['FRAMES'] === undefined || !haveBrowser)('frames', () => {
  it('are measured', { timeout: 300_000 }, async () => {
    const runs = Array.from({ length: 20 }, (_, index) => ({ points: 50_000, epochs: 13, name: `run ${index}` }));
    const browser = await openBrowser();
    const scenario = { runs, shown: runs.map((_, index) => index) };
    const panel = await openPanel(browser, await bundles(), { scenario });
    const { page } = panel;
    await page.waitForFunction(
      `document.querySelectorAll('.waiting:not([hidden])').length === 0 && document.querySelector('.u-over')`,
    );
    await page.waitForTimeout(1500);
    for (const [name, action] of Object.entries(actions)) {
      if (name === 'move') await page.evaluate(measure(actions['zoom'] ?? '').replace('turn < 60', 'turn < 2'));
      console.log(name, await page.evaluate(measure(action)));
    }
    await page.evaluate(
      `document.querySelector('.plot').dispatchEvent(new KeyboardEvent('keydown', { key: '0', bubbles: true }))`,
    );
    await page.waitForTimeout(300);
    for (let more = 0; more < 5; more += 1) await panel.host('points', more, 50_000, 3);
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    const taken = async (): Promise<Record<string, number>> => {
      const { metrics } = await session.send('Performance.getMetrics');
      return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
    };
    const before = await taken();
    await page.waitForTimeout(3000);
    const after = await taken();
    console.log('idle seconds of work in 3 s', (after['TaskDuration'] ?? 0) - (before['TaskDuration'] ?? 0));
    await session.send('HeapProfiler.enable');
    await session.send('HeapProfiler.collectGarbage');
    console.log(
      'memory',
      await page.evaluate(`({ heap: performance.memory.usedJSHeapSize / 2 ** 20 })`),
      await taken(),
    );
    expect(true).toBe(true);
    await browser.close();
  });
});
