import * as z from 'zod';
import { FileError } from '../util/errors.ts';

/** The token of each line end. The same text standing in a corpus as a word is the same token. */
export const endOfSentence = '<eos>';
/** The token of every word that the vocabulary lacks. A corpus may hold it as a word, as the Penn Treebank does. */
export const unknownWord = '<unk>';

const vocabularySchema = z
  .object({ words: z.array(z.string().min(1)), counts: z.array(z.int().min(0)) })
  .refine(({ words, counts }) => words.length === counts.length, 'words and counts must have the same length')
  .refine(({ words }) => new Set(words).size === words.length, 'a word occurs twice')
  .refine(({ words }) => words.includes(endOfSentence), `${endOfSentence} is missing`);

/** The tokens that a model knows, numbered by falling count in the training split, then in code-unit order. */
export class Vocabulary {
  readonly size: number;
  readonly endOfSentenceId: number;
  /** Undefined only in a vocabulary read from a file without `<unk>`: those made here always have it. */
  readonly unknownId: number | undefined;
  private readonly ids: ReadonlyMap<string, number>;

  /**
   * @param words the tokens by id, each once, `<eos>` among them
   * @param counts occurrences in the training split, by id; that of `<unk>` counts every word that became it
   */
  constructor(
    readonly words: readonly string[],
    readonly counts: readonly number[],
  ) {
    this.size = words.length;
    this.ids = new Map(words.map((word, id) => [word, id]));
    const end = this.ids.get(endOfSentence);
    if (end === undefined) throw new Error(`vocabulary: ${endOfSentence} is missing among ${words.length} words`);
    this.endOfSentenceId = end;
    this.unknownId = this.ids.get(unknownWord);
  }

  /** The id of a word of the vocabulary; undefined for any other (`unknownId` is for those). */
  idOf(word: string): number | undefined {
    return this.ids.get(word);
  }

  toJSON(): { words: readonly string[]; counts: readonly number[] } {
    return { words: this.words, counts: this.counts };
  }

  /** What `toJSON` gave, read back. Throws a FileError that says what is wrong; the caller knows the file's name. */
  static fromJSON(value: unknown): Vocabulary {
    const parsed = vocabularySchema.safeParse(value);
    if (!parsed.success) {
      throw new FileError(
        `The vocabulary is not one that Sequence Lab wrote: ${z.prettifyError(parsed.error)}. ` +
          'Expected {"words": [...], "counts": [...]}; restore vocabulary.json or train again.',
      );
    }
    return new Vocabulary(parsed.data.words, parsed.data.counts);
  }
}

/** Tokens as a reader numbered them: 0 is `<eos>`, the others follow by first appearance. */
export interface CountedTokens {
  /** How many different tokens. */
  readonly size: number;
  /** Occurrences in the training split, by the reader's number; 0 for tokens of the other splits only. */
  readonly counts: Int32Array;
  textOf(number: number): string;
}

/**
 * The vocabulary of a training split: `<eos>`, `<unk>` and the most frequent other tokens, at most `limit` together; of
 * equally frequent ones the earlier in code-unit order. `<unk>` is there even when the training split has no unknown word
 * (count 0, and the rarest token gives way when there is no room), because later text will have one.
 */
export function buildVocabulary(tokens: CountedTokens, limit: number): Vocabulary {
  const { counts } = tokens;
  let candidates = Array.from({ length: tokens.size }, (_, number) => number).filter((number) => counts[number] ?? 0);
  // A long tail is dropped before its texts are decoded and compared; ties with the last place stay for the comparison.
  if (candidates.length > limit) {
    const falling = Int32Array.from(candidates, (number) => counts[number] ?? 0)
      .sort()
      .reverse();
    const least = falling[limit - 1] ?? 0;
    candidates = candidates.filter((number) => number === 0 || (counts[number] ?? 0) >= least);
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  const entries = candidates.map((number) => ({ word: tokens.textOf(number), count: counts[number] ?? 0 }));
  const end = entries.find(({ word }) => word === endOfSentence) ?? { word: endOfSentence, count: 0 };
  const kept = entries
    .filter(({ word }) => word !== endOfSentence && word !== unknownWord)
    .sort(byFallingCount)
    .slice(0, limit - 2);
  const known = kept.reduce((sum, { count }) => sum + count, end.count);
  const all = [...kept, end, { word: unknownWord, count: total - known }].sort(byFallingCount);
  return new Vocabulary(
    all.map(({ word }) => word),
    all.map(({ count }) => count),
  );
}

interface Entry {
  word: string;
  count: number;
}

function byFallingCount(left: Entry, right: Entry): number {
  return right.count - left.count || (left.word < right.word ? -1 : 1);
}
