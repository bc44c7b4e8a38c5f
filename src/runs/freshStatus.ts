import { hostname } from 'node:os';

import { format, type RunStatus } from './schema.ts';

/** The status of a run of which nothing but its checkpoints is known. @param startedAt when it was made */
export function interruptedStatus(startedAt: string): RunStatus {
  return { ...freshStatus(), state: 'interrupted', startedAt };
}

/** The status of a run that this process trains from now on. */
export function freshStatus(): RunStatus {
  const now = new Date().toISOString();
  return {
    format,
    state: 'running',
    pid: process.pid,
    host: hostname(),
    startedAt: now,
    heartbeatAt: now,
    progress: { epoch: 0, epochs: 0, step: 0, totalSteps: 0, fraction: 0, secondsLeft: null },
    latest: {},
    best: {},
  };
}
