import type { Unit } from '../../src/config/vocabulary.ts';
export { visible } from '../../src/protocol/visible.ts';

/** Tokens as one text: characters stand as close as they were written. */
export function joined(tokens: readonly string[], unit: Unit): string {
  return tokens.join(unit === 'character' ? '' : ' ');
}
