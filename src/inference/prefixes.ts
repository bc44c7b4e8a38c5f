import type { States } from '../trainedModel/reader.ts';

/** What the states of recent prefixes of one direction of a model may take together. */
const maxBytes = 48 * 2 ** 20;

/**
 * The recurrent states after recently read prefixes, so that one more word costs one step. A prefix is known by a hash of
 * 53 bits: among a million prefixes two differ with the same hash by a chance of one in 20,000.
 */
export class PrefixCache {
  private readonly entries = new Map<number, States>();
  private bytes = 0;

  /** The longest known prefix. @param keys by prefixKeys @returns its length, 0 where none is known */
  longest(keys: Float64Array): { length: number; states: States | undefined } {
    for (let length = keys.length; length > 0; length--) {
      const key = keys[length - 1] ?? 0;
      const states = this.entries.get(key);
      if (states === undefined) continue;
      // The last of a Map's entries is the one that was used last.
      this.entries.delete(key);
      this.entries.set(key, states);
      return { length, states };
    }
    return { length: 0, states: undefined };
  }

  set(key: number, states: States): void {
    if (this.entries.has(key)) return;
    this.entries.set(key, states);
    this.bytes += bytesOf(states);
    for (const [oldest, old] of this.entries) {
      if (this.bytes <= maxBytes) return;
      this.entries.delete(oldest);
      this.bytes -= bytesOf(old);
    }
  }
}

function bytesOf(states: States): number {
  return states.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** The hashes of the prefixes of 1, 2, … ids: two chains of 32-bit mixing steps, of which 53 bits are kept. */
export function prefixKeys(ids: ArrayLike<number>): Float64Array {
  const keys = new Float64Array(ids.length);
  let low = 0x2545f491;
  let high = 0x6c078965;
  for (let place = 0; place < ids.length; place++) {
    const id = ids[place] ?? 0;
    low = Math.imul(low ^ id, 0x85ebca6b);
    low ^= low >>> 15;
    high = Math.imul(high + id + 1, 0xc2b2ae35);
    high ^= high >>> 13;
    keys[place] = (high >>> 11) * 2 ** 32 + (low >>> 0);
  }
  return keys;
}
