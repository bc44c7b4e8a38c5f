import { describe, expect, it } from 'vitest';
import { operatorTimes } from '../../bench/profile.ts';
import type { ProfileEvent } from '../../bench/profile.ts';

const run = (ts: number): ProfileEvent => ({ cat: 'Session', name: 'model_run', ts, dur: 900 });
const kernel = (operator: string, ts: number, dur: number): ProfileEvent => ({
  cat: 'Node',
  name: `${operator}_7_kernel_time`,
  ts,
  dur,
  args: { op_name: operator },
});

describe('the time of each operator', () => {
  it('is the mean of the last steps, without those that warmed up', () => {
    const events = [
      run(0),
      kernel('Gemm', 10, 800),
      run(1000),
      kernel('Gemm', 1010, 300),
      kernel('Add', 1400, 50),
      run(2000),
      kernel('Gemm', 2010, 100),
    ];
    expect(operatorTimes(events, 2)).toEqual([
      { operator: 'Gemm', milliseconds: 0.2, calls: 1 },
      { operator: 'Add', milliseconds: 0.025, calls: 0.5 },
    ]);
  });

  it("counts what runs in a Scan's body for itself, not for the Scan", () => {
    // The profiler writes the inner ones first.
    const events = [
      run(0),
      kernel('Gemm', 110, 200),
      kernel('Tanh', 310, 90),
      kernel('Gemm', 400, 100),
      kernel('Scan', 100, 500),
      kernel('Gemm', 600, 40),
    ];
    expect(operatorTimes(events, 1)).toEqual([
      { operator: 'Gemm', milliseconds: 0.34, calls: 3 },
      { operator: 'Scan', milliseconds: expect.closeTo(0.11, 6) as number, calls: 1 },
      { operator: 'Tanh', milliseconds: 0.09, calls: 1 },
    ]);
  });

  it('leaves out whatever is no kernel', () => {
    expect(operatorTimes([run(0), { ...kernel('Gemm', 1, 5), name: 'Gemm_fence_before' }], 1)).toEqual([]);
  });
});
