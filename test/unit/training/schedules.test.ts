import { describe, expect, it } from 'vitest';
import { resolveConfiguration } from '../../../src/config/parse.ts';
import type { PresetName } from '../../../src/config/presets.ts';
import { learningRateAt } from '../../../src/training/schedules.ts';

/** The rate of a preset at the start of an epoch, with 100 steps an epoch. */
function rateOf(preset: PresetName, epoch: number): number {
  const { learningRate, schedule, epochs } = resolveConfiguration({ preset }).training;
  const position = { epoch, step: 100 * (epoch - 1), totalSteps: 100 * epochs, validPerplexities: [] };
  return learningRateAt(learningRate, schedule, position);
}

describe('the published schedules', () => {
  // Zaremba, Sutskever and Vinyals, 2014, section 4.1.
  it.each<[PresetName, Record<number, number>]>([
    ['document', { 1: 1, 2: 1 }],
    ['small', { 1: 1, 4: 1, 5: 1 / 2, 6: 1 / 4, 13: 1 / 512 }],
    ['medium', { 1: 1, 6: 1, 7: 1 / 1.25, 8: 1 / 1.25 ** 2, 39: 1 / 1.25 ** 33 }],
    ['large', { 1: 1, 14: 1, 15: 1 / 1.15, 55: 1 / 1.15 ** 41 }],
  ])('%s', (preset, expected) => {
    for (const [epoch, rate] of Object.entries(expected)) expect(rateOf(preset, Number(epoch))).toBeCloseTo(rate, 14);
  });
});

const at = (step: number, totalSteps: number) => ({ epoch: 1, step, totalSteps, validPerplexities: [] });

describe('cosine', () => {
  const rate = (step: number, warmupFraction: number, endFraction: number, totalSteps = 101) =>
    learningRateAt(2, { kind: 'cosine', warmupFraction, endFraction }, at(step, totalSteps));

  it('rises in a straight line, then falls along half a cosine to the last step', () => {
    const rise = Array.from({ length: 10 }, (_, step) => rate(step, 0.1, 0.1));
    rise.forEach((value, step) => expect(value).toBeCloseTo((2 * (step + 1)) / 10, 14));
    expect(rate(10, 0.1, 0.1)).toBe(2);
    expect(rate(55, 0.1, 0.1)).toBeCloseTo(2 * (0.1 + 0.9 / 2), 14);
    expect(rate(100, 0.1, 0.1)).toBeCloseTo(0.2, 14);
  });

  it('lives with nothing but a rise, no rise, and runs of one step', () => {
    expect(rate(100, 1, 0)).toBe(2);
    expect(rate(0, 0, 0)).toBe(2);
    expect(rate(0, 0, 0, 1)).toBe(2);
    expect(rate(0, 0.05, 0, 1)).toBe(2);
  });
});

describe('plateau', () => {
  const rate = (validPerplexities: number[], patienceEpochs = 0, threshold = 0.01) =>
    learningRateAt(8, { kind: 'plateau', divisor: 2, patienceEpochs, threshold }, { ...at(7, 100), validPerplexities });

  it('divides the rate whenever an epoch brings no new best', () => {
    expect(rate([])).toBe(8);
    expect(rate([100, 90, 80])).toBe(8);
    expect(rate([100, 90, 95])).toBe(4);
    expect(rate([100, 90, 95, 85, 86])).toBe(2);
    expect(rate([100, 99.5])).toBe(4);
  });

  it('waits for as many epochs as it is told, anew after each division', () => {
    expect(rate([100, 110, 110], 2)).toBe(8);
    expect(rate([100, 110, 110, 110], 2)).toBe(4);
    expect(rate([100, 110, 110, 110, 110, 110], 2)).toBe(4);
    expect(rate([100, 110, 110, 110, 110, 110, 110], 2)).toBe(2);
    expect(rate([100, 110, 110, 98, 110, 110], 2)).toBe(8);
  });
});

describe('linear', () => {
  const rate = (step: number, holdFraction: number, endFraction: number, totalSteps = 100) =>
    learningRateAt(2, { kind: 'linear', holdFraction, endFraction }, at(step, totalSteps));

  it('holds, then falls in a straight line to the last step', () => {
    expect([0, 39, 40].map((step) => rate(step, 0.4, 0.02))).toEqual([2, 2, 2]);
    expect(rate(99, 0.4, 0.02)).toBeCloseTo(0.04, 14);
    const falls = Array.from({ length: 59 }, (_, index) => rate(40 + index, 0.4, 0.02) - rate(41 + index, 0.4, 0.02));
    for (const fall of falls) expect(fall).toBeCloseTo((2 * 0.98) / 59, 12);
  });

  it('falls from the first step when nothing is held, and to nothing when nothing is left', () => {
    expect(rate(0, 0, 0)).toBe(2);
    expect(rate(99, 0, 0)).toBe(0);
    expect(rate(50, 0, 0)).toBeCloseTo(2 * (1 - 50 / 99), 14);
  });

  it('holds to the end, and lives with runs of one and two steps', () => {
    expect(rate(99, 1, 0)).toBe(2);
    expect(rate(0, 0, 0, 1)).toBe(2);
    expect([0, 1].map((step) => rate(step, 0, 0.5, 2))).toEqual([2, 1]);
  });

  it('never leaves the line between its ends', () => {
    for (let step = 0; step < 1000; step++) {
      const value = rate(step, 0.3, 0.1, 1000);
      expect(value).toBeLessThanOrEqual(2);
      expect(value).toBeGreaterThanOrEqual(0.2 - 1e-12);
    }
  });
});
