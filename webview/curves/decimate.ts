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

/** Which records fall into which pixel column: worked out once for all lines of a run. */
export interface Buckets {
  readonly range: Range;
  /** Pixels of a unit of x. */
  readonly perUnit: number;
  /** The records of the range and one beyond each end, so that a line leaves the plot. */
  readonly from: number;
  readonly to: number;
  /** The first record of each column that has one, and `to` at the end; null where all records are drawn. */
  readonly starts: Int32Array | null;
}

/** @param columns width of the plot in device pixels */
export function bucketsOf(xs: Float64Array, range: Range, columns: number): Buckets {
  const from = Math.max(firstFrom(xs, range[0]) - 1, 0);
  const to = Math.min(firstFrom(xs, range[1]) + 1, xs.length);
  const perUnit = columns / (range[1] - range[0]);
  const shared = { range, perUnit, from, to };
  if (to - from <= 2 * columns) return { ...shared, starts: null };
  const starts = new Int32Array(columns + 4);
  let count = 0;
  for (let index = from; index < to && count < columns + 3;) {
    starts[count++] = index;
    const next = range[0] + (Math.floor(((xs[index] as number) - range[0]) * perUnit) + 1) / perUnit;
    do index += 1;
    while (index < to && (xs[index] as number) < next);
  }
  starts[count++] = to;
  return { ...shared, starts: starts.subarray(0, count) };
}

/**
 * What of a line can be seen: all records where there are few, else the least and the greatest of each column in the
 * order that they come. What is drawn is the same as from all records, but for less than a pixel at the columns' joints.
 */
export function decimate(xs: Float64Array, ys: Float64Array | Float32Array, buckets: Buckets): Polyline {
  return buckets.starts === null ? exact(xs, ys, buckets) : reduced(xs, ys, buckets, buckets.starts);
}

function exact(xs: Float64Array, ys: Float64Array | Float32Array, { range, perUnit, from, to }: Buckets): Polyline {
  const points = new Float32Array(2 * (to - from));
  let least = Infinity;
  let greatest = -Infinity;
  let length = 0;
  for (let index = from; index < to; index += 1) {
    const x = xs[index] as number;
    const y = ys[index] as number;
    const finite = Number.isFinite(y);
    points[length++] = (x - range[0]) * perUnit;
    points[length++] = finite ? y : NaN;
    if (!finite || x < range[0] || x > range[1]) continue;
    if (y < least) least = y;
    if (y > greatest) greatest = y;
  }
  return { points, length, least, greatest };
}

function reduced(
  xs: Float64Array,
  ys: Float64Array | Float32Array,
  { range, perUnit }: Buckets,
  starts: Int32Array,
): Polyline {
  const points = new Float32Array(4 * starts.length);
  let length = 0;
  let least = Infinity;
  let greatest = -Infinity;
  for (let bucket = 0; bucket + 1 < starts.length; bucket += 1) {
    const first = starts[bucket] as number;
    const end = starts[bucket + 1] as number;
    let low = Infinity;
    let high = -Infinity;
    let lowAt = first;
    let highAt = first;
    for (let index = first; index < end; index += 1) {
      const y = ys[index] as number;
      if (y < low && y !== -Infinity) {
        low = y;
        lowAt = index;
      }
      if (y > high && y !== Infinity) {
        high = y;
        highAt = index;
      }
    }
    const x = Math.floor(((xs[first] as number) - range[0]) * perUnit) + 0.5;
    points[length++] = x;
    points[length++] = low > high ? NaN : lowAt <= highAt ? low : high;
    if (low < least) least = low;
    if (high > greatest) greatest = high;
    if (!(low < high)) continue;
    points[length++] = x;
    points[length++] = lowAt <= highAt ? high : low;
  }
  return { points, length, least, greatest };
}
