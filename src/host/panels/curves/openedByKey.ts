/** What is opened once for each key, and disposed of when nobody needs it: also when that is before it is open. */
export class OpenedByKey<T extends { dispose(): void }> {
  private readonly opened = new Map<string, Promise<T>>();

  /** @param open called unless the key's is open or on its way; where it rejects, the next call opens again */
  get(key: string, open: () => Promise<T>): Promise<T> {
    const known = this.opened.get(key);
    if (known !== undefined) return known;
    const opening = open();
    this.opened.set(key, opening);
    opening.catch(() => {
      // A newer one may have taken its place.
      if (this.opened.get(key) === opening) this.opened.delete(key);
    });
    return opening;
  }

  /** Calls back with each that is open, now or when it is; not with one that failed to open. What `use` throws is not caught. */
  forEach(use: (opened: T, key: string) => void): void {
    for (const [key, opening] of this.opened) {
      opening.then(
        (opened) => use(opened, key),
        () => undefined,
      );
    }
  }

  /** Disposes of all whose keys are not among these. */
  keepOnly(kept: ReadonlySet<string>): void {
    for (const [key, opening] of this.opened) {
      if (kept.has(key)) continue;
      this.opened.delete(key);
      opening.then(
        (opened) => opened.dispose(),
        () => undefined,
      );
    }
  }
}
