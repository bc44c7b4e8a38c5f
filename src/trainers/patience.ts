import { readStatus } from '../runs/files.ts';
import type { RunStatus } from '../runs/schema.ts';

/** How long to wait for a trainer, in seconds, before it is taken for one that hangs. */
export interface Patience {
  /** What a call took at most so far; undefined where that is not known. */
  readonly usualCallSeconds: number | undefined;
  /** Until a request is heard: a call of the engine blocks the trainer. */
  readonly callSeconds: number;
  /** For saving a checkpoint, and the end of the process. */
  readonly checkpointSeconds: number;
}

/** So many times longer than anything before may take it on a machine that has become busy. */
const factor = 10;
/** Times are never taken for shorter: a machine may swap, and a disk may be woken. */
const leastSeconds = { call: 30, checkpoint: 60 } as const;
/** Where nothing was measured: a first step, a run of before it was recorded. A trainer so silent counts as interrupted. */
const unknownSeconds = 600;

/**
 * How long the trainer of a run may need, by what it has measured.
 *
 * @param status of the run; undefined where it cannot be read
 * @param pid the trainer: what another process measured, on another day perhaps, is not about this one
 */
export function patienceWith(status: RunStatus | undefined, pid: number | undefined): Patience {
  const measured = status !== undefined && status.pid === pid ? status.stopTimes : undefined;
  const { callSeconds, checkpointSeconds } = measured ?? { callSeconds: null, checkpointSeconds: null };
  const atMost = (seconds: number | null, least: number) =>
    seconds === null ? unknownSeconds : Math.max(least, factor * seconds);
  return {
    usualCallSeconds: callSeconds ?? undefined,
    callSeconds: atMost(callSeconds, leastSeconds.call),
    checkpointSeconds: atMost(checkpointSeconds, leastSeconds.checkpoint),
  };
}

/** How long the trainer of a run may need just now. Never rejects. */
export async function readPatience(folder: string, pid: number | undefined): Promise<Patience> {
  return patienceWith(await readStatus(folder).catch(() => undefined), pid);
}
