/** Who wants to hear of something. */
export class Listeners<Event> {
  private readonly listeners = new Set<{ readonly listener: (event: Event) => void }>();

  get size(): number {
    return this.listeners.size;
  }

  /** Adds a listener; disposing of what comes back removes it. */
  add(listener: (event: Event) => void): { dispose(): void } {
    // Wrapped, so that the same function added twice is two listeners.
    const entry = { listener };
    this.listeners.add(entry);
    return { dispose: () => void this.listeners.delete(entry) };
  }

  /** Tells all listeners. One that throws keeps neither the others nor the caller from going on; it is reported. */
  tell(event: Event): void {
    for (const { listener } of [...this.listeners]) {
      try {
        listener(event);
      } catch (error) {
        console.error('A listener failed:', error);
      }
    }
  }

  clear(): void {
    this.listeners.clear();
  }
}
