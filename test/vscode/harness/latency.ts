import type { Frame, Page } from 'playwright-core';

import { until } from './wait.ts';

/** Milliseconds: from the key as the browser had it to the change on the page, and to the frame that shows it. */
export interface KeyTime {
  readonly change: number;
  readonly frame: number;
}

/** What is used of a page's globals: a moment that is the same in every frame of a window. */
const now = 'performance.timeOrigin + performance.now()';

/** What changes when a key has done its work: expressions that are evaluated in the page. */
export interface Change {
  readonly element: string;
  /** Whether it is there: asked at each change of what `options` of a MutationObserver name. */
  readonly when: string;
  readonly options: string;
}

/** Runs in the page: keeps the moment of the last key. */
const listenToKeys = `globalThis.pressed = 0;
  addEventListener('keydown', (event) => (pressed = performance.timeOrigin + event.timeStamp), true);`;

/** Runs in the page: once armed, keeps the moment of the first change that was waited for, and of its frame. */
const listenToChange = ({ element, when, options }: Change): string => `globalThis.changes = [];
  globalThis.armedAt = Infinity;
  new MutationObserver(() => {
    if (armedAt === Infinity || !(${when})) return;
    armedAt = Infinity;
    const change = ${now};
    requestAnimationFrame(() => setTimeout(() => changes.push({ change, frame: ${now} })));
  }).observe(${element}, ${options});`;

/** Where keys go, and where it is seen what they did: two frames where the answer is in a webview. */
export interface Watched {
  readonly page: Page;
  readonly typedIn: Frame;
  readonly seenIn: Frame;
}

/** Times what a key brings about. */
export class KeyTimer {
  private done = 0;

  private constructor(private readonly watched: Watched) {}

  static async start(watched: Watched, change: Change): Promise<KeyTimer> {
    await watched.typedIn.evaluate(listenToKeys);
    await watched.seenIn.evaluate(listenToChange(change));
    return new KeyTimer(watched);
  }

  /** Presses a key and waits for what it brings about. */
  async press(key: string): Promise<KeyTime> {
    const { page, typedIn, seenIn } = this.watched;
    await seenIn.evaluate(`armedAt = ${now}`);
    await page.keyboard.press(key);
    const what = `what key ${++this.done} brings about`;
    await until(async () => (await seenIn.evaluate<number>('changes.length')) >= this.done, { what, every: 5 });
    const { change, frame } = await seenIn.evaluate<KeyTime>('changes.at(-1)');
    const pressed = await typedIn.evaluate<number>('pressed');
    return { change: change - pressed, frame: frame - pressed };
  }
}

/** @param part 0.5 for the median: the smallest value that so large a part of all do not exceed */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? NaN;
}
