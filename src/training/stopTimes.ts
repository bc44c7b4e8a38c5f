import type { RunPhase, RunStatus } from '../runs/schema.ts';

/**
 * How long whoever asks a run to stop has to wait, as measured. Requests are heard on occasions: between two calls of the
 * engine. From one to the next there is a step, or a part of an evaluation, and what is recorded and saved beside it. Each
 * phase has times of its own: a part of an evaluation may be much longer than a step.
 */
export class StopTimes {
  private readonly calls: Partial<Record<RunPhase, number>> = {};
  private checkpoint: number | undefined;
  private begun: { readonly phase: RunPhase; readonly at: number } | undefined;

  /** @param now milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** An occasion is over: a call is next. */
  beginCall(phase: RunPhase): void {
    this.begun = { phase, at: this.now() };
  }

  /** The next occasion has come. */
  endCall(): void {
    if (this.begun === undefined) return;
    const { phase, at } = this.begun;
    this.calls[phase] = Math.max(this.calls[phase] ?? 0, (this.now() - at) / 1000);
    this.begun = undefined;
  }

  /** Nothing was computed for so long, in the call that is under way. */
  leaveOut(milliseconds: number): void {
    if (this.begun !== undefined) this.begun = { ...this.begun, at: this.begun.at + milliseconds };
  }

  /** Measures the saving of a checkpoint. */
  async measureCheckpoint(save: () => Promise<void>): Promise<void> {
    const start = this.now();
    await save();
    this.checkpoint = Math.max(this.checkpoint ?? 0, (this.now() - start) / 1000);
  }

  /** What status.json tells in a phase. */
  of(phase: RunPhase): NonNullable<RunStatus['stopTimes']> {
    return { callSeconds: this.calls[phase] ?? null, checkpointSeconds: this.checkpoint ?? null };
  }
}
