import { describeDuration } from '../util/durations.ts';
import type { StopOutcome, StopProgress } from './stopping.ts';

/** What a stop waits for, as a person is told: `waiting for the call under way (so far up to 12 s)`. */
export function describeWait({ waitsFor, patience }: StopProgress): string {
  if (waitsFor === 'checkpoint') return 'saving a checkpoint';
  const { usualCallSeconds, callSeconds } = patience;
  const usual = usualCallSeconds === undefined ? '' : `, which has taken up to ${describeDuration(usualCallSeconds)}`;
  return `waiting for the step under way${usual}; its process is killed if it does not answer within ${describeDuration(callSeconds)}`;
}

/** What became of a run that was to stop, as what is said of it: `stopped after step 1,200; a checkpoint was saved`. */
export function describeOutcome(outcome: StopOutcome): string {
  switch (outcome.how) {
    case 'stopped':
      return `stopped after step ${grouped(outcome.step)}; a checkpoint was saved`;
    case 'not begun':
      return 'stopped before it continued; its last checkpoint is as it was';
    case 'ended':
      return endOf(outcome.status);
    case 'died':
      return `its process ended unexpectedly; ${checkpointOf(outcome.step)}`;
    case 'killed':
      return `its process did not answer for ${describeDuration(outcome.seconds)} and was killed; ${checkpointOf(outcome.step)}`;
  }
}

function endOf({ state, message }: Extract<StopOutcome, { how: 'ended' }>['status']): string {
  if (state === 'done') return 'had finished training before it could be stopped';
  return `${state}${message === undefined ? '' : `: ${message.replace(/\.$/, '')}`}`;
}

/** @param step of the newest checkpoint; undefined where there is none */
export function checkpointOf(step: number | undefined): string {
  return step === undefined ? 'there is no checkpoint' : `the last checkpoint is of step ${grouped(step)}`;
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
