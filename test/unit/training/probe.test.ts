import { describe, expect, it } from 'vitest';

import { readStoredConfiguration, resolveConfiguration } from '../../../src/config/parse.ts';
import { planProbe } from '../../../src/training/probe.ts';

const modelOf = (preset: string) =>
  resolveConfiguration({ preset, values: { corpus: { path: '/ptb', kind: 'ptb' } } }).model;
const usual = { everySteps: null, tokens: 20 };

describe('the plan of a probe', () => {
  it.each([
    // 20 tokens × 200 units × 2 layers × 6 series × 4 bytes, 101 times; of wide networks h and c alone.
    ['small', true, 20 * 200 * 2 * 6 * 4 * 101],
    ['medium', false, 20 * 650 * 2 * 2 * 4 * 101],
    ['large', false, 20 * 1500 * 2 * 2 * 4 * 101],
  ])('%s: a record every hundredth of the run, with gates where there is room', (preset, hasGates, bytes) => {
    const plan = planProbe(modelOf(preset), { ...usual, totalSteps: 30_000 });
    expect(plan).toEqual({ everySteps: 300, hasGates, bytes });
    expect(bytes).toBeLessThan(48 * 1024 * 1024);
  });

  it.each([
    [10, 1],
    [100, 5],
    [1710, 30],
    [30_000, 300],
  ])('of %d steps records every %d', (totalSteps, everySteps) => {
    expect(planProbe(modelOf('small'), { ...usual, totalSteps })?.everySteps).toBe(everySteps);
  });

  it('takes what is asked for where it fits: first the gates give way, then steps', () => {
    const model = modelOf('small');
    const planOf = (everySteps: number) => planProbe(model, { everySteps, tokens: 20, totalSteps: 30_000 });
    expect(planOf(150)).toMatchObject({ everySteps: 150, hasGates: true });
    expect(planOf(50)).toMatchObject({ everySteps: 50, hasGates: false });
    const most = planOf(1);
    expect(most?.everySteps).toBeGreaterThan(1);
    expect(most?.hasGates).toBe(false);
    expect(most?.bytes).toBeLessThanOrEqual(48 * 1024 * 1024);
    expect(most?.bytes).toBeGreaterThan(40 * 1024 * 1024);
  });

  it('is none where a few records would fill the disk', () => {
    const model = { ...modelOf('large'), hiddenSize: 8192, layers: 16 };
    expect(planProbe(model, { everySteps: null, tokens: 1000, totalSteps: 10 })).toBeUndefined();
  });
});

describe('the configuration of a run of before probes', () => {
  it('is read as before, with the probe as it is when nothing is said', () => {
    const stored = resolveConfiguration({ preset: 'demo' });
    const training = Object.fromEntries(Object.entries(stored.training).filter(([key]) => key !== 'probe'));
    expect(readStoredConfiguration({ ...stored, training })).toEqual({ configuration: stored, unknownKeys: [] });
    expect(stored.training.probe).toEqual({ text: null, everySteps: null });
  });
});
