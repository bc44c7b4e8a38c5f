export { visible } from '../../src/protocol/visible.ts';

/** Tokens as one text: characters stand as close as they were written. */
export function joined(tokens: readonly string[], unit: 'word' | 'character'): string {
  return tokens.join(unit === 'character' ? '' : ' ');
}
