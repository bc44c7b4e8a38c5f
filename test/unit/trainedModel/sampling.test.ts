import { describe, expect, it } from 'vitest';
import { candidates, draw, likeliest, rankOf } from '../../../src/trainedModel/sampling.ts';

const five = Float32Array.of(0.1, 0.4, 0.05, 0.25, 0.2);
const plain = { temperature: 1, topK: 0, topP: 1 };

describe('sampling', () => {
  it('finds the likeliest words, the smaller id first of equal ones', () => {
    expect(likeliest(five, 3)).toEqual([1, 3, 4]);
    expect(likeliest(five, 0)).toEqual([]);
    const many = Float32Array.from({ length: 1000 }, (_, id) => ((id * 37) % 101) / 101);
    const sorted = [...many.keys()].sort((a, b) => (many[b] ?? 0) - (many[a] ?? 0) || a - b);
    for (const count of [1, 7, 100, 500, 2000]) expect(likeliest(many, count)).toEqual(sorted.slice(0, count));
  });

  it('ranks a word', () => {
    expect([0, 1, 2, 3, 4].map((id) => rankOf(five, id))).toEqual([4, 1, 5, 2, 3]);
    expect(rankOf(Float32Array.of(0.5, 0.5), 1)).toBe(1);
  });

  it('leaves all words with their probabilities as they are', () => {
    expect(candidates(five, plain).map(({ id }) => id)).toEqual([1, 3, 4, 0, 2]);
    for (const { id, probability } of candidates(five, plain)) expect(probability).toBeCloseTo(five[id] ?? NaN, 6);
  });

  it('cuts to the topK likeliest, then to those that have topP together', () => {
    const ids = (sampling: object): number[] => candidates(five, { ...plain, ...sampling }).map(({ id }) => id);
    expect(ids({ topK: 2 })).toEqual([1, 3]);
    expect(ids({ topP: 0.6 })).toEqual([1, 3]);
    expect(ids({ topP: 0.7 })).toEqual([1, 3, 4]);
    expect(ids({ topP: 1e-9 })).toEqual([1]);
    expect(ids({ topK: 3, topP: 0.7 })).toEqual([1, 3]);
    const [first, second] = candidates(five, { ...plain, topK: 2 });
    expect(first?.probability).toBeCloseTo(0.4 / 0.65, 6);
    expect((first?.probability ?? NaN) + (second?.probability ?? NaN)).toBeCloseTo(1, 12);
  });

  it('divides the logits by the temperature', () => {
    const [first, second] = candidates(five, { ...plain, temperature: 0.5 });
    const sum = five.reduce((total, p) => total + p * p, 0);
    expect(first?.probability).toBeCloseTo((five[1] ?? NaN) ** 2 / sum, 6);
    expect(second?.probability).toBeCloseTo((five[3] ?? NaN) ** 2 / sum, 6);
    expect(candidates(five, { ...plain, temperature: 0 })).toEqual([{ id: 1, probability: 1 }]);
    // Its inverse is infinite.
    expect(candidates(five, { ...plain, temperature: 1e-310 })).toEqual([{ id: 1, probability: 1 }]);
    // Far below what float64 can raise to a power directly.
    expect(candidates(five, { ...plain, temperature: 0.001 })[0]).toEqual({ id: 1, probability: 1 });
  });

  it('never draws a banned word', () => {
    const left = candidates(five, plain, { banned: [1] });
    expect(left.map(({ id }) => id)).toEqual([3, 4, 0, 2]);
    expect(left.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 12);
    expect(candidates(five, { ...plain, temperature: 0 }, { banned: [1] })[0]?.id).toBe(3);
  });

  it('gives back the first of all that are left, with the probabilities of all', () => {
    const [only, ...others] = candidates(five, plain, { most: 1 });
    expect(only?.probability).toBeCloseTo(0.4, 6);
    expect(others).toEqual([]);
  });

  it('draws each word as often as its probability says, the same for the same seed', () => {
    const from = candidates(five, plain);
    const counts = new Float64Array(5);
    for (let place = 0; place < 20_000; place++) counts[draw(from, 7, place)]!++;
    // Five standard deviations of a binomial with 20,000 draws are 0.018 at most.
    for (const [id, count] of counts.entries())
      expect(Math.abs(count / 20_000 - (five[id] ?? NaN))).toBeLessThan(0.018);
    const drawn = (seed: number): number[] => Array.from({ length: 30 }, (_, place) => draw(from, seed, place));
    expect(drawn(7)).toEqual(drawn(7));
    expect(drawn(7)).not.toEqual(drawn(8));
  });
});
