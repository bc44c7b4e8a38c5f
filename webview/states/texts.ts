import { mostTokens } from '../../src/protocol/states.ts';

/** A text cut to about as many words or characters as can be shown: a long document is not read to its end for nothing. */
export function cutText(text: string, unit: 'word' | 'character'): string {
  if (unit === 'character')
    return Array.from(text.slice(0, 2 * mostTokens + 2))
      .slice(0, mostTokens + 1)
      .join('');
  const words = /\S+/gu;
  for (let count = 0; count <= mostTokens; count += 1) if (words.exec(text) === null) return text;
  return text.slice(0, words.lastIndex);
}

/** Words of a corpus as a text that is read back as them: the end of a sentence is the end of a line. */
export function asText(words: readonly string[]): string {
  return words
    .map((word) => (word === '<eos>' ? '\n' : word))
    .join(' ')
    .replace(/ ?\n ?/gu, '\n')
    .replace(/^\n+/u, '');
}
