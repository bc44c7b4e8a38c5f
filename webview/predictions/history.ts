/** What was there before: what can be undone and done again. */
export class History<T> {
  readonly #past: T[] = [];
  readonly #future: T[] = [];
  #typedAt = -Infinity;

  /**
   * @param max entries that are kept
   * @param pause in ms: letters that are typed faster than this are undone together
   * @param now in ms
   */
  constructor(
    readonly max = 100,
    readonly pause = 700,
    readonly now: () => number = () => performance.now(),
  ) {}

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  get canRedo(): boolean {
    return this.#future.length > 0;
  }

  /** Remembers what is there before a change. @param isTyping one letter among others */
  remember(state: T, isTyping = false): void {
    const now = this.now();
    const goesOn = isTyping && now - this.#typedAt < this.pause && this.#future.length === 0;
    this.#typedAt = isTyping ? now : -Infinity;
    this.#future.length = 0;
    if (goesOn) return;
    this.#past.push(state);
    if (this.#past.length > this.max) this.#past.shift();
  }

  /** @param state what is there now @returns what was there before; undefined where there is nothing */
  undo(state: T): T | undefined {
    const before = this.#past.pop();
    if (before !== undefined) this.#future.push(state);
    this.#typedAt = -Infinity;
    return before;
  }

  redo(state: T): T | undefined {
    const after = this.#future.pop();
    if (after !== undefined) this.#past.push(state);
    return after;
  }
}
