/**
 * Rows of figures, a column a figure, that grow at the end and are cut when a resumed run has gone back. The arrays
 * double when they are full, so appending one row at a time costs the same over a long run as reading it at once.
 */
export class Columns<Name extends string> {
  readonly #names: readonly Name[];
  #arrays: Record<Name, Float64Array>;
  #length = 0;
  #rewritten = 0;

  constructor(names: readonly Name[], rows?: Readonly<Record<Name, Float64Array>>) {
    this.#names = names;
    this.#arrays = record(names, () => new Float64Array(0));
    if (rows !== undefined) this.append(rows);
  }

  get length(): number {
    return this.#length;
  }

  /** How often rows that were there were dropped: what was worked out of them is then wrong. */
  get rewritten(): number {
    return this.#rewritten;
  }

  /** The figures of a column, oldest first. A view: valid until the next change. */
  column(name: Name): Float64Array {
    return this.#arrays[name].subarray(0, this.#length);
  }

  /** The figures of every column, as `column`. */
  columns(): Record<Name, Float64Array> {
    return record(this.#names, (name) => this.column(name));
  }

  append(rows: Readonly<Record<Name, Float64Array>>): void {
    const more = rows[this.#names[0] as Name].length;
    this.#reserve(this.#length + more);
    for (const name of this.#names) this.#arrays[name].set(rows[name], this.#length);
    this.#length += more;
  }

  /** Keeps the first `length` rows. */
  truncate(length: number): void {
    if (length >= this.#length) return;
    this.#length = length;
    this.#rewritten += 1;
  }

  #reserve(rows: number): void {
    const old = this.#arrays;
    const capacity = old[this.#names[0] as Name].length;
    if (rows <= capacity) return;
    // The first fill is exact: most runs are finished and never grow.
    const room = this.#length === 0 ? rows : Math.max(rows, 2 * capacity);
    this.#arrays = record(this.#names, (name) => {
      const grown = new Float64Array(room);
      grown.set(old[name].subarray(0, this.#length));
      return grown;
    });
  }
}

function record<Name extends string, Value>(names: readonly Name[], value: (name: Name) => Value): Record<Name, Value> {
  return Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, Value>;
}
