import { expect, it } from 'vitest';
import { flopsPerToken } from '../../../src/config/cost.ts';
import { presets } from '../../../src/config/presets.ts';
import { configurationSchema } from '../../../src/config/schema.ts';

const model = (preset: 'small' | 'large') => configurationSchema.parse(presets[preset].configuration).model;

it.each([
  // 2 layers × 4 gates × 200 × 400, and 200 × 10,000; of each weight 2 operations forward and 4 back.
  ['small', 10_000, 6 * (640_000 + 2_000_000)],
  ['large', 10_000, 6 * (36_000_000 + 15_000_000)],
  ['small', 50, 6 * (640_000 + 10_000)],
] as const)('%s with %d words', (preset, vocabularySize, expected) => {
  expect(flopsPerToken(model(preset), vocabularySize)).toBe(expected);
});
