import { expect, it } from 'vitest';
import { StopTimes } from '../../../src/training/stopTimes.ts';

it('tells the longest call of a phase and the longest checkpoint, and null for what was not measured', async () => {
  let now = 0;
  const pass = (milliseconds: number) => void (now += milliseconds);
  const times = new StopTimes(() => now);
  const call = (phase: 'train' | 'valid', milliseconds: number) => {
    times.beginCall(phase);
    pass(milliseconds);
    times.endCall();
  };
  times.endCall();
  expect(times.of('train')).toEqual({ callSeconds: null, checkpointSeconds: null });
  call('train', 2000);
  // A pause, which is no call.
  pass(3_600_000);
  call('train', 1000);
  expect(times.of('train')).toEqual({ callSeconds: 2, checkpointSeconds: null });
  expect(times.of('valid').callSeconds).toBeNull();
  call('valid', 70_000);
  await times.measureCheckpoint(() => Promise.resolve(pass(500)));
  await times.measureCheckpoint(() => Promise.resolve(pass(300)));
  expect(times.of('valid')).toEqual({ callSeconds: 70, checkpointSeconds: 0.5 });
  expect(times.of('train').callSeconds).toBe(2);
});
