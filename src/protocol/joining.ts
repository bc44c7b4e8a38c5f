/**
 * How the words of a vocabulary are joined to a text as prose: `do` and `n't` to `don't`, `$` and `five` to `$five`. The
 * model server's writer and the panels join them alike. A text that is joined so is read as the words that it was.
 */

/** What contracts with the word before it, as the Penn Treebank parts them: `do n't`, `company 's`. Longest first. */
export const clitics: readonly string[] = ["n't", "'re", "'ve", "'ll", "'s", "'d", "'m"];

const closing = new Set([...'.,;:?!%)]}”…', "''", '-rrb-', '-rsb-', '-rcb-', "'", '...']);
const signs: ReadonlyMap<string, string> = new Map([
  ...[['-lrb-', '('] as const, ['-rrb-', ')'] as const, ['-lsb-', '['] as const, ['-rsb-', ']'] as const],
  ...[['-lcb-', '{'] as const, ['-rcb-', '}'] as const, ['--', '—'] as const, ['`', '‘'] as const],
]);

/** Whether a word stands on the one before it, so that after a space it can only be written badly. */
export function attachesLeft(word: string): boolean {
  return word === '<eos>' || closing.has(word) || clitics.includes(word);
}

/** Whether the next word stands on this one (`$`, an opening bracket): a suggestion had better not end with it. */
export function attachesRight(word: string): boolean {
  return /^(?:``|`|[“‘([{]|-l[rsc]b-|#|[a-z]{0,3}[$£€¥])$/i.test(word);
}

/** A word without the Penn Treebank's names of brackets and its escapes. */
export function plainOf(word: string): string {
  return signs.get(word) ?? word.replaceAll(/\\([/*])/g, '$1');
}

/** What parts a word that stands by itself from the text before it: a space, or nothing. */
export function spaceAfter(text: string): '' | ' ' {
  if (text === '' || /[\s([{“‘$£€/]$/.test(text)) return '';
  // A straight quotation mark opens where nothing precedes it.
  return /(?:^|[\s([{])["'`]$/.test(text) ? '' : ' ';
}

/**
 * What a word of a vocabulary adds to a text that goes on with it: a space where there must be one, and the word.
 *
 * @param written the word as it is to be written, where that is not its plain form
 */
export function joinWord(text: string, word: string, written = plainOf(word)): string {
  // "Corp." and the end of its sentence are two words: without a space they would be read as an ellipsis.
  const space = word === '.' && text.endsWith('.') ? ' ' : attachesLeft(word) ? '' : spaceAfter(text);
  return space + written;
}
