import uPlot from 'uplot';

import { element } from '../shared/dom.ts';
import type { Theme } from '../shared/theme.ts';
import { plotWidth, yAxisWidth } from './chart.ts';
import { mark } from './drawing.ts';
import type { FlowLine, FlowScene } from './flowScene.ts';
import { normWords } from './flowScene.ts';
import { linearTicks, logTicks } from './ticks.ts';
import { logarithmic } from './viewport.ts';

/** Between two markers of a line, in CSS pixels. */
const markerGap = 44;
/** Left and right of the first and the last distance, so that their markers are whole; as a share of the width. */
const margin = 0.012;

export interface FlowChartActions {
  /** The pointer is nearest to this distance, or has left. */
  readonly hover: (distance: number | null) => void;
  readonly key: (event: KeyboardEvent) => void;
}

/** Norms by distance: uPlot draws axes and grid and follows the pointer, the lines are drawn from the scene. */
export class FlowChart {
  readonly element: HTMLElement;
  readonly #actions: FlowChartActions;
  #plot: uPlot | undefined;
  #scene: FlowScene | undefined;
  #theme: Theme | undefined;
  #font = '';

  constructor(actions: FlowChartActions) {
    this.#actions = actions;
    this.element = element('div', {
      class: 'plot',
      role: 'img',
      tabindex: 0,
      'aria-describedby': 'flow-keys',
      'data-chart': 'gradientFlow',
    });
    this.element.addEventListener('keydown', (event) => actions.key(event));
  }

  get canvas(): HTMLCanvasElement | undefined {
    return this.#plot?.ctx.canvas;
  }

  /** Where a distance is in the window, CSS pixels. */
  placeOf(distance: number): { x: number; y: number } {
    const { left, top } = (this.#plot?.over ?? this.element).getBoundingClientRect();
    return { x: left + (this.#plot?.valToPos(distance, 'x') ?? 0), y: top };
  }

  /** @param size of the whole chart, CSS pixels */
  draw(scene: FlowScene, theme: Theme, size: { width: number; height: number }): void {
    this.#scene = scene;
    this.#theme = theme;
    const font = `${theme.fontSize - 2}px ${theme.fontFamily}`;
    if (this.#plot === undefined || font !== this.#font) {
      this.#plot?.destroy();
      this.#font = font;
      const nothing: uPlot.AlignedData = [
        [0, 1],
        [null, null],
      ];
      this.#plot = new uPlot(this.#options(size), nothing, this.element);
    }
    const plot = this.#plot;
    if (plot.width !== size.width || plot.height !== size.height) plot.setSize(size);
    const { end, y } = scene;
    plot.batch(() => {
      plot.setScale('x', { min: -end * margin, max: end * (1 + margin) });
      plot.setScale('y', { min: y[0], max: y[1] });
      plot.redraw(false, true);
    });
  }

  /** Shows the vertical line at a distance, or none. */
  setCursor(distance: number | null): void {
    const plot = this.#plot;
    if (plot === undefined) return;
    const left = distance === null ? -10 : plot.valToPos(distance, 'x');
    plot.setCursor({ left, top: distance === null ? -10 : 0 }, false);
  }

  #options({ width, height }: { width: number; height: number }): uPlot.Options {
    const colour = (of: 'muted' | 'grid') => (): string => this.#theme?.[of] ?? '';
    const lines = { stroke: colour('grid'), width: 1 };
    const shared = { font: this.#font, stroke: colour('muted'), grid: lines, ticks: { ...lines, size: 4 }, gap: 4 };
    const count = (pixels: number | undefined, room: number): number => Math.max(2, Math.floor((pixels ?? 0) / room));
    return {
      width,
      height,
      padding: [6, width - plotWidth(width) - yAxisWidth, 0, 0],
      legend: { show: false },
      scales: { x: { time: false }, y: { auto: false, range: [0, 1] } },
      series: [{}, { scale: 'y', points: { show: false } }],
      cursor: {
        points: { show: false },
        y: false,
        drag: { x: false, y: false, setScale: false },
        // The line stands where a value is.
        move: (plot, left, top) => [left < 0 ? left : plot.valToPos(this.#nearest(plot, left), 'x'), top],
      },
      axes: [
        {
          ...shared,
          size: 24,
          splits: (plot) => linearTicks([0, this.#scene?.end ?? 1], count(plot.over.clientWidth, 64), 1),
          values: (_plot, ticks) => ticks.map(String),
        },
        {
          ...shared,
          scale: 'y',
          size: yAxisWidth,
          splits: (plot, _axis, from, to) => {
            const ticks = logTicks([10 ** from, 10 ** to], count(plot.over.clientHeight, 26));
            return ticks.map((tick) => logarithmic.to(tick));
          },
          values: (_plot, ticks) => normWords(ticks.map((tick) => Number((10 ** tick).toPrecision(9)))),
        },
      ],
      hooks: {
        draw: [(plot) => this.#drawLines(plot)],
        setCursor: [(plot) => this.#hovered(plot)],
      },
    };
  }

  #hovered(plot: uPlot): void {
    const left = plot.cursor.left ?? -1;
    this.#actions.hover(left < 0 ? null : this.#nearest(plot, left));
  }

  #nearest(plot: uPlot, left: number): number {
    return Math.min(this.#scene?.end ?? 0, Math.max(0, Math.round(plot.posToVal(left, 'x'))));
  }

  #drawLines(plot: uPlot): void {
    const { ctx: context, bbox } = plot;
    const [scene, theme] = [this.#scene, this.#theme];
    if (scene === undefined || theme === undefined) return;
    context.save();
    context.beginPath();
    context.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    context.clip();
    // The highlighted run lies above the others.
    const ordered = [...scene.lines].sort((left, right) => Number(left.highlighted) - Number(right.highlighted));
    for (const line of ordered) drawLine(plot, line, { theme, end: scene.end });
    context.restore();
  }
}

function drawLine(plot: uPlot, line: FlowLine, { theme, end }: { theme: Theme; end: number }): void {
  const { ctx: context } = plot;
  const { values, colour, look } = line;
  const ratio = devicePixelRatio;
  const places = Array.from(values, (value, distance) => ({
    x: plot.valToPos(distance, 'x', true),
    y: plot.valToPos(logarithmic.to(value), 'y', true),
  }));
  context.globalAlpha = line.faded ? (theme.contrastBorder === null ? 0.18 : 0.4) : 1;
  context.strokeStyle = colour;
  context.lineWidth = (line.highlighted ? 2.5 : 1.75) * ratio;
  context.setLineDash(look.dash.map((length) => length * ratio));
  context.beginPath();
  places.forEach(({ x, y }, index) => {
    // What is 0 has no place: the line has a gap there.
    if (y !== y) return;
    if (index > 0 && places[index - 1]?.y === places[index - 1]?.y) context.lineTo(x, y);
    else context.moveTo(x, y);
  });
  context.stroke();
  context.setLineDash([]);
  context.lineWidth = 1.5 * ratio;
  context.fillStyle = look.filled ? colour : theme.background;
  const every = Math.max(1, Math.round((markerGap * (end + 1)) / plot.over.clientWidth));
  // Lines that lie on each other have their markers at other places.
  const first = Math.floor((line.layer.layer * every) / 2) % every;
  places.forEach(({ x, y }, index) => {
    const alone = !(places[index - 1]?.y === places[index - 1]?.y && places[index + 1]?.y === places[index + 1]?.y);
    if (index % every === first || alone) mark(context, look.marker, { x, y, size: 3 * ratio });
  });
}
