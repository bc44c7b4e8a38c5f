import { expect } from 'vitest';

export interface Closeness {
  /** The largest allowed difference, as a share of the largest expected magnitude. */
  tolerance: number;
  /** Magnitudes below this count as this, so that a tensor of zeros is compared absolutely. */
  floor?: number;
  what?: string;
}

/**
 * The largest |actual − expected| as a share of the largest |expected|; NaN where either holds a number that is not
 * finite, so that no comparison with it succeeds.
 */
export function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>, floor = 1e-3): number {
  let largest = floor;
  let difference = 0;
  for (let index = 0; index < expected.length; index++) {
    const [a, e] = [actual[index] ?? NaN, expected[index] ?? NaN];
    if (!Number.isFinite(a) || !Number.isFinite(e)) return NaN;
    largest = Math.max(largest, Math.abs(e));
    difference = Math.max(difference, Math.abs(a - e));
  }
  return difference / largest;
}

/**
 * The one comparison of numbers in these tests: fails on another length, and on NaN or infinity on either side.
 * @returns the relative difference, for those who collect the largest
 */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, options: Closeness): number {
  const { tolerance, floor, what = 'numbers' } = options;
  expect(actual.length, `${what}: how many`).toBe(expected.length);
  const difference = relativeDifference(actual, expected, floor);
  // NaN is not "at most" anything.
  const isClose = difference <= tolerance;
  expect(isClose, `${what}: differ by ${difference} of the largest; allowed is ${tolerance}`).toBe(true);
  return difference;
}

/** Keeps the largest difference seen under each heading; SHOW_DIFFERENCES=1 prints them. */
export class Largest {
  private readonly seen = new Map<string, number>();

  note(heading: string, difference: number): void {
    this.seen.set(heading, Math.max(difference, this.seen.get(heading) ?? 0));
  }

  print(title: string): void {
    if (process.env['SHOW_DIFFERENCES'] === undefined) return;
    const lines = [...this.seen].map(([heading, value]) => `  ${heading}: ${value.toExponential(2)}`);
    console.log(`${title}\n${lines.join('\n')}`);
  }
}
