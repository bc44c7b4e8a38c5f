import type { Vocabulary } from '../corpus/vocabulary.ts';
import { ProseReader } from './prose.ts';
import { isSpace, TokenList } from './tokenList.ts';
import type { ReadTokenWithId } from './tokenList.ts';

export type { ReadTokenWithId } from './tokenList.ts';

export interface ReadingOptions {
  readonly vocabulary: Vocabulary;
  readonly unit: 'word' | 'character';
  /**
   * `prose` (the default): as people write, with capitals, contractions, attached punctuation and figures, which are
   * brought to the vocabulary's own way of writing. `corpus`: to the token what the corpus reader makes of a text file,
   * for texts that are in that form. A text whose tokens all are in the vocabulary as they stand reads alike.
   */
  readonly reading?: 'prose' | 'corpus';
}

const byteOrderMark = 0xfeff;

/**
 * The tokens of any text of an editor, in their order, each with its place (UTF-16 units). A line break is `<eos>`, and so is
 * the point of a sentence where the vocabulary has none; at its end a text without a line break has no `<eos>` but that.
 * Punctuation that the vocabulary lacks is left out. Takes time linear in the text's length.
 */
export function readText(text: string, { vocabulary, unit, reading = 'prose' }: ReadingOptions): ReadTokenWithId[] {
  const list = new TokenList(text, vocabulary);
  const start = text.charCodeAt(0) === byteOrderMark ? 1 : 0;
  if (unit === 'character') readCharacters(list, start, reading);
  else if (reading === 'corpus') readCorpusWords(list, start);
  else new ProseReader(list).read(start);
  return list.tokens;
}

function readCorpusWords(list: TokenList, from: number): void {
  const { text } = list;
  for (let place = from; place < text.length;) {
    const start = place;
    if (isSpace(text.charCodeAt(place))) {
      if (text[place++] === '\n') list.pushEnd(start, place);
      continue;
    }
    while (place < text.length && !isSpace(text.charCodeAt(place))) place++;
    list.push(start, place, text.slice(start, place));
  }
}

function readCharacters(list: TokenList, from: number, reading: 'prose' | 'corpus'): void {
  const { text, vocabulary } = list;
  for (let place = from; place < text.length;) {
    const character = String.fromCodePoint(text.codePointAt(place) ?? 0);
    const end = place + character.length;
    const lower = character.toLowerCase();
    if (character === '\n') list.pushEnd(place, end);
    else if (character !== '\r' || text[end] !== '\n') {
      const asLower = reading === 'prose' && vocabulary.idOf(character) === undefined;
      list.push(place, end, asLower ? lower : character);
    }
    place = end;
  }
}
