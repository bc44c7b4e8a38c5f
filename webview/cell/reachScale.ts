/** Where the values of the gradient chart lie. */

/** Less is drawn on the axis: it is nothing, as far as learning is concerned. */
const least = -16;
/** Around the lines, in CSS pixels: room for the labels of the axes. */
export const chartMargin = { left: 52, right: 12, top: 10, bottom: 36 };

export interface ChartSize {
  readonly width: number;
  readonly height: number;
}

/** Where a step lies, in pixels from the left. */
export function stepAt(step: number, count: number, { width }: ChartSize): number {
  return chartMargin.left + (step / Math.max(1, count - 1)) * (width - chartMargin.left - chartMargin.right);
}

/** The step that is nearest to a place, in pixels from the left. */
export function nearestStep(x: number, count: number, { width }: ChartSize): number {
  const part = (x - chartMargin.left) / (width - chartMargin.left - chartMargin.right);
  return Math.max(0, Math.min(count - 1, Math.round(part * (count - 1))));
}

/** Powers of ten from the least value to the greatest, in which the chart ends. */
export function decades(lines: readonly { values: readonly number[] }[]): { from: number; to: number } {
  const logs = lines
    .flatMap(({ values }) => values)
    .filter((value) => value > 0 && Number.isFinite(value))
    .map(Math.log10);
  const low = Math.floor(Math.min(-2, ...logs));
  const high = Math.max(0, Math.ceil(Math.max(0, ...logs) - 1e-9));
  return { from: Math.max(least, low), to: Math.min(16, high) };
}
