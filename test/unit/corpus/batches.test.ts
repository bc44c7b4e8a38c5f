import { describe, expect, it } from 'vitest';
import { BatchStream } from '../../../src/corpus/batches.ts';
import { ConfigurationError } from '../../../src/util/errors.ts';

const numbers = (length: number): Int32Array => Int32Array.from({ length }, (_, index) => index);

describe('BatchStream', () => {
  it('lays rows side by side, time first', () => {
    // 17 tokens in 2 rows of 8: 0..7 and 8..15; 16 is left out. (8 - 1) / 3 gives 2 windows; 6 and 14 are only targets.
    const stream = new BatchStream(numbers(17), 2, 3);
    expect([stream.windows, stream.tokens]).toEqual([2, 12]);
    const inputs = new Int32Array(6);
    const targets = new Int32Array(6);
    stream.window(0, inputs, targets);
    expect([...inputs]).toEqual([0, 8, 1, 9, 2, 10]);
    expect([...targets]).toEqual([1, 9, 2, 10, 3, 11]);
    stream.window(1, inputs, targets);
    expect([...inputs]).toEqual([3, 11, 4, 12, 5, 13]);
    expect([...targets]).toEqual([4, 12, 5, 13, 6, 14]);
  });

  it('predicts all but the first token at batch 1 × step 1', () => {
    const stream = new BatchStream(Uint16Array.from([5, 6, 7]), 1, 1);
    expect(stream.tokens).toBe(2);
    const [input, target] = [new Int32Array(1), new Int32Array(1)];
    stream.window(1, input, target);
    expect([input[0], target[0]]).toEqual([6, 7]);
  });

  it('takes the shortest text that fills one window, and no shorter one', () => {
    expect(new BatchStream(numbers(2 * 4), 2, 3).windows).toBe(1);
    expect(() => new BatchStream(numbers(7), 2, 3)).toThrow(ConfigurationError);
    expect(() => new BatchStream(numbers(7), 2, 3)).toThrow(
      /7 tokens.*batchSize 2 × steps 3.*at least 2 × \(3 \+ 1\) = 8/,
    );
    expect(() => new BatchStream(numbers(0), 1, 1)).toThrow(/0 tokens/);
  });

  it('refuses sizes, windows and arrays that do not fit', () => {
    expect(() => new BatchStream(numbers(9), 0, 3)).toThrow(/batchSize.*but is 0/);
    expect(() => new BatchStream(numbers(9), 1, 1.5)).toThrow(/steps.*but is 1.5/);
    const stream = new BatchStream(numbers(9), 1, 2);
    expect(() => stream.window(4, new Int32Array(2), new Int32Array(2))).toThrow(/no window 4 among 4/);
    expect(() => stream.window(0, new Int32Array(2), new Int32Array(3))).toThrow(/2 × 1 entries, but hold 2 and 3/);
  });
});
