/** Tells everybody who listens. */
export class Emitter<Change = void> {
  readonly #listeners: ((change: Change) => void)[] = [];

  on(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}
