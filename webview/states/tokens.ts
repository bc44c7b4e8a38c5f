import type { Unit } from '../../src/config/vocabulary.ts';
import type { ShownToken } from '../../src/protocol/states.ts';
import { joined, visible } from '../shared/visible.ts';
import type { Span } from './grid.ts';

/** Words that the vocabulary lacks are slanted and have a question mark; what cannot be seen is a sign. */
export function wordsOfToken({ token, known }: ShownToken): string {
  const words = visible(token);
  return known ? words : `${words} ?`;
}

/** So many tokens of a span are told. */
const maxOfSpan = 12;

/** `the company said`, or its first tokens. */
export function wordsOfSpan(tokens: readonly ShownToken[], { from, to }: Span, unit: Unit): string {
  const words = tokens.slice(from, Math.min(to + 1, from + maxOfSpan)).map(wordsOfToken);
  return `${joined(words, unit)}${to - from + 1 > maxOfSpan ? ' …' : ''}`;
}
