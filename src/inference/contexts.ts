import type { Context } from '../protocol/inference.ts';
import { eachToken } from './corpusScan.ts';
import type { Scan } from './corpusScan.ts';

/** Tokens shown around a span. */
const around = {
  word: { before: 12, after: 8 },
  character: { before: 50, after: 30 },
} as const;
/** Places that are closer are one place: a unit that is on for a whole sentence is not listed word by word. */
const minDistance = 8;

export interface Wording {
  readonly unit: keyof typeof around;
  readonly wordOf: (id: number) => string;
}

/** A place with the words around it. @param position of the span's first token */
export function contextAt(
  { ids }: Pick<Scan, 'ids'>,
  { unit, wordOf }: Wording,
  place: { position: number; length: number; score: number },
): Context {
  const { position, length, score } = place;
  const words = (from: number, to: number): string[] => Array.from(ids.subarray(Math.max(0, from), to), wordOf);
  return {
    before: words(position - around[unit].before, position),
    span: words(position, position + length),
    after: words(position + length, position + length + around[unit].after),
    position,
    score,
  };
}

/**
 * The best places, the best first, none near a better one.
 *
 * @param order compares two places: negative where the first is better
 */
export function bestPlaces(
  count: number,
  { order, most, distance = minDistance }: { order: (a: number, b: number) => number; most: number; distance?: number },
): number[] {
  const taken = new Uint8Array(count);
  const best: number[] = [];
  // Each that is listed keeps out at most those around it: behind so many none is looked at.
  for (const place of firstOf(count, { order, most: most * (2 * distance - 1) })) {
    if (taken[place]) continue;
    best.push(place);
    if (best.length === most) break;
    taken.fill(1, Math.max(0, place - distance + 1), place + distance);
  }
  return best;
}

/** The first places in an order, equal ones as they stand, without the cost of sorting all. */
function firstOf(
  count: number,
  { order, most }: { order: (a: number, b: number) => number; most: number },
): readonly number[] {
  const inOrder = (a: number, b: number): number => order(a, b) || a - b;
  const first: number[] = [];
  let last: number | undefined;
  for (let place = 0; place < count; place++) {
    if (last !== undefined && order(place, last) >= 0) continue;
    first.push(place);
    if (first.length < 2 * most) continue;
    first.sort(inOrder).length = most;
    last = first.at(-1);
  }
  return first.sort(inOrder);
}

export interface Pattern {
  /** Units that must be on, each with its sign. */
  readonly units: readonly { unit: number; sign: 1 | -1 }[];
  readonly threshold: number;
  /** Tokens over which they must be on. */
  readonly length: number;
}

/** How well the spans of a text fit a pattern, by the span's first token. */
export interface Fits {
  /** Of the pattern's units, those that are on at every token of the span. */
  readonly wanted: Uint16Array;
  /** Of all the others, those that are on with one sign at every token of the span. */
  readonly others: Uint16Array;
}

/**
 * Counts what is on over each span: what LSTMVis asks of a corpus (Strobelt et al., 2018), with both signs.
 *
 * @throws the reason of `signal` when it aborts
 */
export async function fitsOf(scan: Scan, pattern: Pattern, signal: AbortSignal | undefined): Promise<Fits> {
  const { ids, units, values } = scan;
  const { threshold, length } = pattern;
  const spans = Math.max(0, ids.length - length + 1);
  const wanted = new Uint16Array(spans);
  const others = new Uint16Array(spans);
  const signs = new Int8Array(units);
  for (const { unit, sign } of pattern.units) signs[unit] = sign;
  // Tokens up to this one at which the unit has been on with the sign of `last`.
  const runs = new Int32Array(units);
  const last = new Int8Array(units);
  await eachToken({ ids, units }, signal, (token) => {
    let [on, beside] = [0, 0];
    for (let unit = 0; unit < units; unit++) {
      const value = values[token * units + unit]!;
      const sign = signs[unit]!;
      // At a threshold of 0 a unit that is 0 is on with either sign.
      const shown =
        sign !== 0 ? (value * sign >= threshold ? sign : 0) : Math.abs(value) >= threshold ? (value < 0 ? -1 : 1) : 0;
      runs[unit] = shown === 0 ? 0 : shown === last[unit] ? runs[unit]! + 1 : 1;
      last[unit] = shown;
      if (runs[unit]! < length) continue;
      if (sign !== 0) on++;
      else beside++;
    }
    const start = token - length + 1;
    if (start < 0) return;
    wanted[start] = on;
    others[start] = beside;
  });
  return { wanted, others };
}
