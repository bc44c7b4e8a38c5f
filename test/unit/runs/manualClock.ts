import type { Clock } from '../../../src/util/clock.ts';

/** A clock whose hands a test turns. */
export class ManualClock implements Clock {
  private readonly due = new Set<{ at: number; action: () => void }>();

  constructor(private time = Date.now()) {}

  now(): number {
    return this.time;
  }

  after(milliseconds: number, action: () => void): { dispose(): void } {
    const entry = { at: this.time + milliseconds, action };
    this.due.add(entry);
    return { dispose: () => void this.due.delete(entry) };
  }

  /** How much waits for its time. */
  get waiting(): number {
    return this.due.size;
  }

  /** Lets time pass; what falls due on the way is done in its order. */
  pass(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      const next = [...this.due].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.due.delete(next);
      this.time = Math.max(this.time, next.at);
      next.action();
    }
    this.time = end;
  }
}
