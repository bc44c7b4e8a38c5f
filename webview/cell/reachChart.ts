import { html, ifDefined, nothing, svg } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import { chartMargin as margin, decades, stepAt } from './reachScale.ts';
import type { ChartSize } from './reachScale.ts';

/** A line of the chart: how much of the gradient reaches each step. */
export interface ReachLine {
  readonly name: string;
  readonly colour: string;
  readonly dash: string | undefined;
  readonly marker: Marker;
  readonly values: readonly number[];
}

export type Marker = keyof typeof markerPaths;

const markerPaths = {
  circle: (x: number, y: number) => `M${x - 3.5} ${y}a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0Z`,
  square: (x: number, y: number) => `M${x - 3} ${y - 3}h6v6h-6Z`,
  triangle: (x: number, y: number) => `M${x} ${y - 4}l4 7h-8Z`,
  inverted: (x: number, y: number) => `M${x} ${y + 4}l4 -7h-8Z`,
  plus: (x: number, y: number) => `M${x - 4} ${y}h8M${x} ${y - 4}v8`,
  cross: (x: number, y: number) => `M${x - 3} ${y - 3}l6 6M${x + 3} ${y - 3}l-6 6`,
  bar: (x: number, y: number) => `M${x - 1.5} ${y - 4}h3v8h-3Z`,
  diamond: (x: number, y: number) => `M${x} ${y - 4.5}l4.5 4.5l-4.5 4.5l-4.5 -4.5Z`,
};

interface Axes {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly x: (step: number) => number;
  readonly y: (value: number) => number;
}

/** The chart's picture: steps to the right, parts of the last step's gradient up, on a logarithmic scale. */
export function reachPicture(lines: readonly ReachLine[], size: ChartSize, cursor: number | null): TemplateResult {
  const count = lines[0]?.values.length ?? 0;
  const { from, to } = decades(lines);
  const y = (value: number): number => {
    const log = value > 0 ? Math.max(from, Math.min(to, Math.log10(value))) : from;
    return margin.top + ((to - log) / (to - from)) * (size.height - margin.top - margin.bottom);
  };
  const axes = { from, to, count, x: (step: number) => stepAt(step, count, size), y };
  const atCursor = (step: number): string => `M${axes.x(step)} ${margin.top}V${size.height - margin.bottom}`;
  return svg`${grid(axes, size)}
    ${cursor === null ? nothing : svg`<path class="cursor" d=${atCursor(cursor)} />`}
    ${lines.map((line) => linePicture(line, axes))}`;
}

function grid({ from, to, count, x, y }: Axes, { width, height }: ChartSize): TemplateResult[] {
  const label = (words: string, at: { x: number; y: number }, anchor: string): TemplateResult =>
    svg`<text x=${at.x} y=${at.y} class=${`small muted ${anchor}`}>${words}</text>`;
  const every = Math.ceil((to - from) / 5);
  const rows = Array.from({ length: to - from + 1 }, (_, index) => to - index).filter(
    (power) => (to - power) % every === 0,
  );
  const stepEvery = [1, 2, 5, 10, 20, 50].find((each) => (width - margin.left) / (count / each) >= 34) ?? 100;
  const steps = Array.from({ length: count }, (_, step) => step).filter(
    (step) => step === 0 || (step + 1) % stepEvery === 0,
  );
  // The first label gives way to one that comes too close.
  const marked = steps.filter((step) => step === 0 || x(step) - x(0) >= 24);
  return [
    ...rows.flatMap((power) => [
      svg`<path class="grid" d=${`M${margin.left} ${y(10 ** power)}H${width - margin.right}`} />`,
      label(describePower(power), { x: margin.left - 6, y: y(10 ** power) + 4 }, 'end'),
    ]),
    ...marked.map((step) => label(String(step + 1), { x: x(step), y: height - margin.bottom + 16 }, 'middle')),
    label('step', { x: (margin.left + width - margin.right) / 2, y: height - 4 }, 'middle'),
  ];
}

function describePower(power: number): string {
  if (power >= -2 && power <= 2) return String(10 ** power);
  return `1e${power < 0 ? '−' : ''}${Math.abs(power)}`;
}

function linePicture({ colour, dash, marker, values }: ReachLine, { from, x, y }: Axes): TemplateResult[] {
  if (!values.every((value) => Number.isFinite(value))) return [];
  // What lies below the axis is not drawn: a line along the bottom would say that it falls no further.
  const low = values.findLastIndex((value) => value < 10 ** from);
  const points = values.map((value, step) => ({ x: x(step), y: y(value) })).slice(Math.max(0, low));
  const d = points
    .map((point, index) => `${index === 0 ? 'M' : 'L'}${point.x.toFixed(1)} ${point.y.toFixed(1)}`)
    .join('');
  const every = Math.ceil(values.length / 12);
  const markers = points
    .filter((_, index) => (points.length - 1 - index) % every === 0)
    .map((point) => markerAt(marker, point, colour));
  return [svg`<path d=${d} class="line" stroke=${colour} stroke-dasharray=${ifDefined(dash)} />`, ...markers];
}

function markerAt(marker: Marker, { x, y }: { x: number; y: number }, colour: string): TemplateResult {
  return svg`<path d=${markerPaths[marker](x, y)} class="marker" stroke=${colour} />`;
}

/** The names of the lines, each with a sample. */
export function reachLegend(lines: readonly ReachLine[]): TemplateResult {
  const samples = lines.map(
    ({ name, colour, dash, marker }) =>
      html`<li>
        <svg width="28" height="12" viewBox="0 0 28 12" aria-hidden="true">
          <path d="M0 6H28" class="sample" stroke=${colour} stroke-dasharray=${ifDefined(dash)} />
          ${markerAt(marker, { x: 14, y: 6 }, colour)}</svg
        >${name}
      </li>`,
  );
  return html`<ul class="reach-legend" aria-label="Lines of the chart">
    ${samples}
  </ul>`;
}
