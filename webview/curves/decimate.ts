import type { Range } from './viewport.ts';

/** A run's line in pixels of the plot's width and values: x and value by turns. A value that is NaN is a gap. */
export interface Polyline {
  readonly points: Float32Array;
  /** Numbers used of `points`: twice the points. */
  readonly length: number;
  /** Least and greatest finite value within the range; Infinity and -Infinity where there is none. */
  readonly least: number;
  readonly greatest: number;
}

/** The first index whose x is at least `value`; xs ascend. */
export function firstFrom(xs: Float64Array, value: number): number {
  let low = 0;
  let high = xs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((xs[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The index whose x is nearest, or -1 where there are none. */
export function nearestTo(xs: Float64Array, value: number): number {
  const after = firstFrom(xs, value);
  if (after === 0) return xs.length === 0 ? -1 : 0;
  if (after === xs.length) return after - 1;
  return value - (xs[after - 1] as number) <= (xs[after] as number) - value ? after - 1 : after;
}

/**
 * What of a line can be seen: the points of the range and one beyond each end, so that the line leaves the plot; where
 * there are more than two a pixel column, the least and the greatest of each column in the order that they come. What is
 * drawn is the same as from all points, but for less than a pixel at the columns' joints.
 *
 * @param columns width of the plot in device pixels
 */
export function decimate(xs: Float64Array, ys: Float64Array | Float32Array, range: Range, columns: number): Polyline {
  const from = Math.max(firstFrom(xs, range[0]) - 1, 0);
  const to = Math.min(firstFrom(xs, range[1]) + 1, xs.length);
  const perUnit = columns / (range[1] - range[0]);
  return to - from <= 2 * columns ? exact(xs, ys, from, to, range, perUnit) : reduced(xs, ys, from, to, range, perUnit);
}

function exact(
  xs: Float64Array,
  ys: Float64Array | Float32Array,
  from: number,
  to: number,
  range: Range,
  perUnit: number,
): Polyline {
  const points = new Float32Array(2 * (to - from));
  let least = Infinity;
  let greatest = -Infinity;
  let length = 0;
  for (let index = from; index < to; index += 1) {
    const x = xs[index] as number;
    const y = finiteOrGap(ys[index] as number);
    points[length++] = (x - range[0]) * perUnit;
    points[length++] = y;
    if (x < range[0] || x > range[1]) continue;
    if (y < least) least = y;
    if (y > greatest) greatest = y;
  }
  return { points, length, least, greatest };
}

function reduced(
  xs: Float64Array,
  ys: Float64Array | Float32Array,
  from: number,
  to: number,
  range: Range,
  perUnit: number,
): Polyline {
  const start = range[0];
  const points = new Float32Array(4 * (Math.ceil((range[1] - start) * perUnit) + 4));
  let length = 0;
  let least = Infinity;
  let greatest = -Infinity;
  let index = from;
  while (index < to) {
    const column = Math.floor(((xs[index] as number) - start) * perUnit);
    // One division a column in place of one a point.
    const next = start + (column + 1) / perUnit;
    let low = Infinity;
    let high = -Infinity;
    let lowAt = 0;
    let highAt = 0;
    do {
      const y = ys[index] as number;
      if (y < low && y !== -Infinity) {
        low = y;
        lowAt = index;
      }
      if (y > high && y !== Infinity) {
        high = y;
        highAt = index;
      }
      index += 1;
    } while (index < to && (xs[index] as number) < next);
    if (length + 4 > points.length) break;
    points[length++] = column + 0.5;
    if (low > high) {
      points[length++] = NaN;
      continue;
    }
    points[length++] = lowAt <= highAt ? low : high;
    if (low !== high) {
      points[length++] = column + 0.5;
      points[length++] = lowAt <= highAt ? high : low;
    }
    if (low < least) least = low;
    if (high > greatest) greatest = high;
  }
  return { points, length, least, greatest };
}

function finiteOrGap(value: number): number {
  return Number.isFinite(value) ? value : NaN;
}
