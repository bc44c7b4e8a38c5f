import { expect, it } from 'vitest';

import { resolveConfiguration } from '../../../../src/config/parse.ts';
import { secondsAtSpeed } from '../../../../src/host/questions/speed.ts';

it("tells a recipe's time from the speed of the machine", () => {
  const configuration = resolveConfiguration({ preset: 'small', values: { corpus: { kind: 'ptb', path: '/ptb' } } });
  // 13 epochs of 929,589 words at 15.84 MFLOP each, and 4 % for the validations.
  const seconds = secondsAtSpeed(configuration, 929_589, 125e9);
  expect(seconds).toBeCloseTo((13 * 929_589 * 15.84e6 * 1.04) / 125e9, 0);
});

it('knows that the built-in corpus has few words', () => {
  const corpus = { kind: 'builtin' } as const;
  const builtin = resolveConfiguration({ preset: 'small', values: { corpus } });
  const large = resolveConfiguration({ preset: 'small', values: { corpus: { kind: 'file', path: '/x' } } });
  expect(secondsAtSpeed(builtin, 1e6, 1e9)).toBeLessThan(secondsAtSpeed(large, 1e6, 1e9) / 2);
});
