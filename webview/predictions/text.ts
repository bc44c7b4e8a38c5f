import type { Unit } from '../../src/config/vocabulary.ts';
import type { ScoredToken } from '../../src/protocol/inference.ts';
import { joinWord, spaceAfter } from '../../src/protocol/joining.ts';
import { visible } from '../shared/visible.ts';

/** What is done with the text: which part of it is read, where words go, which tokens of two texts belong together. */

/** So many tokens are shown. */
export const maxTokens = 20_000;
/** UTF-16 units: what is read before the caret is at least so long where the text is, and less than twice that. */
export const contextUnit = 16_000;

export type { Unit };

/**
 * The part of a text that is scored: as many words (of a character model, characters) as can be shown.
 *
 * @returns the text itself where it is short enough
 */
export function readable(text: string, unit: Unit, max = maxTokens): string {
  // No token is shorter than a character.
  if (text.length <= max) return text;
  if (unit === 'character') return text.slice(0, max);
  const word = /\S+/gu;
  for (let count = 0; count < max; count++) if (word.exec(text) === null) return text;
  return text.slice(0, word.lastIndex);
}

/**
 * Where in a text what is read before the caret begins. It stays where it is for many words that are typed, so that the
 * state of what was read before can be gone on from.
 */
export function contextStart(text: string, caret: number): number {
  if (caret < 2 * contextUnit) return 0;
  const from = Math.floor(caret / contextUnit - 1) * contextUnit;
  const blank = /\s/u.exec(text.slice(from, caret));
  return blank === null ? from : from + blank.index;
}

export interface Place {
  readonly text: string;
  readonly caret: number;
}

/** Punctuation that stands on the word before it. */
const closingMarks = /^[.,;:?!%)\]}”…]\p{P}*(?!\S)/u;

/** Puts a word at the caret, joined to what stands around it as prose. @returns the text with the caret after the word */
export function withWord({ text, caret }: Place, word: string, unit: Unit): Place {
  const before = text.slice(0, caret);
  const after = text.slice(caret);
  const isWord = unit === 'word' && word !== '<eos>';
  const added = isWord ? joinWord(before, word) : word === '<eos>' ? '\n' : word;
  const isApart = !isWord || after === '' || /^\s/u.test(after) || closingMarks.test(after);
  const right = isApart ? '' : spaceAfter(added);
  return { text: before + added + right + after, caret: caret + added.length };
}

/** A word that was put in another's place. */
export interface Replacement {
  /** The whole text as it was. */
  readonly before: string;
  readonly start: number;
  /** Of the old word, and of the new one. */
  readonly oldEnd: number;
  readonly newEnd: number;
}

/**
 * Puts another word from `start` to `end`, parted from letters that it would touch. The caret stays where it is in the
 * text: who has typed at its end goes on there.
 *
 * @returns the text, what was done, and where the word begins; none where nothing changes
 */
export function replaced(
  { text, caret }: Place,
  { start, end }: { start: number; end: number },
  word: string,
  unit: Unit,
): (Place & { replacement: Replacement; wordStart: number }) | undefined {
  const letter = /[\p{L}\p{N}<>]/u;
  const inserted = word === '<eos>' ? '\n' : word;
  const left = unit === 'word' && touches(text.slice(0, start).at(-1), inserted[0], letter) ? ' ' : '';
  const right = unit === 'word' && touches(inserted.at(-1), text[end], letter) ? ' ' : '';
  const changed = text.slice(0, start) + left + inserted + right + text.slice(end);
  if (changed === text) return undefined;
  const newEnd = start + left.length + inserted.length + right.length;
  const moved = caret <= start ? caret : caret <= end ? newEnd - right.length : caret + newEnd - end;
  const replacement = { before: text, start, oldEnd: end, newEnd };
  return { text: changed, caret: moved, replacement, wordStart: start + left.length };
}

function touches(left: string | undefined, right: string | undefined, letter: RegExp): boolean {
  return left !== undefined && right !== undefined && letter.test(left) && letter.test(right);
}

/**
 * For each token of the new text the one of the old text that stands in its place; none for the words that were
 * exchanged, and where the texts were divided differently.
 */
export function counterparts(
  tokens: readonly ScoredToken[],
  old: readonly ScoredToken[],
  { start, oldEnd, newEnd }: Replacement,
): (ScoredToken | undefined)[] {
  const at = new Map(old.map((token) => [placeKey(token.start, token.end), token]));
  const shift = newEnd - oldEnd;
  return tokens.map((token) => {
    if (token.end <= start && token.start < start) return at.get(placeKey(token.start, token.end));
    if (token.start < newEnd) return undefined;
    return at.get(placeKey(token.start - shift, token.end - shift));
  });
}

const placeKey = (start: number, end: number): string => `${start} ${end}`;

/** A token of a text as it can be shown: the end of a sentence as it is written there. */
export function asWritten(token: ScoredToken, text: string): string {
  if (token.token !== '<eos>') return visible(token.token);
  return text.slice(token.start, token.end).trim() || visible(token.token);
}

/** The last words before the caret, for a heading. */
export function lastWords(text: string, max = 5): string {
  const line = text.slice(-400).replace(/\s+/gu, ' ').trim();
  const words = line.split(' ');
  const last = words.slice(-max).join(' ').slice(-60);
  return last.length < text.trim().length ? `… ${last.trim()}` : last;
}

/** The first words behind the caret. */
export function firstWords(text: string, max = 3): string {
  const line = text.replace(/\s+/gu, ' ').trim();
  const first = line.split(' ').slice(0, max).join(' ').slice(0, 40);
  return first.length < line.length ? `${first} …` : first;
}
