import type uPlot from 'uplot';

import { html, ref } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import type { Theme } from '../shared/theme.ts';
import { AxesPlot } from './axesPlot.ts';
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

/** Norms by distance: its template, and the plot in it. The lines are drawn from the scene. */
export class FlowChart {
  readonly #actions: FlowChartActions;
  readonly #plot: AxesPlot;
  #scene: FlowScene | undefined;
  #theme: Theme | undefined;

  constructor(actions: FlowChartActions) {
    this.#actions = actions;
    const count = (pixels: number, room: number): number => Math.max(2, Math.floor(pixels / room));
    this.#plot = new AxesPlot({
      x: {
        size: 24,
        splits: ({ over }) => linearTicks([0, this.#scene?.end ?? 1], count(over.clientWidth, 64), 1),
        values: (_plot, ticks) => ticks.map(String),
      },
      y: {
        splits: ({ over }, _axis, from, to) => {
          const ticks = logTicks([10 ** from, 10 ** to], count(over.clientHeight, 26));
          return ticks.map((tick) => logarithmic.to(tick));
        },
        values: (_plot, ticks) => normWords(ticks.map((tick) => Number((10 ** tick).toPrecision(9)))),
      },
      cursor: {
        drag: { x: false, y: false, setScale: false },
        // The line stands where a value is.
        move: (plot, left, top) => [left < 0 ? left : plot.valToPos(this.#nearest(plot, left), 'x'), top],
      },
      hooks: {
        draw: [(plot) => this.#drawLines(plot)],
        setCursor: [(plot) => this.#hovered(plot)],
      },
    });
  }

  /** @param summary the chart for those who do not see it */
  render(summary: string): TemplateResult {
    return html`<div
      class="plot"
      role="img"
      tabindex="0"
      aria-label=${summary}
      aria-describedby="flow-keys"
      data-chart="gradientFlow"
      @keydown=${this.#actions.key}
      ${ref(this.#plot.attach)}
    ></div>`;
  }

  get canvas(): HTMLCanvasElement | undefined {
    return this.#plot.canvas;
  }

  /** Where a distance is in the window, CSS pixels. */
  placeOf(distance: number): { x: number; y: number } {
    const { left, top } = this.#plot.place;
    return { x: left + this.#positionOf(distance), y: top };
  }

  /** @param size of the whole chart, CSS pixels */
  draw(scene: FlowScene, theme: Theme, size: { width: number; height: number }): void {
    this.#scene = scene;
    this.#theme = theme;
    this.#plot.draw({ x: [-scene.end * margin, scene.end * (1 + margin)], y: scene.y, theme, ...size });
  }

  /** Shows the vertical line at a distance, or none. */
  setCursor(distance: number | null): void {
    this.#plot.setCursor(distance === null ? null : this.#positionOf(distance));
  }

  #positionOf(distance: number): number {
    return this.#plot.uplot?.valToPos(distance, 'x') ?? 0;
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
