import type { Unit } from '../config/vocabulary.ts';
import { endOfSentence, unknownWord } from '../corpus/vocabulary.ts';
import type { Vocabulary } from '../corpus/vocabulary.ts';
import { attachesLeft, joinWord, plainOf, spaceAfter } from '../protocol/joining.ts';
import { Casing } from './casing.ts';
import { titles } from './english.ts';
import { styleOf } from './vocabularyStyle.ts';
import type { VocabularyStyle } from './vocabularyStyle.ts';

export interface WritingContext {
  /** The text before the place that is written at, which must be read alike: its spaces, capitals and open quotes matter. */
  readonly before: string;
  readonly unit: Unit;
  readonly vocabulary: Vocabulary;
}

/** A stand-in of the corpus for words that it does not tell: nothing that a person could read. */
export function isWritable(word: string, unit: WritingContext['unit']): boolean {
  return word !== unknownWord && (unit === 'character' || word !== 'N');
}

/**
 * Appends words of a vocabulary to a text as a person would write them: `do n't` becomes `don't`, `$ five` `$five`; a
 * sentence starts with a capital where the text has capitals; `<eos>` is the point where the vocabulary has none, the end
 * of the line where the corpus's lines were paragraphs, and nothing after a point.
 *
 * @returns what is appended, whole and by word
 * @throws Error for `<unk>`, and for the `N` of a number: they are never written
 */
export function writeWords(words: readonly string[], context: WritingContext): { text: string; pieces: string[] } {
  const writer = new ProseWriter(context);
  const pieces = words.map((word) => writer.append(word));
  return { text: pieces.join(''), pieces };
}

/** Of the text so far only its end matters. */
const tailLength = 16;

/** Writes word after word: see writeWords. */
export class ProseWriter {
  private readonly unit: WritingContext['unit'];
  private readonly style: VocabularyStyle;
  private readonly casing: Casing;
  private readonly curly: boolean;
  private readonly poundSign: boolean;
  private tail: string;
  private quoteOpen: boolean;
  private sentenceStart: boolean;
  /** The word before is a title: a name follows. */
  private nameFollows: boolean;

  constructor({ before, unit, vocabulary }: WritingContext) {
    this.unit = unit;
    this.style = styleOf(vocabulary);
    this.casing = new Casing(before);
    this.curly = /[“”]/.test(before);
    // The Penn Treebank's pound is "#".
    this.poundSign = vocabulary.idOf('£') === undefined && vocabulary.idOf('$') !== undefined;
    this.tail = before.slice(-tailLength);
    const paragraph = before.slice(Math.max(before.lastIndexOf('\n'), before.length - 20_000));
    this.quoteOpen = (paragraph.match(/"/g)?.length ?? 0) % 2 === 1;
    this.sentenceStart = startsSentence(before, vocabulary);
    this.nameFollows = titles.has(/\S+(?=\s*$)/.exec(this.tail)?.[0].toLowerCase() ?? '');
  }

  /** @returns what the word adds to the text @throws Error for a word that is never written */
  append(word: string): string {
    if (!isWritable(word, this.unit))
      throw new Error(`${word} stands for words that are not in the vocabulary: it cannot be written`);
    const piece = this.unit === 'character' ? (word === endOfSentence ? '\n' : word) : this.pieceOf(word);
    this.tail = (this.tail + piece).slice(-tailLength);
    return piece;
  }

  private pieceOf(word: string): string {
    if (word === endOfSentence) return this.endSentence();
    if (this.style.attached) return spaceAfter(this.tail) + word;
    // "Corp." has the point of its sentence already.
    if (word === '.' && this.tail.endsWith('.')) return '';
    if (word === '``' || (word === '"' && !this.quoteOpen)) return this.openQuote();
    if (word === "''" || word === '"') {
      this.quoteOpen = false;
      return this.curly ? '”' : '"';
    }
    if (this.tail !== '' && attachesLeft(word)) {
      if (!this.style.lineIsSentence && /^[.?!]$/.test(word)) this.sentenceStart = true;
      return joinWord(this.tail, word);
    }
    const written = this.written(word);
    if (/\p{L}|\d/u.test(written)) this.sentenceStart = false;
    return joinWord(this.tail, word, written);
  }

  private written(word: string): string {
    if (word === '#' && this.poundSign) return '£';
    const plain = plainOf(word);
    if (this.style.cased) return plain;
    const starts = this.sentenceStart || this.nameFollows;
    this.nameFollows = titles.has(word.toLowerCase());
    return this.casing.restore(plain, { sentenceStart: starts });
  }

  private endSentence(): string {
    const { style, tail } = this;
    this.sentenceStart = true;
    this.quoteOpen = false;
    const isEnded = /(?:^|[.?!:]["”’')\]]*|\n)\s*$/.test(tail);
    if (style.attached || (style.fullStop && !(style.lineIsSentence && isEnded))) return '\n';
    return isEnded ? '' : '.';
  }

  private openQuote(): string {
    const piece = spaceAfter(this.tail) + (this.curly ? '“' : '"');
    this.quoteOpen = true;
    this.sentenceStart = true;
    return piece;
  }
}

/** Whether the next word after a text is the first of a sentence. */
function startsSentence(before: string, vocabulary: Vocabulary): boolean {
  const line = before.slice(Math.max(before.lastIndexOf('\n') + 1, before.length - 1000));
  // Marks of headings, lists and quotations.
  if (/^[\s#>*+–—\d.()"“'‘`_-]*$/.test(line)) return true;
  if (/(?:^|[\s([{])["“]$/.test(line)) return true;
  const end = /(\S*[.?!])["”’')\]]*\s*$/.exec(line.slice(-100))?.[1];
  if (end === undefined) return false;
  const word = end.replace(/^[("“'‘[]+/, '').toLowerCase();
  return word.length === 1 || !word.endsWith('.') || vocabulary.idOf(word) === undefined;
}

/**
 * Letters and digits of the word that a text ends in, which a person may not have finished; '' where it ends in none.
 *
 * How a suggestion is made at a cursor: split what stands before it. Without a partial word, go on after `whole`, where after
 * white space no word may come first that attachesLeft. With one, take the words that may follow `whole` (a thousand or so)
 * of which restOfPartial is defined: the likeliest is meant, with its probability among them. Where its rest is '' the
 * partial word was a whole one. Where there is none, and readText knows all of it (`it's`), go on after it, too. What is
 * suggested is the rest, then writeWords with what is before and the rest; nothing in it may be unwritable, and a word that
 * attachesRight may not be the last.
 */
export function splitPartial(before: string): { whole: string; partial: string } {
  const end = before.slice(-80);
  const partial = /(?<![\p{L}\p{N}\p{M}'’&./-])[\p{L}\p{N}][\p{L}\p{N}\p{M}'’&./-]*$/u.exec(end)?.[0] ?? '';
  // A longer one is no word, and after a point or an apostrophe anything may follow.
  if (partial.length > 60 || !/[\p{L}\p{N}\p{M}]$/u.test(partial)) return { whole: before, partial: '' };
  return { whole: before.slice(0, before.length - partial.length), partial };
}

/**
 * What is still to be written of a word of the vocabulary where its start has been typed, in the case of what was typed.
 * @returns undefined where the word does not start so; '' where all of it is there
 */
export function restOfPartial(
  word: string,
  partial: string,
  { before }: Pick<WritingContext, 'before'>,
): string | undefined {
  const plain = plainOf(word);
  const typed = partial.replaceAll('’', "'");
  if (!plain.toLowerCase().startsWith(typed.toLowerCase())) return undefined;
  const isUpper = /\p{Lu}.*\p{Lu}/u.test(typed) && typed === typed.toUpperCase();
  if (isUpper) return plain.slice(typed.length).toUpperCase();
  const form = /\p{Lu}/u.test(typed) ? new Casing(before).restore(plain, { sentenceStart: true }) : plain;
  return form.slice(typed.length);
}
