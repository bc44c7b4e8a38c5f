import { describe, expect, it } from 'vitest';
import { averagedSteps } from '../../../src/training/optimisers.ts';

/** The steps that are averaged at a step of a run whose epochs have ten steps. */
const at = (step: number, validPerplexities: readonly number[], triggerEpochs = 1): number =>
  averagedSteps({ kind: 'asgd', triggerEpochs }, { step, stepsPerEpoch: 10, validPerplexities });

describe('averaging', () => {
  it('waits while validation improves, and for an epoch that is worse than an earlier one', () => {
    expect(at(31, [90, 80, 70])).toBe(0);
    // Worse than the last one only: with one epoch of patience that does not count.
    expect(at(31, [90, 80, 85])).toBe(0);
    expect(at(41, [90, 80, 85, 81])).toBe(1);
    expect(at(31, [90, 80, 85], 0)).toBe(1);
  });

  it('counts from the first step after that epoch, and never stops', () => {
    const validPerplexities = [90, 80, 85, 81, 60];
    expect(at(40, validPerplexities)).toBe(0);
    expect([41, 42, 60].map((step) => at(step, validPerplexities))).toEqual([1, 2, 20]);
  });

  it('is of one optimiser alone', () => {
    expect(averagedSteps({ kind: 'sgd' }, { step: 41, stepsPerEpoch: 10, validPerplexities: [1, 2, 3, 4] })).toBe(0);
  });
});
