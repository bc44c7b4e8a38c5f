const chunkLength = 1 << 18;

export type NumberRun = Int32Array | Uint16Array;

/**
 * A list of 32-bit numbers that grows in chunks: it is never copied, and never an array of boxed numbers. Full chunks are
 * kept in 16 bits where their numbers allow it, which is nearly all of a text.
 */
export class IdList {
  private readonly full: NumberRun[] = [];
  private readonly current = new Int32Array(chunkLength);
  private filled = 0;

  get length(): number {
    return this.full.length * chunkLength + this.filled;
  }

  push(id: number): void {
    if (this.filled === chunkLength) {
      const narrow = this.current.every((each) => each >= 0 && each <= 0xffff);
      this.full.push(narrow ? Uint16Array.from(this.current) : this.current.slice());
      this.filled = 0;
    }
    this.current[this.filled++] = id;
  }

  at(index: number): number {
    if (index < 0 || index >= this.length) throw new RangeError(`IdList: no entry ${index} among ${this.length}`);
    return this.chunk(Math.floor(index / chunkLength))[index % chunkLength] ?? 0;
  }

  /** Calls `visit` with the entries from..to-1, a run of a chunk at a time, and each run's place after `from`. */
  runs(from: number, to: number, visit: (run: NumberRun, place: number) => void): void {
    for (let start = from; start < to;) {
      const offset = start % chunkLength;
      const end = Math.min(to, start - offset + chunkLength);
      visit(this.chunk(Math.floor(start / chunkLength)).subarray(offset, offset + end - start), start - from);
      start = end;
    }
  }

  private chunk(index: number): NumberRun {
    return this.full[index] ?? this.current;
  }
}
