import { endOfSentence } from './vocabulary.ts';

/** The number of `<eos>` in every token table. */
export const endNumber = 0;

/** Different tokens, numbered by first appearance from 1; 0 is `<eos>`. */
export interface TokenTable {
  readonly size: number;
  textOf(number: number): string;
}

/**
 * Words as byte strings: a hash table with open addressing over one arena of bytes. A Map of strings would make a string
 * of each word of the corpus first, which alone takes longer than all of this.
 */
export class WordTable implements TokenTable {
  size = 0;
  /**
   * Two entries a slot, side by side for the sake of the processor's cache: the word's hash, and its number + 1 or 0 for an
   * empty slot. The count of slots is a power of two, and at most half of them are taken.
   */
  private slots = new Int32Array(1 << 17);
  /** Word w is arena[ends[w - 1]..ends[w]). */
  private ends = new Int32Array(1 << 15);
  private arena = Buffer.allocUnsafe(1 << 18);

  constructor() {
    const bytes = Buffer.from(endOfSentence);
    this.numberOf(bytes, 0, bytes.length, hashOf(bytes, 0, bytes.length));
  }

  /** The number of the word bytes[start..end), entered if it is new; `hash` is what `hashOf` gives for it. */
  numberOf(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const { slots } = this;
    const last = slots.length - 2;
    let slot = slotOf(hash) & last;
    for (let entry = slots[slot + 1]!; entry !== 0; entry = slots[slot + 1]!) {
      if (slots[slot] === hash && this.equals(entry - 1, bytes, start, end)) return entry - 1;
      slot = (slot + 2) & last;
    }
    return this.enter(slot, bytes, start, end, hash);
  }

  textOf(number: number): string {
    if (number < 0 || number >= this.size) throw new RangeError(`no word ${number} among ${this.size}`);
    // Not TextDecoder: it would drop a byte order mark that stands inside the text.
    return this.arena.toString('utf8', this.startOf(number), this.ends[number]);
  }

  private startOf(number: number): number {
    return number === 0 ? 0 : this.ends[number - 1]!;
  }

  private equals(number: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.startOf(number);
    const length = end - start;
    if (this.ends[number]! - from !== length) return false;
    const { arena } = this;
    for (let place = 0; place < length; place++) if (arena[from + place] !== bytes[start + place]) return false;
    return true;
  }

  private enter(slot: number, bytes: Uint8Array, start: number, end: number, hash: number): number {
    const number = this.size++;
    if (number === this.ends.length) this.ends = grown(this.ends);
    const from = this.startOf(number);
    const length = end - start;
    if (from + length > this.arena.length) {
      const larger = Buffer.allocUnsafe(Math.max(2 * this.arena.length, from + length));
      this.arena.copy(larger, 0, 0, from);
      this.arena = larger;
    }
    this.arena.set(bytes.subarray(start, end), from);
    this.ends[number] = from + length;
    this.slots[slot] = hash;
    this.slots[slot + 1] = number + 1;
    if (4 * this.size > this.slots.length) this.rehash();
    return number;
  }

  private rehash(): void {
    const old = this.slots;
    const slots = new Int32Array(2 * old.length);
    const last = slots.length - 2;
    for (let place = 0; place < old.length; place += 2) {
      if (old[place + 1] === 0) continue;
      let slot = slotOf(old[place]!) & last;
      while (slots[slot + 1] !== 0) slot = (slot + 2) & last;
      slots[slot] = old[place]!;
      slots[slot + 1] = old[place + 1]!;
    }
    this.slots = slots;
  }
}

/** Mixes the high bits of a hash into the low ones that choose a slot (the first round of MurmurHash3's finaliser), doubled. */
function slotOf(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (mixed ^ (mixed >>> 13)) << 1;
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
}

export const hashStart = 0x811c9dc5 | 0;
export const hashFactor = 0x01000193;

/** FNV-1a, 32 bits. The word scanner computes the same as it goes. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = hashStart;
  for (let place = start; place < end; place++) hash = Math.imul(hash ^ bytes[place]!, hashFactor);
  return hash;
}

/** Unicode code points, looked up directly: 4 MB, and no hashing. */
export class CodePointTable implements TokenTable {
  private readonly numbers = new Int32Array(0x110000);
  /** By number; what stands at 0 is never read. */
  private readonly codePoints: number[] = [-1];

  get size(): number {
    return this.codePoints.length;
  }

  numberOf(codePoint: number): number {
    const known = this.numbers[codePoint]!;
    if (known !== 0) return known;
    const number = this.codePoints.push(codePoint) - 1;
    this.numbers[codePoint] = number;
    return number;
  }

  textOf(number: number): string {
    if (number === endNumber) return endOfSentence;
    const codePoint = this.codePoints[number];
    if (codePoint === undefined) throw new RangeError(`no character ${number} among ${this.size}`);
    return String.fromCodePoint(codePoint);
  }
}
