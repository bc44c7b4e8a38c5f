import type { Chart } from './chart.ts';
import { lookOf } from './colours.ts';
import { sample } from './icons.ts';
import type { Model } from './model.ts';
import type { Reading as Readings } from './readout.ts';
import { Readout } from './readout.ts';
import type { Scene } from './scene.ts';
import type { ChartId } from './state.ts';
import { figure } from './ticks.ts';
import type { Reading } from './words.ts';
import { placeWords, readingAt } from './words.ts';

/** What the cursor reads and moves. */
interface CursorOptions {
  readonly model: Model;
  readonly charts: ReadonlyMap<ChartId, Chart>;
  /** What is drawn now. */
  readonly scenes: () => readonly Scene[];
  readonly lightTheme: () => boolean;
  /** Says the values at the keyboard's cursor. */
  readonly announce: (words: string) => void;
}

/** The vertical line through all charts, moved by the pointer or by keys, and the values where it is. */
export class Cursor {
  readonly #options: CursorOptions;
  readonly #readout = new Readout();
  #chart: ChartId | null = null;
  #part: number | null = null;
  #spreading = false;

  constructor(options: CursorOptions) {
    this.#options = options;
  }

  get element(): HTMLElement {
    return this.#readout.element;
  }

  /** Where the line is, as a part of the plots' width. */
  get part(): number | null {
    return this.#part;
  }

  /** The pointer is in a chart or has left it. */
  hover(chart: ChartId, part: number | null): void {
    // Moving the line in the other charts calls back from them.
    if (this.#spreading || (part === null && this.#chart !== chart)) return;
    this.#chart = part === null ? null : chart;
    this.#part = part;
    this.#spread(chart);
    this.refresh();
  }

  /** Moves the line by keys and says the values. @returns whether the key was one of its own */
  key(chart: ChartId, { key, shiftKey, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
    if (shiftKey || ctrlKey || metaKey || altKey) return false;
    const now = this.#part ?? (key === 'ArrowLeft' ? 1 : 0);
    const moves: Record<string, number> = { ArrowLeft: now - 0.02, ArrowRight: now + 0.02, Home: 0, End: 1 };
    const wanted = moves[key];
    if (wanted === undefined) return false;
    this.#chart = chart;
    this.#part = Math.min(1, Math.max(0, wanted));
    this.#spread(null);
    this.refresh();
    this.#announce();
    return true;
  }

  /** Brings the read-out in line with what is drawn now. */
  refresh(): void {
    const found = this.#found();
    if (found === undefined) return this.#readout.hide();
    const { left, width, top } = found.chart.place;
    if (found.rows.length === 0) return this.#readout.hide();
    this.#readout.show(found, { x: left + (this.#part ?? 0) * width, y: top });
  }

  #announce(): void {
    const found = this.#found();
    if (found === undefined) return;
    const values = found.rows.slice(0, 5).map(({ name, values: [value = '', valid] }) => {
      return valid === undefined ? `${name} ${value}` : `${name} ${value}, validation ${valid}`;
    });
    this.#options.announce([found.title, ...values].join(', '));
  }

  #found(): (Readings & { chart: Chart }) | undefined {
    const { model, charts, scenes, lightTheme } = this.#options;
    const scene = scenes().find(({ chart }) => chart === this.#chart);
    const chart = this.#chart === null ? undefined : charts.get(this.#chart);
    if (scene === undefined || chart === undefined || this.#part === null) return undefined;
    const x = scene.x[0] + this.#part * (scene.x[1] - scene.x[0]);
    const rows = model.drawn().flatMap(({ run, data, slot }) => {
      const reading = readingAt(data, scene.chart, scene.axis, x);
      return reading ? [{ sample: sample(lookOf(slot, lightTheme())), name: run.name, values: valuesOf(reading) }] : [];
    });
    const heads = scene.chart === 'perplexity' ? ['train', 'valid.'] : [];
    return { title: placeWords(scene.axis, x), heads, rows, chart };
  }

  #spread(from: ChartId | null): void {
    this.#spreading = true;
    for (const [id, chart] of this.#options.charts) if (id !== from) chart.setCursor(this.#part);
    this.#spreading = false;
  }
}

function valuesOf({ value, valid }: Reading): string[] {
  return valid === undefined ? [figure(value)] : [figure(value), figure(valid)];
}
