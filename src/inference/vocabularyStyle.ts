import { endOfSentence } from '../corpus/vocabulary.ts';
import type { Vocabulary } from '../corpus/vocabulary.ts';

/** How the texts were written that a vocabulary comes from, as its words and their counts tell. */
export interface VocabularyStyle {
  /** Points and commas stand on words (`day,`), as in a text that was only split at white space. */
  readonly attached: boolean;
  /** Words have capitals. */
  readonly cased: boolean;
  /** The vocabulary has "." as a word: a sentence's end is more than its `<eos>`. */
  readonly fullStop: boolean;
  /** A line of the text was a sentence, not a paragraph. */
  readonly lineIsSentence: boolean;
  /** UTF-16 units of the longest word. */
  readonly longest: number;
}

const styles = new WeakMap<Vocabulary, VocabularyStyle>();

/** The style of a vocabulary, found once. */
export function styleOf(vocabulary: Vocabulary): VocabularyStyle {
  const style = styles.get(vocabulary) ?? findStyle(vocabulary);
  styles.set(vocabulary, style);
  return style;
}

function findStyle(vocabulary: Vocabulary): VocabularyStyle {
  const { words } = vocabulary;
  const share = (pattern: RegExp): number => words.filter((word) => pattern.test(word)).length / words.length;
  const countOf = (word: string): number => vocabulary.counts[vocabulary.idOf(word) ?? -1] ?? 0;
  const marks = countOf('.') + countOf('?') + countOf('!');
  return {
    attached: share(/\p{L}[,;:!?]["'”’)]*$/u) > 0.01,
    cased: share(/^\p{Lu}\p{Ll}/u) > 0.02,
    fullStop: vocabulary.idOf('.') !== undefined,
    // A quotation has marks of its own; a paragraph has several sentences.
    lineIsSentence: countOf(endOfSentence) >= 0.6 * marks,
    longest: words.reduce((longest, { length }) => Math.max(longest, length), 0),
  };
}
