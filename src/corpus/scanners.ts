import { IdList } from './idList.ts';
import type { CodePointTable, WordTable } from './tokenTables.ts';
import { endNumber, hashFactor, hashStart } from './tokenTables.ts';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** The longest word, in bytes. Text has none near it: what has is no text, and would fill the memory. */
export const longestWord = 64 * 1024;

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

/** Turns the bytes of one file, piece by piece, into numbers of a token table. */
export interface Scanner {
  /** The tokens so far, as numbers of the table. */
  readonly ids: IdList;
  /** For each line so far, how many tokens there are up to and with its end. */
  readonly lineEnds: IdList;
  /** Whether anything but white space came. */
  readonly hasText: boolean;
  /** How many of the first `length` bytes end with a whole token; the rest must come again with what follows. */
  cut(bytes: Uint8Array, length: number): number;
  /**
   * Reads bytes[start..end): valid UTF-8, and whole tokens. Returns `end`, or the place of a word that is longer than
   * `longestWord` and where it stopped.
   */
  scan(bytes: Uint8Array, start: number, end: number): number;
  /** After the last piece: ends a line that lacks its line feed. */
  finish(): void;
}

/**
 * Words between ASCII white space; `<eos>` for each line feed, so for a blank line too, and for the end of a last line with
 * words but no line feed (TensorFlow's PTB reader: "\n" becomes "<eos>", then split). A carriage return is white space.
 */
export class WordScanner implements Scanner {
  readonly ids = new IdList();
  readonly lineEnds = new IdList();
  hasText = false;
  private lineOpen = false;

  constructor(private readonly table: WordTable) {}

  cut(bytes: Uint8Array, length: number): number {
    let end = length;
    while (end > 0 && !isSpace(bytes[end - 1]!)) end--;
    return end;
  }

  scan(bytes: Uint8Array, start: number, end: number): number {
    const { ids, table } = this;
    let place = start;
    while (place < end) {
      const first = bytes[place]!;
      if (isSpace(first)) {
        if (first === lineFeed) this.endLine();
        place++;
        continue;
      }
      const wordStart = place;
      let hash = hashStart;
      for (let byte = first; place < end && !isSpace(byte); byte = bytes[++place]!) {
        hash = Math.imul(hash ^ byte, hashFactor);
      }
      if (place - wordStart > longestWord) return wordStart;
      ids.push(table.numberOf(bytes, wordStart, place, hash));
      this.lineOpen = true;
    }
    return end;
  }

  finish(): void {
    if (this.lineOpen) this.endLine();
  }

  private endLine(): void {
    this.hasText ||= this.lineOpen;
    this.ids.push(endNumber);
    this.lineEnds.push(this.ids.length);
    this.lineOpen = false;
  }
}

/** Each Unicode code point, spaces too; `<eos>` for a line feed or a carriage return with a line feed. */
export class CharacterScanner implements Scanner {
  readonly ids = new IdList();
  readonly lineEnds = new IdList();
  hasText = false;
  private lineOpen = false;

  constructor(private readonly table: CodePointTable) {}

  cut(bytes: Uint8Array, length: number): number {
    if (length === 0) return 0;
    // Back over at most three continuation bytes to the byte that says how long its character is.
    let lead = length - 1;
    while (lead > 0 && lead > length - 4 && (bytes[lead]! & 0xc0) === 0x80) lead--;
    const byte = bytes[lead]!;
    if (byte === carriageReturn || lead + encodedLength(byte) > length) return lead;
    return length;
  }

  scan(bytes: Uint8Array, start: number, end: number): number {
    const { ids, table } = this;
    for (let place = start; place < end;) {
      const byte = bytes[place]!;
      if (byte === lineFeed) {
        this.endLine();
        place++;
        continue;
      }
      if (byte === carriageReturn && bytes[place + 1] === lineFeed && place + 1 < end) {
        place++;
        continue;
      }
      const length = encodedLength(byte);
      let codePoint = byte;
      if (length > 1) {
        codePoint = byte & (0xff >> (length + 1));
        for (let next = 1; next < length; next++) codePoint = (codePoint << 6) | (bytes[place + next]! & 0x3f);
      }
      if (!isSpace(byte)) this.hasText = true;
      ids.push(table.numberOf(codePoint));
      this.lineOpen = true;
      place += length;
    }
    return end;
  }

  finish(): void {
    if (this.lineOpen) this.endLine();
  }

  private endLine(): void {
    this.ids.push(endNumber);
    this.lineEnds.push(this.ids.length);
    this.lineOpen = false;
  }
}

/** Bytes of the UTF-8 character that starts with this byte. */
export function encodedLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}
