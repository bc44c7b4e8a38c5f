import { describe, expect, it } from 'vitest';
import type { RunStatus } from '../../../src/runs/schema.ts';
import { patienceWith } from '../../../src/trainers/patience.ts';
import { describeOutcome, describeWait } from '../../../src/trainers/stopWords.ts';

const moment = '2026-11-23T10:15:00.000Z';
const status: RunStatus = {
  format: 1,
  state: 'running',
  pid: 5,
  host: 'here',
  startedAt: moment,
  heartbeatAt: moment,
  progress: { epoch: 1, epochs: 6, step: 10, totalSteps: 30, fraction: 1 / 3, secondsLeft: 720 },
  latest: {},
  best: {},
};
const measured = (callSeconds: number | null, checkpointSeconds: number | null): RunStatus => ({
  ...status,
  stopTimes: { callSeconds, checkpointSeconds },
});

describe('the patience with a trainer', () => {
  it.each([
    ['a quick one', measured(0.02, 0.1), 5, 30, 60],
    ['a slow one', measured(45, 90), 5, 450, 900],
    ['its first step', measured(null, 0.1), 5, 600, 60],
    ['one that has saved no checkpoint', measured(0.02, null), 5, 30, 600],
    ['a trainer of before it was measured', status, 5, 600, 600],
    ['another process than the one that measured', measured(0.02, 0.1), 6, 600, 600],
    ['a run whose status cannot be read', undefined, 5, 600, 600],
  ])('with %s', (_, given, pid, callSeconds, checkpointSeconds) => {
    expect(patienceWith(given, pid)).toMatchObject({ callSeconds, checkpointSeconds });
  });
});

describe('what is said of a stop', () => {
  it('while it lasts', () => {
    expect(describeWait({ waitsFor: 'call', patience: patienceWith(measured(45, 1), 5) })).toBe(
      'waiting for the step under way, which has taken up to 45 s; its process is killed if it does not answer within 8 min',
    );
    expect(describeWait({ waitsFor: 'call', patience: patienceWith(measured(null, 1), 5) })).toBe(
      'waiting for the step under way; its process is killed if it does not answer within 10 min',
    );
    expect(describeWait({ waitsFor: 'checkpoint', patience: patienceWith(status, 5) })).toBe('saving a checkpoint');
  });

  it('after it: what happened', () => {
    expect(describeOutcome({ how: 'stopped', step: 1200 })).toBe('stopped after step 1,200; a checkpoint was saved');
    expect(describeOutcome({ how: 'killed', seconds: 90, step: 1100 })).toBe(
      'its process did not answer for 2 min and was killed; the last checkpoint is of step 1,100',
    );
    expect(describeOutcome({ how: 'died', step: undefined })).toBe(
      'its process ended unexpectedly; there is no checkpoint',
    );
    expect(describeOutcome({ how: 'ended', status: { ...status, state: 'done' } })).toBe(
      'had finished training before it could be stopped',
    );
    expect(
      describeOutcome({ how: 'ended', status: { ...status, state: 'failed', message: 'The disk is full.' } }),
    ).toBe('failed: The disk is full');
    expect(describeOutcome({ how: 'not begun' })).toContain('stopped before it continued');
  });
});
