import { expect, it } from 'vitest';

import { describeDuration } from '../../../src/util/durations.ts';

it.each([
  [0, '1 s'],
  [0.4, '1 s'],
  [59.4, '59 s'],
  [59.5, '1 min'],
  [60, '1 min'],
  [89, '1 min'],
  [91, '2 min'],
  [3569, '59 min'],
  [3571, '1 h'],
  [12_000, '3 h 20 min'],
  [86_399, '1 d'],
  [187_200, '2 d 4 h'],
])('%d seconds are %s', (seconds, words) => {
  expect(describeDuration(seconds)).toBe(words);
});
