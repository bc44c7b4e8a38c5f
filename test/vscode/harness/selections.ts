import type { Frame, Page } from 'playwright-core';

import { until } from './wait.ts';

/** What is used of a page's globals. */
const now = 'performance.timeOrigin + performance.now()';

/**
 * Selects the lines of the editor that has the focus, one after the other from its second, and waits after each until the
 * panel has drawn another text.
 *
 * @param frame of a panel that follows the selection
 * @param selector whose attribute `data-drawn` changes then
 * @returns milliseconds from the key that selects a line, as the browser had it, to the frame that shows it
 */
export async function timesOfSelections(
  page: Page,
  { frame, selector, count }: { frame: Frame; selector: string; count: number },
): Promise<number[]> {
  await page.evaluate(`addEventListener('keydown', (event) => {
    if (event.key === 'End') globalThis.selectedAt = performance.timeOrigin + event.timeStamp;
  }, true)`);
  await frame.evaluate(`(() => {
    globalThis.drawnAt = [];
    new MutationObserver(() => requestAnimationFrame(() => setTimeout(() => drawnAt.push(${now}))))
      .observe(document.querySelector(${JSON.stringify(selector)}), { attributes: true, attributeFilter: ['data-drawn'] });
  })()`);
  const times: number[] = [];
  await page.keyboard.press('Control+Home');
  for (let line = 0; line < count; line++) {
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Home');
    const before = await frame.evaluate<number>('drawnAt.length');
    await page.keyboard.press('Shift+End');
    await until(async () => (await frame.evaluate<number>('drawnAt.length')) > before, {
      what: `line ${line + 2} to be drawn`,
      every: 5,
    });
    const drawn = await frame.evaluate<number>('drawnAt.at(-1)');
    times.push(drawn - (await page.evaluate<number>('selectedAt')));
  }
  return times;
}
