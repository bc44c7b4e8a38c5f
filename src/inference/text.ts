import type { Unit } from '../config/vocabulary.ts';
import type { Vocabulary } from '../corpus/vocabulary.ts';
import { ProseReader } from './prose.ts';
import { TokenList } from './tokenList.ts';
import type { ReadTokenWithId } from './tokenList.ts';

export type { ReadTokenWithId } from './tokenList.ts';

export interface ReadingOptions {
  readonly vocabulary: Vocabulary;
  readonly unit: Unit;
}

const byteOrderMark = 0xfeff;

/**
 * The tokens of any text of an editor, in their order, each with its place (UTF-16 units). Capitals, contractions, attached
 * punctuation and figures, as people write them, are brought to the vocabulary's own way of writing; a text whose tokens are
 * all in the vocabulary is read as the corpus reader reads it. A line break is `<eos>`, and so is the point of a sentence
 * where the vocabulary has none; at its end a text without a line break has no `<eos>` but that. Punctuation that the
 * vocabulary lacks is left out. Takes time linear in the text's length.
 */
export function readText(text: string, { vocabulary, unit }: ReadingOptions): ReadTokenWithId[] {
  const list = new TokenList(text, vocabulary);
  const start = text.charCodeAt(0) === byteOrderMark ? 1 : 0;
  if (unit === 'character') readCharacters(list, start);
  else new ProseReader(list).read(start);
  return list.tokens;
}

function readCharacters(list: TokenList, from: number): void {
  const { text, vocabulary } = list;
  for (let place = from; place < text.length;) {
    const character = String.fromCodePoint(text.codePointAt(place) ?? 0);
    const end = place + character.length;
    if (character === '\n') list.pushEnd(place, end);
    else if (character !== '\r' || text[end] !== '\n') {
      const asLower = vocabulary.idOf(character) === undefined;
      list.push(place, end, asLower ? character.toLowerCase() : character);
    }
    place = end;
  }
}
