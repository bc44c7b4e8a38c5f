import { vector } from '../shared/dom.ts';
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

export type Marker = 'circle' | 'square' | 'triangle' | 'diamond';

/** The chart's picture: steps to the right, parts of the last step's gradient up, on a logarithmic scale. */
export function reachPicture(lines: readonly ReachLine[], size: ChartSize, cursor: number | null): SVGElement[] {
  const count = lines[0]?.values.length ?? 0;
  const { from, to } = decades(lines);
  const y = (value: number): number => {
    const log = value > 0 ? Math.max(from, Math.min(to, Math.log10(value))) : from;
    return margin.top + ((to - log) / (to - from)) * (size.height - margin.top - margin.bottom);
  };
  const x = (step: number): number => stepAt(step, count, size);
  return [
    ...axes({ from, to, count }, size, { x, y }),
    ...(cursor === null
      ? []
      : [vector('path', { class: 'cursor', d: `M${x(cursor)} ${margin.top}V${size.height - margin.bottom}` })]),
    ...lines.flatMap((line) => drawn(line, { x, y, floor: 10 ** from })),
  ];
}

function axes(
  { from, to, count }: { from: number; to: number; count: number },
  { width, height }: ChartSize,
  { x, y }: { x: (step: number) => number; y: (value: number) => number },
): SVGElement[] {
  const label = (words: string, at: { x: number; y: number }, anchor: string): SVGElement =>
    vector('text', { ...at, class: `small muted ${anchor}` }, document.createTextNode(words));
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
      vector('path', { class: 'grid', d: `M${margin.left} ${y(10 ** power)}H${width - margin.right}` }),
      label(powerWords(power), { x: margin.left - 6, y: y(10 ** power) + 4 }, 'end'),
    ]),
    ...marked.map((step) => label(String(step + 1), { x: x(step), y: height - margin.bottom + 16 }, 'middle')),
    label('step', { x: (margin.left + width - margin.right) / 2, y: height - 4 }, 'middle'),
  ];
}

function powerWords(power: number): string {
  if (power >= -2 && power <= 2) return String(10 ** power);
  return `1e${power < 0 ? '−' : ''}${Math.abs(power)}`;
}

function drawn(
  { colour, dash, marker, values }: ReachLine,
  { x, y, floor }: { x: (step: number) => number; y: (value: number) => number; floor: number },
): SVGElement[] {
  if (!values.every((value) => Number.isFinite(value))) return [];
  // What lies below the axis is not drawn: a line along the bottom would say that it falls no further.
  const low = values.findLastIndex((value) => value < floor);
  const points = values.map((value, step) => ({ x: x(step), y: y(value) })).slice(Math.max(0, low));
  const d = points
    .map((point, index) => `${index === 0 ? 'M' : 'L'}${point.x.toFixed(1)} ${point.y.toFixed(1)}`)
    .join('');
  const every = Math.ceil(values.length / 12);
  const markers = points
    .filter((_, index) => (points.length - 1 - index) % every === 0)
    .map((point) => markerAt(marker, point.x, point.y, colour));
  return [vector('path', { d, class: 'line', stroke: colour, 'stroke-dasharray': dash }), ...markers];
}

/** A mark on a line, and in the legend. */
export function markerAt(marker: Marker, x: number, y: number, colour: string): SVGElement {
  const shapes = {
    circle: `M${x - 3.5} ${y}a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0Z`,
    square: `M${x - 3} ${y - 3}h6v6h-6Z`,
    triangle: `M${x} ${y - 4}l4 7h-8Z`,
    diamond: `M${x} ${y - 4.5}l4.5 4.5l-4.5 4.5l-4.5 -4.5Z`,
  } as const;
  return vector('path', { d: shapes[marker], class: 'marker', stroke: colour });
}
