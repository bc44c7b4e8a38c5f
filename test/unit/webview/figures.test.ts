import { describe, expect, it } from 'vitest';

import type { RunHistory } from '../../../src/protocol/curves.ts';
import { Columns } from '../../../webview/curves/columns.ts';
import { bucketsOf, decimate, firstFrom, nearestTo } from '../../../webview/curves/decimate.ts';
import { Raster } from '../../../webview/curves/raster.ts';
import { RunData } from '../../../webview/curves/runData.ts';
import { Smoothed } from '../../../webview/curves/smoothing.ts';
import { axisTicks, exactTime, figure, linearTicks, logTicks, tickWords } from '../../../webview/curves/ticks.ts';
import { moved, padded, scaled, within } from '../../../webview/curves/viewport.ts';

const rows = (...values: number[]): Float64Array<ArrayBuffer> => Float64Array.from(values);

function historyOf(...perplexities: number[]): RunHistory {
  const steps = rows(...perplexities.map((_, at) => at + 1));
  const ones = rows(...perplexities.map(() => 1));
  return {
    key: 'k',
    steps: {
      step: steps,
      epoch: steps,
      seconds: steps,
      perplexity: rows(...perplexities),
      learningRate: ones,
      gradientNorm: ones,
      wordsPerSecond: ones,
    },
    epochs: { step: rows(), epoch: rows(), seconds: rows(), trainPerplexity: rows(), validPerplexity: rows() },
  };
}

describe('columns', () => {
  it('grow, are cut, and count how often rows were dropped', () => {
    const columns = new Columns(['x', 'y'], { x: rows(1, 2), y: rows(10, 20) });
    for (let more = 3; more < 40; more += 1) columns.append({ x: rows(more), y: rows(10 * more) });
    columns.truncate(50);
    expect([columns.length, columns.rewritten]).toEqual([39, 0]);
    columns.truncate(2);
    columns.append({ x: rows(7), y: rows(70) });
    expect([[...columns.column('x')], [...columns.column('y')], columns.rewritten]).toEqual([
      [1, 2, 7],
      [10, 20, 70],
      1,
    ]);
  });
});

describe('a run', () => {
  const none = historyOf().epochs;

  it('takes rows that follow, drops what a resumed run wrote anew, and refuses a gap', () => {
    const data = new RunData(historyOf(5, 4, 3));
    expect(data.take({ key: 'k', from: { steps: 3, epochs: 0 }, steps: historyOf(2).steps, epochs: none })).toBe(true);
    expect(data.take({ key: 'k', from: { steps: 1, epochs: 0 }, steps: historyOf(9).steps, epochs: none })).toBe(true);
    expect([...data.steps.column('perplexity')]).toEqual([5, 9]);
    expect(data.take({ key: 'k', from: { steps: 3, epochs: 0 }, steps: historyOf(1).steps, epochs: none })).toBe(false);
    expect(data.steps.length).toBe(2);
  });

  it('has the problem that the newest rows tell, or none any more', () => {
    const data = new RunData({ ...historyOf(5), problem: 'line 2 is damaged' });
    const points = { key: 'k', from: { steps: 1, epochs: 0 }, steps: historyOf().steps, epochs: none };
    expect(data.problem).toBe('line 2 is damaged');
    data.take({ ...points, problem: 'line 3 is damaged' });
    expect(data.problem).toBe('line 3 is damaged');
    data.take(points);
    expect(data.problem).toBeUndefined();
  });

  it('smooths anew after rows were dropped', () => {
    const data = new RunData(historyOf(100, 100, 100));
    expect([...data.smoothed('perplexity', 0.5)].map(Math.round)).toEqual([100, 100, 100]);
    data.take({ key: 'k', from: { steps: 0, epochs: 0 }, steps: historyOf(50, 50).steps, epochs: none });
    expect([...data.smoothed('perplexity', 0.5)].map(Math.round)).toEqual([50, 50]);
  });
});

describe('smoothing', () => {
  it('is the average with weights that fall by the factor, the same at once and bit by bit', () => {
    const values = rows(4, 8, NaN, 2);
    const whole = new Smoothed(0.5, false).of(values, 0);
    expect(whole[0]).toBe(4);
    expect(whole[1]).toBeCloseTo((0.5 * 4 + 8) / 1.5, 5);
    expect(whole[2]).toBeNaN();
    expect(whole[3]).toBeCloseTo((0.25 * 4 + 0.5 * 8 + 2) / 1.75, 5);
    const parts = new Smoothed(0.5, false);
    parts.of(values.subarray(0, 1), 0);
    parts.of(values.subarray(0, 3), 0);
    expect([...parts.of(values, 0)]).toEqual([...whole]);
  });

  it('of perplexities averages losses', () => {
    expect(new Smoothed(0.5, true).of(rows(1, Math.E ** 3), 0)[1]).toBeCloseTo(Math.E ** 2, 4);
  });
});

describe('decimation', () => {
  const count = 10_000;
  const xs = Float64Array.from({ length: count }, (_, at) => at + 1);
  const ys = Float64Array.from({ length: count }, (_, at) => Math.sin(at / 50) + (at === 4321 ? 99 : 0));

  it('finds places by halves', () => {
    expect([firstFrom(xs, 0), firstFrom(xs, 5), firstFrom(xs, 5.5), firstFrom(xs, 1e9)]).toEqual([0, 4, 5, count]);
    expect([nearestTo(xs, -3), nearestTo(xs, 5.4), nearestTo(xs, 5.6), nearestTo(xs, 1e9)]).toEqual([
      0,
      4,
      5,
      count - 1,
    ]);
    expect(nearestTo(rows(), 1)).toBe(-1);
  });

  it('keeps the extremes of every column and a point at most twice a column', () => {
    const line = decimate(xs, ys, bucketsOf(xs, [0, count], 200));
    expect(line.length / 2).toBeLessThanOrEqual(2 * 203);
    expect(line.greatest).toBe(Math.max(...ys));
    expect(line.least).toBe(Math.min(...ys));
    const drawn = Array.from({ length: line.length / 2 }, (_, at) => line.points[2 * at + 1] as number);
    expect(Math.max(...drawn)).toBeCloseTo(Math.max(...ys), 4);
    for (let at = 2; at < line.length; at += 2)
      expect(line.points[at]).toBeGreaterThanOrEqual(line.points[at - 2] as number);
  });

  it('draws all of few points and one beyond each end, which does not count for the range', () => {
    const line = decimate(xs, ys, bucketsOf(xs, [10.5, 13.5], 200));
    expect(line.length / 2).toBe(5);
    expect(line.points[0]).toBeLessThan(0);
    expect(line.greatest).toBe(Math.max(...ys.subarray(10, 13)));
  });

  it('leaves a gap for what is not finite', () => {
    const line = decimate(rows(1, 2, 3), rows(1, Infinity, 3), bucketsOf(rows(1, 2, 3), [0, 4], 10));
    expect(line.points[3]).toBeNaN();
    expect([line.least, line.greatest]).toEqual([1, 3]);
    const far = decimate(xs, new Float64Array(count).fill(NaN), bucketsOf(xs, [0, count], 10));
    expect(far.least).toBe(Infinity);
  });
});

describe('raster', () => {
  const style = { colour: '#102030', alpha: 1, thickness: 2, dash: [] };
  const line = (...points: number[]) => ({
    points: Float32Array.from(points),
    length: points.length,
    least: 0,
    greatest: 9,
  });
  const alphaAt = (raster: Raster, x: number, y: number): number => raster.bytes[4 * (y * raster.width + x) + 3] ?? NaN;

  it('draws a level line with its thickness, in its colour, and soft ends', () => {
    const raster = new Raster(10, 10);
    raster.line(line(0, 5.5, 10, 5.5), style, (value) => value);
    expect([3, 4, 5, 6, 7].map((row) => alphaAt(raster, 4, row))).toEqual([0, 128, 255, 128, 0]);
    expect([...raster.bytes.subarray(4 * 54, 4 * 54 + 4)]).toEqual([16, 32, 48, 255]);
  });

  it('leaves gaps, dashes and what is outside undrawn', () => {
    const raster = new Raster(10, 10);
    raster.line(line(-5, 5, 3, 5, 4, NaN, 6, 5, 20, 5), { ...style, dash: [1, 1] }, (value) => value);
    const drawn = Array.from({ length: 10 }, (_, column) => alphaAt(raster, column, 5) > 0);
    expect(drawn).toEqual([true, false, true, false, false, false, true, false, true, false]);
    raster.clear();
    expect(raster.bytes.every((byte) => byte === 0)).toBe(true);
  });
});

describe('ticks', () => {
  it('are round', () => {
    expect(linearTicks([0, 1], 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(axisTicks('step', [0, 3], 10)).toEqual([0, 1, 2, 3]);
    expect(axisTicks('seconds', [0, 7200], 5)).toEqual([0, 1800, 3600, 5400, 7200]);
  });

  it.each([
    [[90, 11_000], 8],
    [[110, 180], 4],
    [[1e-5, 1e9], 4],
  ] as const)('on a logarithmic axis over %j are few and inside', (range, count) => {
    const ticks = logTicks(range, count);
    expect(ticks.length).toBeLessThanOrEqual(count + 1);
    expect(ticks.length).toBeGreaterThanOrEqual(3);
    for (const tick of ticks) expect(tick >= range[0] && tick <= range[1]).toBe(true);
  });

  it('say what they are', () => {
    expect(tickWords([0, 5000, 10_000])).toEqual(['0', '5k', '10k']);
    expect(tickWords([100, 200, 500])).toEqual(['100', '200', '500']);
    expect(tickWords([0, 0.5, 1])).toEqual(['0', '0.5', '1']);
    expect(tickWords([1e6, 2e6])).toEqual(['1M', '2M']);
    expect([45, 120, 5400, 90_000].map(exactTime)).toEqual(['45 s', '2 min', '1 h 30 min', '1 d 1 h']);
    expect([0, 127.4321, 12_345.6, 0.00001, NaN, Infinity].map(figure)).toEqual([
      '0',
      '127.4',
      '12,346',
      '1.00e-5',
      '–',
      '∞',
    ]);
  });
});

describe('the view', () => {
  it('is scaled and moved within the whole', () => {
    expect(scaled([0, 10], 0.5)).toEqual([2.5, 7.5]);
    expect(scaled([0, 10], 0.5, 0)).toEqual([0, 5]);
    expect(moved([2, 4], 0.5)).toEqual([3, 5]);
    expect(within([0, 10], [-2, 3])).toEqual([0, 5]);
    expect(within([0, 10], [8, 12])).toEqual([6, 10]);
    expect(within([0, 10], [-5, 20])).toBeNull();
    expect(padded([5, 5], 0.1)).toEqual([4.5, 5.5]);
  });
});
