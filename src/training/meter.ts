/** Words a second between two readings. */
export class Meter {
  /** The last reading. */
  latest = 0;
  private steps = 0;
  private since = performance.now();

  constructor(private readonly wordsPerStep: number) {}

  /** A step was done. */
  count(): void {
    this.steps++;
  }

  /** Words a second since the last reading, which this one becomes. */
  read(): number {
    const now = performance.now();
    this.latest = (this.steps * this.wordsPerStep * 1000) / Math.max(now - this.since, 1e-3);
    this.steps = 0;
    this.since = now;
    return this.latest;
  }

  /** Leaves out time in which nothing was to be done. */
  leaveOut(milliseconds: number): void {
    this.since += milliseconds;
  }

  /** Starts anew, leaving out what time has passed. */
  restart(): void {
    this.steps = 0;
    this.since = performance.now();
  }
}
