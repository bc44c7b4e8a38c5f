import { describe, expect, it } from 'vitest';

import { PrefixCache, prefixKeys } from '../../../src/inference/prefixes.ts';

const states = (numbers: number, value = 0): Float32Array[] => [new Float32Array(numbers).fill(value)];

describe('the states of recent prefixes', () => {
  it('gives prefixes that differ keys that differ, and equal ones the same', () => {
    const seen = new Set<number>();
    // Every text of up to four of six words.
    const grow = (ids: readonly number[]): void => {
      if (ids.length > 0) seen.add(prefixKeys(ids).at(-1) ?? NaN);
      if (ids.length < 4) for (let id = 0; id < 6; id++) grow([...ids, id]);
    };
    grow([]);
    expect(seen.size).toBe(6 + 36 + 216 + 1296);
    for (const key of seen) expect(Number.isSafeInteger(key)).toBe(true);
    expect([...prefixKeys([5, 2, 9]).subarray(0, 2)]).toEqual([...prefixKeys([5, 2])]);
    // Order matters, and so does what stands far before.
    expect(prefixKeys([1, 2, 3]).at(-1)).not.toBe(prefixKeys([2, 1, 3]).at(-1));
  });

  it('finds the longest that it has', () => {
    const cache = new PrefixCache();
    const keys = prefixKeys([7, 8, 9, 10]);
    expect(cache.longest(keys)).toEqual({ length: 0, states: undefined });
    cache.set(keys[0] ?? 0, states(2, 1));
    cache.set(keys[2] ?? 0, states(2, 3));
    expect(cache.longest(keys)).toEqual({ length: 3, states: states(2, 3) });
    expect(cache.longest(prefixKeys([7, 8, 4]))).toEqual({ length: 1, states: states(2, 1) });
    expect(cache.longest(prefixKeys([8, 9])).length).toBe(0);
  });

  it('forgets what was used longest ago when it has grown large', () => {
    const cache = new PrefixCache();
    // Eight MiB each: the seventh is one too many.
    const keyOf = (id: number): Float64Array => prefixKeys([id]);
    for (let id = 0; id < 6; id++) cache.set(keyOf(id)[0] ?? 0, states(2 ** 21));
    expect(cache.longest(keyOf(0)).length).toBe(1);
    cache.set(keyOf(6)[0] ?? 0, states(2 ** 21));
    expect(cache.longest(keyOf(1)).length).toBe(0);
    for (const id of [0, 2, 3, 4, 5, 6]) expect(cache.longest(keyOf(id)).length).toBe(1);
  });
});
