import uPlot from 'uplot';

import type { Theme } from '../shared/theme.ts';
import type { Range } from './viewport.ts';

/** Widths in CSS pixels that all charts share, so that their x axes lie under each other. */
const yAxisWidth = 52;
const rightPadding = 12;
const topPadding = 6;

/** The width of the plot in a chart of the given width, in CSS pixels. */
export function plotWidth(width: number): number {
  return Math.max(20, width - yAxisWidth - rightPadding);
}

/** What an axis shows: where its ticks are, and the words at them. */
type Axis = Required<Pick<uPlot.Axis, 'splits' | 'values'>>;

export interface AxesPlotOptions {
  readonly x: Axis & Required<Pick<uPlot.Axis, 'size'>>;
  readonly y: Axis;
  readonly cursor: uPlot.Cursor;
  readonly hooks: uPlot.Hooks.Arrays;
}

/** What is drawn: the ranges of the axes, in positions of their scales, and the size of all in CSS pixels. */
interface Frame {
  readonly x: Range;
  readonly y: Range;
  readonly theme: Theme;
  readonly width: number;
  readonly height: number;
}

/**
 * The axes and the grid of a chart, drawn by uPlot, which follows the pointer, too. The lines are drawn on its canvas by
 * the hook `draw`: uPlot's own series share one column of x, while each run has its own, and are reduced anew for every
 * chart. It lives in an element of a template that has `ref(plot.attach)`, and as long as that element.
 */
export class AxesPlot {
  readonly #options: AxesPlotOptions;
  #element: HTMLElement | undefined;
  #uplot: uPlot | undefined;
  #theme: Theme | undefined;
  #font = '';

  constructor(options: AxesPlotOptions) {
    this.#options = options;
  }

  readonly attach = (element: Element | undefined): void => {
    this.#uplot?.destroy();
    this.#uplot = undefined;
    this.#element = element as HTMLElement | undefined;
  };

  /** Undefined until it has been drawn. */
  get uplot(): uPlot | undefined {
    return this.#uplot;
  }

  /** The canvas with all that is drawn. */
  get canvas(): HTMLCanvasElement | undefined {
    return this.#uplot?.ctx.canvas;
  }

  /** Where the plot is in the window, CSS pixels. */
  get place(): DOMRect {
    return (this.#uplot?.over ?? this.#element)?.getBoundingClientRect() ?? new DOMRect();
  }

  draw({ x, y, theme, width, height }: Frame): void {
    this.#theme = theme;
    const font = `${theme.fontSize - 2}px ${theme.fontFamily}`;
    // uPlot takes a font only when it is made.
    if (font !== this.#font) this.attach(this.#element);
    this.#font = font;
    const plot = (this.#uplot ??= this.#made(width, height));
    if (plot.width !== width || plot.height !== height) plot.setSize({ width, height });
    plot.batch(() => {
      plot.setScale('x', { min: x[0], max: x[1] });
      plot.setScale('y', { min: y[0], max: y[1] });
      plot.redraw(false, true);
    });
  }

  /** Shows the vertical line at so many CSS pixels of the plot's width, or none. */
  setCursor(left: number | null): void {
    this.#uplot?.setCursor({ left: left ?? -10, top: left === null ? -10 : 0 }, false);
  }

  #made(width: number, height: number): uPlot {
    const { x, y, cursor, hooks } = this.#options;
    const colour = (of: 'muted' | 'grid') => (): string => this.#theme?.[of] ?? '';
    const lines = { stroke: colour('grid'), width: 1 };
    const shared = { font: this.#font, stroke: colour('muted'), grid: lines, ticks: { ...lines, size: 4 }, gap: 4 };
    const options: uPlot.Options = {
      width,
      height,
      padding: [topPadding, rightPadding, 0, 0],
      legend: { show: false },
      scales: { x: { time: false }, y: { auto: false, range: [0, 1] } },
      series: [{}, { scale: 'y', points: { show: false } }],
      cursor: { points: { show: false }, y: false, ...cursor },
      axes: [
        { ...shared, ...x },
        { ...shared, ...y, scale: 'y', size: yAxisWidth },
      ],
      hooks,
    };
    const empty: uPlot.AlignedData = [
      [0, 1],
      [null, null],
    ];
    return new uPlot(options, empty, this.#element);
  }
}
