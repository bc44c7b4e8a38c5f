import type uPlot from 'uplot';

import { html, ref } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import { AxesPlot } from './axesPlot.ts';
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

/** A chart of a figure over training: its template, and the plot in it. The lines are drawn from the scene. */
export class Chart {
  readonly #actions: ChartActions;
  readonly #plot: AxesPlot;
  #scene: Scene | undefined;

  constructor(
    readonly id: ChartId,
    actions: ChartActions,
  ) {
    this.#actions = actions;
    this.#plot = new AxesPlot({
      x: {
        size: () => (this.#scene?.axisWords ? 24 : 4),
        splits: ({ over }, _axis, from, to) => this.#xTicks([from, to], over.clientWidth),
        values: (_plot, ticks) => this.#xWords(ticks),
      },
      y: {
        splits: ({ over }, _axis, from, to) => this.#yTicks([from, to], over.clientHeight),
        values: (_plot, ticks) => this.#yWords(ticks),
      },
      cursor: {
        drag: { x: true, y: true, uni: 24, dist: 4, setScale: false },
        bind: {
          dblclick: () => () => {
            this.#actions.reset();
            return null;
          },
          mousedown: (_plot, _target, handler) => (event) => (event.shiftKey ? this.#startMove(event) : handler(event)),
        },
      },
      hooks: {
        draw: [(plot) => this.#drawLines(plot)],
        setCursor: [(plot) => this.#hovered(plot)],
        setSelect: [(plot) => this.#selected(plot)],
      },
    });
  }

  /**
   * @param summary the chart for those who do not see it
   * @param references what the dashed lines are
   */
  render(summary: string, references: readonly string[]): TemplateResult {
    const title = chartTitles[this.id];
    const keys = this.id === 'perplexity' ? ['── train    ·○· validation'] : [];
    if (references.length > 0) keys.push(references.map((source) => `╌╌ ${source}`).join('    '));
    return html`<section class="chart" aria-label=${title}>
      <div class="chart-head">
        <h2>${title}</h2>
        ${keys.map((words) => html`<p class="chart-key">${words}</p>`)}
      </div>
      <div
        class="plot"
        role="img"
        tabindex="0"
        aria-label=${summary}
        aria-describedby="chart-keys"
        data-chart=${this.id}
        @keydown=${(event: KeyboardEvent) => this.#actions.key(this.id, event)}
        @wheel=${(event: WheelEvent) => this.#wheel(event)}
        ${ref(this.#plot.attach)}
      ></div>
    </section>`;
  }

  get canvas(): HTMLCanvasElement | undefined {
    return this.#plot.canvas;
  }

  /** Where the plot is in the window, CSS pixels. */
  get place(): DOMRect {
    return this.#plot.place;
  }

  /** Draws a scene. @param size of the whole chart without its heading, CSS pixels */
  draw(scene: Scene, size: { width: number; height: number }): void {
    this.#scene = scene;
    const { x, y, theme } = scene;
    this.#plot.draw({ x, y, theme, ...size });
  }

  /** Shows the vertical line at a part of the plot's width, or none. */
  setCursor(part: number | null): void {
    this.#plot.setCursor(part === null ? null : part * this.place.width);
  }

  #xTicks(range: Range, width: number): number[] {
    const axis = this.#scene?.axis ?? 'step';
    // Times have longer words.
    const room = axis === 'seconds' ? 85 : 64;
    return axisTicks(axis, range, Math.max(2, Math.floor(width / room)));
  }

  #xWords(ticks: readonly number[]): string[] {
    const { axis, axisWords: shown } = this.#scene ?? { axis: 'step' as const, axisWords: false };
    return shown ? axisWords(axis, ticks) : ticks.map(() => '');
  }

  #yTicks([from, to]: Range, height: number): number[] {
    const { scale } = this.#scene ?? {};
    const count = Math.max(2, Math.floor(height / 26));
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
    const { width } = this.place;
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
