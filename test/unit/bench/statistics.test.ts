import { describe, expect, it } from 'vitest';
import { median, percentile } from '../../../src/util/percentile.ts';
import { speedRatio } from '../../bench/statistics.ts';

describe('the figures of many rounds', () => {
  it('takes the middle value, or the mean of the two in the middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  it('takes percentiles in a straight line between values, whatever their order', () => {
    const values = [10, 8, 6, 4, 2, 0, 1, 3, 5, 7, 9];
    expect(percentile(values, 0.1)).toBe(1);
    expect(percentile(values, 0.9)).toBe(9);
    expect(percentile([0, 1], 0.25)).toBe(0.25);
    expect(percentile([5], 0.9)).toBe(5);
  });

  it('says how many times as fast ours is, with its range over the rounds', () => {
    const ours = { medianMilliseconds: 50, roundMilliseconds: [50, 40, 50] };
    const theirs = { medianMilliseconds: 100, roundMilliseconds: [100, 100, 50] };
    const { ratio, low, high } = speedRatio(ours, theirs);
    expect(ratio).toBe(2);
    // Of the rounds' ratios 2, 2.5 and 1.
    expect(low).toBeCloseTo(1.2);
    expect(high).toBeCloseTo(2.4);
  });
});
