/** The numbers of a series over a text, [token][unit], as the panel draws and compares them. */
export interface Grid {
  readonly tokens: number;
  readonly units: number;
  readonly values: Float32Array;
}

/** The value of a unit at a token, both from 0; NaN where there is none. */
export function valueAt({ tokens, units, values }: Grid, token: number, unit: number): number {
  if (token < 0 || token >= tokens || unit < 0 || unit >= units) return NaN;
  return values[token * units + unit] ?? NaN;
}

/** A unit's values over the tokens. */
export function unitSeries({ tokens, units, values }: Grid, unit: number): Float32Array {
  return Float32Array.from({ length: tokens }, (_, token) => values[token * units + unit] ?? NaN);
}

/** It is asked for in every frame, of a million numbers. */
const largests = new WeakMap<Float32Array, number>();

/** The largest |value| that is finite; 0 where there is none. */
export function largestIn({ values }: Grid): number {
  const known = largests.get(values);
  if (known !== undefined) return known;
  let largest = 0;
  for (const value of values) {
    const size = Math.abs(value);
    if (size > largest && size !== Infinity) largest = size;
  }
  largests.set(values, largest);
  return largest;
}

/** What `second` has more than `first`; undefined where they are not of the same tokens and units. */
export function difference(first: Grid, second: Grid): Grid | undefined {
  if (first.tokens !== second.tokens || first.units !== second.units) return undefined;
  const values = second.values.map((value, at) => value - (first.values[at] ?? NaN));
  return { tokens: first.tokens, units: first.units, values };
}

/** Tokens next to each other: the first and the last, from 0, both counted. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A unit that is on: above the threshold with this sign. */
export interface OnUnit {
  readonly unit: number;
  readonly sign: 1 | -1;
}

/** Units whose |value| is at or above the threshold with the same sign at every token of the span. */
export function unitsOn({ units, values, tokens }: Grid, span: Span, threshold: number): OnUnit[] {
  const found: OnUnit[] = [];
  const to = Math.min(span.to, tokens - 1);
  if (span.from > to) return found;
  for (let unit = 0; unit < units; unit += 1) {
    let low = Infinity;
    let high = -Infinity;
    for (let token = span.from; token <= to; token += 1) {
      const value = values[token * units + unit] as number;
      // A NaN leaves neither bound beyond the threshold.
      low = value >= low ? low : value;
      high = value <= high ? high : value;
    }
    if (low >= threshold && low > 0) found.push({ unit, sign: 1 });
    else if (high <= -threshold && high < 0) found.push({ unit, sign: -1 });
  }
  return found;
}
