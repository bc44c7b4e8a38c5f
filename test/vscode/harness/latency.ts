import type { Frame, Page } from 'playwright-core';

import { until } from './wait.ts';

/** Milliseconds: from the key as the browser had it to the change on the page, and to the frame that shows it. */
export interface KeyTime {
  readonly change: number;
  readonly frame: number;
}

/**
 * Types into the page's focus, letter by letter, and waits after each until `selector` has told by its `aria-busy` that it
 * is up to date again.
 *
 * @param frame where the text field and the element are
 */
export async function timesOfKeys(
  page: Page,
  { frame, selector, keys }: { frame: Frame; selector: string; keys: string },
): Promise<KeyTime[]> {
  await frame.evaluate(`(() => {
    globalThis.keyTimes = [];
    let pressed;
    let began;
    document.addEventListener('keydown', (event) => (pressed = event.timeStamp), true);
    document.addEventListener('input', () => (began = pressed), true);
    const watched = document.querySelector(${JSON.stringify(selector)});
    new MutationObserver(() => {
      if (began === undefined || watched.getAttribute('aria-busy') !== 'false') return;
      const from = began;
      const change = performance.now() - from;
      began = undefined;
      requestAnimationFrame(() => setTimeout(() => keyTimes.push({ change, frame: performance.now() - from })));
    }).observe(watched, { attributes: true, attributeFilter: ['aria-busy'] });
  })()`);
  for (let done = 1; done <= keys.length; done++) {
    await page.keyboard.type(keys[done - 1] ?? '');
    await until(async () => (await frame.evaluate<number>('keyTimes.length')) >= done, {
      what: `the answer to key ${done}`,
      every: 5,
    });
  }
  return frame.evaluate<KeyTime[]>('keyTimes');
}

/** @param part 0.5 for the median: the smallest value that so large a part of all do not exceed */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? NaN;
}
