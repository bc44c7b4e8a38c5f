import uPlot from 'uplot';

import { element, setText } from '../shared/dom.ts';
import type { Plot } from './drawing.ts';
import { drawScene } from './drawing.ts';
import type { Scene } from './scene.ts';
import { axisTicks, axisWords, linearTicks, logTicks, tickWords } from './ticks.ts';
import type { Range } from './viewport.ts';
import { logarithmic } from './viewport.ts';
import { chartTitles } from './words.ts';
import type { ChartId } from './state.ts';

/** What a user does in a chart. */
export interface ChartActions {
  /** The pointer is at this part of the plot's width, or has left. */
  readonly hover: (chart: ChartId, part: number | null) => void;
  /** A part of the plot was dragged over: ranges on the axes, undefined where the whole axis was. */
  readonly select: (chart: ChartId, x: Range | undefined, y: Range | undefined) => void;
  readonly reset: () => void;
  /** The view is dragged by a part of the plot's width. */
  readonly move: (part: number) => void;
  /** The wheel was turned with Ctrl: a factor about a part of the width. */
  readonly zoom: (factor: number, part: number) => void;
  readonly key: (chart: ChartId, event: KeyboardEvent) => void;
}

/** Widths in CSS pixels that all charts share, so that their x axes lie under each other. */
export const yAxisWidth = 52;
const rightPadding = 12;
const topPadding = 6;

/** The width of the plot in a chart of the given width, in CSS pixels. */
export function plotWidth(width: number): number {
  return Math.max(20, width - yAxisWidth - rightPadding);
}

/**
 * A chart. uPlot draws the axes and the grid and follows the pointer; the lines are drawn on its canvas from the scene:
 * uPlot's own series share one column of x, while each run has its own, and are reduced anew for every chart.
 */
export class Chart {
  readonly element: HTMLElement;
  readonly #holder: HTMLElement;
  readonly #head: HTMLElement;
  readonly #references = element('p', { class: 'chart-key' });
  readonly #actions: ChartActions;
  #plot: uPlot | undefined;
  #scene: Scene | undefined;
  #font = '';

  constructor(
    readonly id: ChartId,
    actions: ChartActions,
  ) {
    this.#actions = actions;
    this.#holder = element('div', {
      class: 'plot',
      role: 'img',
      tabindex: 0,
      'aria-describedby': 'chart-keys',
      'data-chart': id,
    });
    const key =
      id === 'perplexity' ? [element('p', { class: 'chart-key' }, '── train    ·○· validation'), this.#references] : [];
    this.#head = element('div', { class: 'chart-head' }, element('h2', {}, chartTitles[id]), ...key);
    this.element = element('section', { class: 'chart', 'aria-label': chartTitles[id] }, this.#head, this.#holder);
    this.#holder.addEventListener('keydown', (event) => actions.key(id, event));
    this.#holder.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
  }

  /** The canvas with all that is drawn. */
  get canvas(): HTMLCanvasElement | undefined {
    return this.#plot?.ctx.canvas;
  }

  /** Where the plot is in the window, CSS pixels. */
  get place(): DOMRect {
    return (this.#plot?.over ?? this.#holder).getBoundingClientRect();
  }

  /** What the dashed lines are, in the heading. */
  set references(words: readonly string[]) {
    setText(this.#references, words.map((source) => `╌╌ ${source}`).join('    '));
  }

  /** The height of all but the plot and its axes, CSS pixels. */
  get headHeight(): number {
    return this.#head.offsetHeight;
  }

  set summary(words: string) {
    if (this.#holder.getAttribute('aria-label') !== words) this.#holder.setAttribute('aria-label', words);
  }

  /** Draws a scene. @param size of the whole chart without its heading, CSS pixels */
  draw(scene: Scene, size: { width: number; height: number }): void {
    const { x, y, theme } = scene;
    this.#scene = scene;
    const font = `${theme.fontSize - 2}px ${theme.fontFamily}`;
    if (this.#plot === undefined || font !== this.#font) {
      this.#plot?.destroy();
      this.#font = font;
      this.#plot = new uPlot(
        this.#options(size),
        [
          [0, 1],
          [null, null],
        ],
        this.#holder,
      );
    }
    const plot = this.#plot;
    if (plot.width !== size.width || plot.height !== size.height) plot.setSize(size);
    plot.batch(() => {
      plot.setScale('x', { min: x[0], max: x[1] });
      plot.setScale('y', { min: y[0], max: y[1] });
      plot.redraw(false, true);
    });
  }

  /** Shows the vertical line at a part of the plot's width, or none. */
  setCursor(part: number | null): void {
    const plot = this.#plot;
    if (plot === undefined) return;
    const left = part === null ? -10 : part * plot.over.clientWidth;
    plot.setCursor({ left, top: part === null ? -10 : 0 }, false);
  }

  #options({ width, height }: { width: number; height: number }): uPlot.Options {
    const colour = (of: 'muted' | 'grid') => (): string => this.#scene?.theme[of] ?? '';
    const shared = { font: this.#font, stroke: colour('muted'), labelFont: this.#font };
    const lines = { stroke: colour('grid'), width: 1 };
    return {
      width,
      height,
      padding: [topPadding, rightPadding, 0, 0],
      legend: { show: false },
      scales: { x: { time: false }, y: { auto: false, range: [0, 1] } },
      series: [{}, { scale: 'y', points: { show: false } }],
      cursor: {
        points: { show: false },
        y: false,
        drag: { x: true, y: true, uni: 24, dist: 4, setScale: false },
        bind: {
          dblclick: () => () => {
            this.#actions.reset();
            return null;
          },
          mousedown: (_plot, _target, handler) => (event) => (event.shiftKey ? this.#startMove(event) : handler(event)),
        },
      },
      axes: [
        {
          ...shared,
          grid: lines,
          ticks: { ...lines, size: 4 },
          gap: 4,
          size: () => (this.#scene?.axisWords ? 24 : 4),
          splits: (_plot, _axis, from, to) => this.#xTicks([from, to]),
          values: (_plot, ticks) => this.#xWords(ticks),
        },
        {
          ...shared,
          scale: 'y',
          grid: lines,
          ticks: { ...lines, size: 4 },
          gap: 4,
          size: yAxisWidth,
          splits: (_plot, _axis, from, to) => this.#yTicks([from, to]),
          values: (_plot, ticks) => this.#yWords(ticks),
        },
      ],
      hooks: {
        draw: [(plot) => this.#drawLines(plot)],
        setCursor: [(plot) => this.#hovered(plot)],
        setSelect: [(plot) => this.#selected(plot)],
      },
    };
  }

  #xTicks(range: Range): number[] {
    const width = this.#plot?.over.clientWidth ?? 400;
    const axis = this.#scene?.axis ?? 'step';
    // Times have longer words.
    const room = axis === 'seconds' ? 85 : 64;
    return axisTicks(axis, range, Math.max(2, Math.floor(width / room)));
  }

  #xWords(ticks: readonly number[]): string[] {
    const { axis, axisWords: shown } = this.#scene ?? { axis: 'step' as const, axisWords: false };
    return shown ? axisWords(axis, ticks) : ticks.map(() => '');
  }

  #yTicks([from, to]: Range): number[] {
    const { scale } = this.#scene ?? {};
    const count = Math.max(2, Math.floor((this.#plot?.over.clientHeight ?? 100) / 26));
    if (scale !== logarithmic) return linearTicks([from, to], count);
    return logTicks([scale.from(from), scale.from(to)], count).map((tick) => scale.to(tick));
  }

  #yWords(ticks: readonly number[]): string[] {
    const { scale } = this.#scene ?? {};
    return tickWords(scale === logarithmic ? ticks.map((tick) => Number(scale.from(tick).toPrecision(9))) : ticks);
  }

  #drawLines({ ctx, bbox }: uPlot): void {
    const plot: Plot = { ...bbox, ratio: devicePixelRatio };
    if (this.#scene !== undefined) drawScene(ctx, this.#scene, plot);
  }

  #hovered({ cursor, over }: uPlot): void {
    const left = cursor.left ?? -1;
    this.#actions.hover(this.id, left < 0 ? null : left / over.clientWidth);
  }

  #selected(plot: uPlot): void {
    const { left, top, width, height } = plot.select;
    const { clientWidth, clientHeight } = plot.over;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    const wide = width < clientWidth;
    const high = height < clientHeight;
    const x: Range = [plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')];
    const y: Range = [plot.posToVal(top + height, 'y'), plot.posToVal(top, 'y')];
    this.#actions.select(this.id, wide && width > 0 ? x : undefined, high && height > 0 ? y : undefined);
  }

  /** Shift and drag moves the view. */
  #startMove(event: MouseEvent): null {
    const width = this.#plot?.over.clientWidth ?? 1;
    let last = event.clientX;
    const move = (next: MouseEvent): void => {
      this.#actions.move((last - next.clientX) / width);
      last = next.clientX;
    };
    document.addEventListener('mousemove', move);
    document.addEventListener('mouseup', () => document.removeEventListener('mousemove', move), { once: true });
    return null;
  }

  #wheel(event: WheelEvent): void {
    const { left, width } = this.place;
    if (event.ctrlKey || event.metaKey) {
      this.#actions.zoom(1.002 ** event.deltaY, (event.clientX - left) / width);
      event.preventDefault();
    } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      this.#actions.move((event.deltaX || event.deltaY) / width);
      event.preventDefault();
    }
  }
}
