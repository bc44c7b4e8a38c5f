import type { Vocabulary } from '../corpus/vocabulary.ts';
import { clitics } from '../protocol/joining.ts';
import { sentenceStarters, splitWords, titles } from './english.ts';
import { isSpace } from './tokenList.ts';
import type { TokenList } from './tokenList.ts';
import { styleOf } from './vocabularyStyle.ts';
import type { VocabularyStyle } from './vocabularyStyle.ts';

/** What part of a chunk was read as: a word of the vocabulary, the unknown word, or the end of a sentence. */
type Piece = { readonly start: number; readonly end: number } & (
  { readonly word: string | undefined } | { readonly sentenceEnd: true }
);

/** How a chunk of text stands among its neighbours. */
interface Surroundings {
  /** Where the chunk ends. */
  readonly end: number;
  /** The chunk is the first of its line. */
  readonly first: boolean;
}

/** Dashes and ellipses between words, white space that is not ASCII, and control characters. */
// eslint-disable-next-line no-control-regex
const parting = /—|--+|…|\.{3,}|[\u00a0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u3000]|[\0-\x1f\x7f]+/gu;
const opening = new Set(['(', '[', '{', '“', '‘', '„', '«', '"', "'", '’', '`', '*', '_', '~', '<', '@', '¿', '¡']);
const punctuation = /[\p{P}~^`|<>=+]/u;
const figure = /^[+−-]?[.,]?\d[\d,.:/–-]*(?:s|'s)?$/;
const money = /^(?:[a-z]{0,3}[$£€¥])(?=[\d.])/i;
const abbreviation = /\p{L}\.$/u;
/** Letters: `approx.` and `govt.` have no more. */
const longestAbbreviation = 6;
const initials = /^(?:\p{L}\.)+$/u;
const brackets: ReadonlyMap<string, string> = new Map([
  ['(', '-lrb-'],
  [')', '-rrb-'],
  ['[', '-lsb-'],
  [']', '-rsb-'],
  ['{', '-lcb-'],
  ['}', '-rcb-'],
]);

/** Reads prose by a vocabulary of words: one object a text. */
export class ProseReader {
  private readonly text: string;
  private readonly vocabulary: Vocabulary;
  private readonly style: VocabularyStyle;
  /** Somebody wrote the text with capitals: what stands in it is no corpus file, whose points have been looked after. */
  private readonly isWritten: boolean;
  private doubleOpen = false;
  private singleOpen = false;
  /** The last token is a sentence's end that no line break has told. */
  private endTold = false;
  /** What `after` found last: a thousand marks of one chunk ask for the same. */
  private next = { of: -1, place: 0 };

  constructor(private readonly list: TokenList) {
    this.text = list.text;
    this.vocabulary = list.vocabulary;
    this.style = styleOf(list.vocabulary);
    // A corpus that has capitals itself has them in its own way of writing.
    this.isWritten = !this.style.cased && /\p{Lu}\p{Ll}/u.test(list.text);
  }

  read(from: number): void {
    const { text } = this;
    let first = true;
    for (let place = from; place < text.length;) {
      if (isSpace(text.charCodeAt(place))) {
        if (text[place++] === '\n') {
          this.endLine(place - 1);
          first = true;
        }
        continue;
      }
      const start = place;
      while (place < text.length && !isSpace(text.charCodeAt(place))) place++;
      this.readChunk(start, { end: place, first });
      first = false;
    }
  }

  private endLine(place: number): void {
    const { attached, cased } = this.style;
    // A person parts paragraphs by blank lines, which a corpus of sentences in lower case does not have.
    const isProse = this.isWritten && !attached && !cased;
    if (!this.endTold) this.list.pushEnd(place, place + 1);
    this.endTold = isProse;
    this.doubleOpen = this.singleOpen = false;
  }

  /** A chunk between white space: as it stands where the vocabulary has it so, else taken apart. */
  private readChunk(start: number, around: Surroundings): void {
    const { end } = around;
    const whole = this.known(this.textOf(start, end));
    // "No." may be a number's or a sentence's last word, and "# Title" is a heading: people's, not a corpus's.
    const isOpen =
      this.isWritten && whole !== undefined && (abbreviation.test(whole) || (around.first && whole === '#'));
    if (whole !== undefined && !isOpen) this.tell([{ start, end, word: whole }], around);
    else if (this.style.attached) this.tell([this.readAttached(start, end)], around);
    else if (whole === '#') return;
    else this.tell(this.readParts(start, around), around);
  }

  /** Where punctuation belongs to the words: as it stands, in another case, or without its punctuation. */
  private readAttached(start: number, end: number): Piece {
    let [from, to] = [start, end];
    const word = this.find(start, end);
    if (word !== undefined) return { start, end, word };
    while (from < to && punctuation.test(this.text[from] ?? '')) from++;
    while (to > from && punctuation.test(this.text[to - 1] ?? '')) to--;
    return { start, end, word: this.find(from, to) };
  }

  private readParts(start: number, around: Surroundings): Piece[] {
    const { text } = this;
    const pieces: Piece[] = [];
    const chunk = text.slice(start, around.end);
    let from = start;
    for (const { 0: mark, index } of chunk.matchAll(parting)) {
      const at = start + index;
      this.readPart(from, at, around, pieces);
      from = at + mark.length;
      const word =
        this.known(mark) ?? (/^[—-]/u.test(mark) ? this.known('--') : mark === '…' ? this.known('...') : undefined);
      if (word !== undefined) pieces.push({ start: at, end: from, word });
    }
    this.readPart(from, around.end, around, pieces);
    return pieces;
  }

  /** Takes marks off both ends of start..end until what is left is a word; appends what it found to `pieces`. */
  private readPart(start: number, end: number, around: Surroundings, pieces: Piece[]): void {
    const after: Piece[][] = [];
    let [from, to] = [start, end];
    while (from < to) {
      const core = this.readCore(from, to, around);
      if (core !== undefined) {
        pieces.push(...core);
        break;
      }
      const lead = this.takeLead(from, to, pieces);
      const tail = lead === 0 ? this.takeTail(from, to, around, after) : 0;
      if (lead + tail === 0) {
        pieces.push({ start: from, end: to, word: undefined });
        break;
      }
      from += lead;
      to -= tail;
    }
    for (const taken of after.reverse()) pieces.push(...taken);
  }

  /** What is a word, or words, without taking anything off. */
  private readCore(from: number, to: number, around: Surroundings): readonly Piece[] | undefined {
    const { text } = this;
    if (to - from > Math.max(this.style.longest, 40)) return undefined;
    const word = this.find(from, to);
    if (word !== undefined && abbreviation.test(word) && text[to - 1] === '.')
      return this.readAbbreviation(from, to, word, around);
    if (word !== undefined) return [{ start: from, end: to, word }];
    const core = text.slice(from, to);
    const [first, second, place] = splitWords.get(core.toLowerCase()) ?? [];
    if (place !== undefined && this.known(first) !== undefined && this.known(second) !== undefined)
      return [
        { start: from, end: from + place, word: first },
        { start: from + place, end: to, word: second },
      ];
    if (figure.test(core) && !/[.,:/–-]$/.test(core) && this.known('N') !== undefined)
      return [{ start: from, end: to, word: 'N' }];
    // E.E.C.: no sentence ends with each point.
    return initials.test(core) ? [{ start: from, end: to, word: undefined }] : undefined;
  }

  /** `corp.` at the end of a sentence is both: `corp` and the end where the vocabulary has it, else `corp.` and the end. */
  private readAbbreviation(from: number, to: number, word: string, around: Surroundings): readonly Piece[] {
    const whole = { start: from, end: to, word };
    if (!this.isWritten || !this.endsSentence(word, around)) return [whole];
    if (this.style.fullStop)
      return [whole, { start: to, end: to, word: '.' }, { start: to, end: to, sentenceEnd: true }];
    const stem = this.known(word.slice(0, -1));
    if (stem === undefined) return [whole, { start: to, end: to, sentenceEnd: true }];
    return [
      { start: from, end: to - 1, word: stem },
      { start: to - 1, end: to, sentenceEnd: true },
    ];
  }

  /** Whether the point of an abbreviation ends the sentence, too. */
  private endsSentence(word: string, { end }: Surroundings): boolean {
    const { text } = this;
    if (titles.has(word.toLowerCase()) || /^\p{L}\.$/u.test(word)) return false;
    if (text[end] === '\n' || text.startsWith('\r\n', end)) return true;
    const next = this.after(end);
    const start = /^[\p{L}.]+/u.exec(text.slice(next, next + 12))?.[0] ?? '';
    if (/^\p{Lu}/u.test(start) && sentenceStarters.has(start.toLowerCase())) return true;
    // "no" is so much more frequent than "no." that it must be the word.
    const stem = this.known(word.slice(0, -1));
    return (
      stem !== undefined && this.count(stem) > 2 * this.count(word) && (next === text.length || /^\p{Lu}/u.test(start))
    );
  }

  /** Takes one mark off the front. @returns how many units it has, 0 where there is none */
  private takeLead(from: number, to: number, pieces: Piece[]): number {
    const { text } = this;
    const amount = money.exec(text.slice(from, Math.min(to, from + 6)))?.[0];
    if (amount !== undefined) {
      const end = from + amount.length;
      pieces.push({ start: from, end, word: this.find(from, end) ?? (amount === '£' ? this.known('#') : undefined) });
      return amount.length;
    }
    const character = String.fromCodePoint(text.codePointAt(from) ?? 0);
    const isMark = opening.has(character) || punctuation.test(character) || /[#$%&]/.test(character);
    if (!isMark) return 0;
    const length = text.startsWith('``', from) || text.startsWith("''", from) ? 2 : 1;
    const isAlone = from + length === to;
    const word = this.markWord(text.slice(from, from + length), isAlone ? 'alone' : 'before');
    if (word !== undefined) pieces.push({ start: from, end: from + length, word });
    else if (isAlone && /[.?!]/.test(character)) pieces.push(...this.sentenceMark(from, to, { end: to, first: false }));
    return length;
  }

  /** Takes one mark or contraction off the end. @returns how many units it has, 0 where there is none */
  private takeTail(from: number, to: number, around: Surroundings, after: Piece[][]): number {
    const { text } = this;
    const ending = clitics.find((clitic) => this.endsWith(from, to, clitic));
    if (ending !== undefined) {
      after.push([{ start: to - ending.length, end: to, word: ending }]);
      return ending.length;
    }
    const character = text[to - 1] ?? '';
    if (!punctuation.test(character)) return 0;
    const length = text.startsWith("''", to - 2) && to - 2 > from ? 2 : 1;
    const mark = text.slice(to - length, to);
    if (length === 1 && /[.?!]/.test(mark)) {
      after.push([...this.sentenceMark(from, to, around)]);
      return 1;
    }
    if (mark === '%' && this.known('%') === undefined) {
      const isFigure = /\d/.test(text[to - 2] ?? '');
      // The Penn Treebank corpus writes 15 % as "N N".
      after.push([{ start: to - 1, end: to, word: isFigure ? this.known('N') : undefined }]);
      return 1;
    }
    const isPossessive = /^['’]$/.test(mark) && !this.singleOpen && /s/i.test(text[to - 2] ?? '');
    const word = isPossessive ? this.known("'") : this.markWord(mark, 'after');
    if (word !== undefined) after.push([{ start: to - length, end: to, word }]);
    return length;
  }

  /** `.`, `?` or `!` at the end of from..end: a word, the end of the sentence, or the point of an abbreviation. */
  private sentenceMark(from: number, end: number, around: Surroundings): Piece[] {
    const { text } = this;
    const start = end - 1;
    const mark = text.slice(start, end);
    const word = this.known(mark);
    const next = this.after(around.end);
    const goesOn = /^\p{Ll}/u.test(text.slice(next, next + 2)) && !(mark === '.' && this.isEnded(from, start));
    const isListNumber = around.first && mark === '.' && /\d/.test(text[start - 1] ?? '');
    if (isListNumber || (goesOn && (mark === '.' || word === undefined))) return [];
    if (word !== undefined)
      return [{ start, end, word }, ...(goesOn ? [] : [{ start: end, end, sentenceEnd: true } as const])];
    // "?" in a vocabulary that has "." alone.
    return [{ start, end, ...(this.style.fullStop ? { word: '.' } : { sentenceEnd: true as const }) }];
  }

  /** Whether a point behind from..to ends a sentence though a small letter follows: people write all in small letters, too. */
  private isEnded(from: number, to: number): boolean {
    const stem = this.text.slice(Math.max(from, to - 40), to);
    const word = /\p{L}[\p{L}\p{N}'’-]*$/u.exec(stem)?.[0] ?? '';
    if (word === '') return to > from;
    if (word.length === 1 || titles.has(`${word.toLowerCase()}.`)) return false;
    // "etc. and": an abbreviation is short, and no word by itself.
    return word.length > longestAbbreviation || this.find(to - word.length, to) !== undefined;
  }

  /** The word for a quotation mark, a bracket or another mark, by where it stands. */
  private markWord(mark: string, place: 'before' | 'after' | 'alone'): string | undefined {
    const own = this.known(mark);
    if (/^(?:["“”„«»]|``|'')$/u.test(mark)) {
      const opens =
        /[“„«]|``/u.test(mark) || (mark === '"' && (place === 'alone' ? !this.doubleOpen : place === 'before'));
      this.doubleOpen = opens;
      return own ?? this.known(opens ? '``' : "''") ?? this.known('"');
    }
    if (/^['‘’`]$/u.test(mark)) {
      const opens = mark !== '’' && place === 'before';
      this.singleOpen = opens;
      if (place === 'alone') return own ?? (mark === '’' ? this.known("'") : undefined);
      // "'" alone is the possessive of a plural.
      return opens ? this.known('`') : this.known('`') === undefined ? undefined : this.known("'");
    }
    if (mark === '%') return own ?? this.known('N');
    return own ?? this.known(brackets.get(mark) ?? `\\${mark}`) ?? (mark === '–' ? this.known('--') : undefined);
  }

  /** Gives the pieces of a chunk to the list. */
  private tell(pieces: readonly Piece[], { end }: Surroundings): void {
    let sentenceEnds = false;
    for (const piece of pieces) {
      if ('word' in piece) {
        this.list.push(piece.start, piece.end, piece.word);
        this.endTold = false;
      } else if (this.style.fullStop) sentenceEnds = true;
      else if (!this.endTold) {
        this.list.pushEnd(piece.start, piece.end);
        this.endTold = true;
      }
    }
    // After "." a corpus of one sentence a line has its line's end; a line break tells it itself.
    if (!sentenceEnds || !this.style.lineIsSentence || end >= this.text.length) return;
    if (/[\r\n]/.test(this.text[end] ?? '')) return;
    this.list.pushEnd(end, end);
    this.endTold = true;
  }

  /** Where the next word of the line starts, its opening marks left out; the end of the line where there is none. */
  private after(end: number): number {
    if (this.next.of === end) return this.next.place;
    const { text } = this;
    let place = end;
    while (place < text.length && text[place] !== '\n') {
      if (!isSpace(text.charCodeAt(place)) && !opening.has(text[place] ?? '')) break;
      place++;
    }
    this.next = { of: end, place };
    return place;
  }

  private endsWith(from: number, to: number, clitic: string): boolean {
    if (to - from <= clitic.length || this.known(clitic) === undefined) return false;
    return (
      this.textOf(to - clitic.length, to)
        .replaceAll('’', "'")
        .toLowerCase() === clitic
    );
  }

  /** The word of the vocabulary that start..end is, in one of the ways in which it may be written. */
  private find(start: number, end: number): string | undefined {
    if (start >= end) return undefined;
    const text = this.textOf(start, end).replaceAll('’', "'");
    const lower = text.toLowerCase();
    const found = this.known(text) ?? this.known(lower);
    if (found !== undefined) return found;
    // In the Penn Treebank slashes and asterisks are escaped.
    if (/[/*]/.test(lower)) return this.known(lower.replaceAll(/[/*]/g, '\\$&'));
    if (!this.style.cased || lower.length < 2) return undefined;
    return this.known(`${lower.slice(0, 1).toUpperCase()}${lower.slice(1)}`);
  }

  /** The text at start..end; nothing where it is longer than any word. */
  private textOf(start: number, end: number): string {
    return end - start > this.style.longest ? '' : this.text.slice(start, end);
  }

  private known(word: string | undefined): string | undefined {
    return word !== undefined && this.vocabulary.idOf(word) !== undefined ? word : undefined;
  }

  private count(word: string): number {
    return this.vocabulary.counts[this.vocabulary.idOf(word) ?? -1] ?? 0;
  }
}
