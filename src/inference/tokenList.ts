import { endOfSentence, unknownWord } from '../corpus/vocabulary.ts';
import type { Vocabulary } from '../corpus/vocabulary.ts';
import type { ReadToken } from '../protocol/inference.ts';

/** A token of a text with the number of the word that it was read as. */
export type ReadTokenWithId = ReadToken & {
  /** Of an unknown word that of `<unk>`, or that of `<eos>` where the vocabulary has no `<unk>`. */
  readonly id: number;
};

/** Collects tokens; knows the vocabulary. */
export class TokenList {
  readonly tokens: ReadTokenWithId[] = [];

  constructor(
    readonly text: string,
    readonly vocabulary: Vocabulary,
  ) {}

  /** A token of the text at start..end, read as a word of the vocabulary; undefined: as the unknown word. */
  push(start: number, end: number, word: string | undefined): void {
    const { vocabulary, text } = this;
    const id = word === undefined ? undefined : vocabulary.idOf(word);
    this.tokens.push({
      token: text.slice(start, end),
      readAs:
        (id === undefined ? undefined : word) ?? (vocabulary.unknownId === undefined ? endOfSentence : unknownWord),
      known: id !== undefined,
      start,
      end,
      id: id ?? vocabulary.unknownId ?? vocabulary.endOfSentenceId,
    });
  }

  /** The end of a line or a sentence, told by what stands at start..end. */
  pushEnd(start: number, end: number): void {
    const id = this.vocabulary.endOfSentenceId;
    this.tokens.push({ token: endOfSentence, readAs: endOfSentence, known: true, start, end, id });
  }
}

/** Whether a UTF-16 unit parts the words of a corpus: ASCII's white space. */
export function isSpace(unit: number): boolean {
  return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d);
}
