/**
 * How long frames of the loss curves panel take with 20 runs of 50,000 points, in Chromium without a graphics card, in
 * milliseconds. What was measured is printed, nothing is asserted: figures of a shared machine say little by themselves.
 *
 *   npx esbuild test/bench/curveFrames.ts --bundle --platform=node --format=esm --packages=external \
 *     --outfile=dist/bench/curveFrames.mjs && node dist/bench/curveFrames.mjs
 */
import type { Page } from 'playwright-core';

import type { Panel } from '../webview/panel.ts';
import { PanelPages } from '../webview/pages.ts';
import { browserPath, bundles, haveBrowser, openBrowser } from '../webview/panel.ts';

const [runCount, points] = [20, 50_000];

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

/** How long frames take while a user does something. */
async function measureActions(page: Page): Promise<void> {
  for (const [name, action] of Object.entries(actions)) {
    // There is nothing to move to until the view is closer.
    if (name === 'move') await page.evaluate(measure(actions['zoom'] ?? '').replace('turn < 60', 'turn < 2'));
    const { workMedian, work95, intervalMedian, interval95 } = await page.evaluate<Record<string, number>>(
      measure(action),
    );
    console.log(
      `${name}: ${workMedian} ms of work (95 %: ${work95}), ${intervalMedian} ms a frame (95 %: ${interval95})`,
    );
  }
  await page.evaluate(
    `document.querySelector('.plot').dispatchEvent(new KeyboardEvent('keydown', { key: '0', bubbles: true }))`,
  );
}

/** What five runs that are trained cost, and a panel that nobody touches; and the memory of it all. */
async function measureRest(panel: Panel): Promise<void> {
  const { page } = panel;
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const taken = async (name: string): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find((metric) => metric.name === name)?.value ?? NaN;
  };
  const workOf = async (during: () => Promise<void>): Promise<string> => {
    const before = await taken('TaskDuration');
    await during();
    return ((await taken('TaskDuration')) - before).toFixed(3);
  };
  const live = async (): Promise<void> => {
    for (let more = 0; more < 5; more += 1) await panel.host('points', more, points, 3);
    await page.waitForTimeout(3000);
  };
  console.log(`new points of 5 runs: ${await workOf(live)} s of work in 3 s`);
  console.log(`idle: ${await workOf(() => page.waitForTimeout(3000))} s of work in 3 s`);
  await session.send('HeapProfiler.enable');
  await session.send('HeapProfiler.collectGarbage');
  console.log(`heap: ${((await taken('JSHeapUsedSize')) / 2 ** 20).toFixed(1)} MiB without the columns of figures`);
}

if (!haveBrowser) throw new Error(`there is no ${browserPath}: CHROMIUM names another browser`);
const runs = Array.from({ length: runCount }, (_, index) => ({ points, epochs: 13, name: `run ${index}` }));
const files = await bundles();
const browser = await openBrowser();
try {
  const panel = await new PanelPages(browser, files).open({ scenario: { runs, shown: runs.map((_, index) => index) } });
  const { page } = panel;
  await page.waitForFunction(
    `document.querySelectorAll('.waiting:not([hidden])').length === 0 && document.querySelector('.u-over')`,
  );
  await page.waitForTimeout(1500);
  await measureActions(page);
  await measureRest(panel);
} finally {
  await browser.close();
}
