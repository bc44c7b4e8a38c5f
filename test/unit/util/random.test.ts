import { describe, expect, it } from 'vitest';
import { fillMask, fillUniform, random32, randomKey } from '../../../src/util/random.ts';
import type { RandomKey } from '../../../src/util/random.ts';

/**
 * Pearson's χ² of counts that should be equal, in standard deviations from its mean. The keys are fixed, so each figure
 * is too; 4 is reached by chance once in 30,000.
 */
function excess(counts: ArrayLike<number>): number {
  const values = Array.from(counts);
  const expected = values.reduce((sum, count) => sum + count, 0) / values.length;
  const chiSquare = values.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  const freedom = values.length - 1;
  return (chiSquare - freedom) / Math.sqrt(2 * freedom);
}

const draws = 1 << 16;

/** Counts of `cell(i)` over all draws. */
function histogram(cells: number, cell: (index: number) => number): Uint32Array {
  const counts = new Uint32Array(cells);
  for (let index = 0; index < draws; index++) {
    const place = cell(index);
    counts[place] = (counts[place] ?? 0) + 1;
  }
  return counts;
}

const keys: Record<string, RandomKey> = {
  'weights of seed 1': randomKey(1, 'weights', 0),
  'weights of seed 0': randomKey(0, 'weights', 0),
  'the largest seed': randomKey(0xffff_ffff, 'weights', 3),
  'dropout of a late step': randomKey(7, 'dropout', 2 ** 33 + 5, 2),
};

describe.each(Object.entries(keys))('random numbers of one key (%s)', (_, key) => {
  const at = (index: number) => random32(key, index);

  it.each([0, 8, 16, 24])('are uniform in the byte at bit %i', (shift) => {
    expect(excess(histogram(256, (index) => (at(index) >>> shift) & 255))).toBeLessThan(4);
  });

  it('have no neighbour that tells them: successors, and counters two and 256 apart', () => {
    for (const distance of [1, 2, 256]) {
      const pairs = histogram(256, (index) => ((at(index) >>> 28) << 4) | (at(index + distance) >>> 28));
      expect(excess(pairs)).toBeLessThan(4);
      const low = histogram(256, (index) => ((at(index) & 15) << 4) | (at(index + distance) & 15));
      expect(excess(low)).toBeLessThan(4);
    }
  });

  it('are whole numbers of 32 bits', () => {
    for (let index = 0; index < 1000; index++) {
      const value = at(index);
      expect(Number.isInteger(value) && value >= 0 && value < 2 ** 32).toBe(true);
    }
  });
});

describe('keys', () => {
  const neighbours: Record<string, (index: number) => readonly [RandomKey, RandomKey]> = {
    'steps that follow each other': (n) => [randomKey(1, 'dropout', n, 0), randomKey(1, 'dropout', n + 1, 0)],
    'masks of one step': (n) => [randomKey(1, 'dropout', n, 0), randomKey(1, 'dropout', n, 1)],
    'seeds that follow each other': (n) => [randomKey(n, 'weights', 0), randomKey(n + 1, 'weights', 0)],
    'streams of one seed': (n) => [randomKey(n, 'weights', 0), randomKey(n, 'dropout', 0)],
    'a step and a mask exchanged': (n) => [randomKey(3, 'dropout', n, 1), randomKey(3, 'dropout', 1, n)],
    'steps 2³² apart': (n) => [randomKey(3, 'dropout', n), randomKey(3, 'dropout', n + 2 ** 32)],
  };
  it.each(Object.entries(neighbours))('give independent numbers: %s', (_, pair) => {
    const cells = histogram(256, (index) => {
      const [first, second] = pair(index + 2);
      return ((random32(first, 0) >>> 28) << 4) | (random32(second, 0) >>> 28);
    });
    expect(excess(cells)).toBeLessThan(4);
  });

  it('do not meet: first numbers of 65,536 steps repeat no oftener than chance', () => {
    const first = Array.from({ length: draws }, (_, step) => random32(randomKey(1, 'dropout', step, 0), 0));
    // Of n numbers among 2³² about n² / 2³³ = 0.5 pairs are equal.
    expect(draws - new Set(first).size).toBeLessThanOrEqual(4);
  });

  it('give the same numbers whatever was asked before', () => {
    const key = randomKey(5, 'weights', 2);
    const later = random32(key, 12_345);
    for (let index = 0; index < 100; index++) random32(randomKey(index, 'dropout', index), index);
    expect(random32(randomKey(5, 'weights', 2), 12_345)).toBe(later);
  });

  it('give the numbers of earlier versions: a resumed run depends on them', () => {
    expect([0, 1, 2].map((counter) => random32(randomKey(1, 'weights', 0), counter))).toMatchInlineSnapshot(`
      [
        2984200147,
        2363189107,
        2516232094,
      ]
    `);
    expect([0, 1].map((counter) => random32(randomKey(1, 'dropout', 1000, 2), counter))).toMatchInlineSnapshot(`
      [
        1361263376,
        3044518071,
      ]
    `);
  });
});

describe('fillUniform', () => {
  const scale = 0.05;
  const data = new Float32Array(draws);
  fillUniform(data, scale, randomKey(1, 'weights', 0));

  it('stays inside ± scale, fills it evenly and has no mean', () => {
    expect(data.every((value) => Math.abs(value) <= scale)).toBe(true);
    expect(
      excess(histogram(64, (index) => Math.floor((((data[index] ?? 0) + scale) / (2 * scale)) * 63.9999))),
    ).toBeLessThan(4);
    const mean = data.reduce((sum, value) => sum + value, 0) / draws;
    // Four standard errors of the mean of uniform numbers.
    expect(Math.abs(mean)).toBeLessThan((4 * scale) / Math.sqrt(3 * draws));
  });

  it('starts the same whatever the length', () => {
    const short = new Float32Array(10);
    fillUniform(short, scale, randomKey(1, 'weights', 0));
    expect(short).toEqual(data.slice(0, 10));
  });
});

describe('fillMask', () => {
  it.each([0.5, 0.35, 0.9, 0.001, 1])('keeps a share of %d, as 1 / share', (keep) => {
    const mask = new Float32Array(draws);
    fillMask(mask, keep, randomKey(2, 'dropout', 17, 1));
    expect(new Set(mask)).toEqual(new Set(keep === 1 ? [1] : [0, Math.fround(1 / keep)]));
    const kept = mask.filter((value) => value > 0).length / draws;
    // Four standard deviations, and the 1 / 65,536 that the probability is kept to.
    expect(Math.abs(kept - keep)).toBeLessThanOrEqual(4 * Math.sqrt((keep * (1 - keep)) / draws) + 2 ** -16);
  });

  it('has a mean of 1, so that what is fed on keeps its size', () => {
    const mask = new Float32Array(draws);
    fillMask(mask, 0.5, randomKey(2, 'dropout', 18, 1));
    expect(Math.abs(mask.reduce((sum, value) => sum + value, 0) / draws - 1)).toBeLessThan(4 / Math.sqrt(draws));
  });

  it('drops neighbours independently, also the two that share a random number', () => {
    const mask = new Float32Array(2 * draws + 4);
    fillMask(mask, 0.5, randomKey(2, 'dropout', 19, 0));
    const bit = (index: number) => Number((mask[index] ?? 0) > 0);
    for (const distance of [1, 2, 3]) {
      expect(excess(histogram(4, (index) => 2 * bit(2 * index) + bit(2 * index + distance)))).toBeLessThan(4);
    }
  });

  it('fills an odd length, and is the same for the same key and another for another step', () => {
    const [first, again, other] = [new Float32Array(101), new Float32Array(101), new Float32Array(101)];
    fillMask(first, 0.5, randomKey(2, 'dropout', 20, 0));
    fillMask(again, 0.5, randomKey(2, 'dropout', 20, 0));
    fillMask(other, 0.5, randomKey(2, 'dropout', 21, 0));
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(first).toHaveLength(101);
  });
});
