import type { Unit } from '../../src/config/vocabulary.ts';
import { maxTokens } from '../../src/protocol/states.ts';

/** A text cut to about as many words or characters as can be shown: a long document is not read to its end for nothing. */
export function cutText(text: string, unit: Unit): string {
  if (unit === 'character')
    return Array.from(text.slice(0, 2 * maxTokens + 2))
      .slice(0, maxTokens + 1)
      .join('');
  const words = /\S+/gu;
  for (let count = 0; count <= maxTokens; count += 1) if (words.exec(text) === null) return text;
  return text.slice(0, words.lastIndex);
}

/** Tokens of a corpus as a text that is read back as them: the end of a sentence is the end of a line. */
export function asText(tokens: readonly string[], unit: Unit): string {
  const written = tokens.map((token) => (token === '<eos>' ? '\n' : token));
  if (unit === 'character') return written.join('');
  return written
    .join(' ')
    .replace(/ ?\n ?/gu, '\n')
    .replace(/^\n+/u, '');
}
