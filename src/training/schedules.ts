import type { ScheduleConfiguration } from '../config/schema.ts';

/** Where in a run a step stands. */
export interface SchedulePosition {
  /** From 1. */
  epoch: number;
  /** Steps done before this one, over all epochs. */
  step: number;
  totalSteps: number;
}

type Schedule<K extends ScheduleConfiguration['kind']> = (
  schedule: Extract<ScheduleConfiguration, { kind: K }>,
  position: SchedulePosition,
) => number;

/** One entry a schedule: the share of the first learning rate that a step has. */
const schedules: { readonly [K in ScheduleConfiguration['kind']]: Schedule<K> } = {
  constant: () => 1,
  stepDecay: ({ afterEpoch, divisor }, { epoch }) => divisor ** -Math.max(0, epoch - afterEpoch),
  linear: ({ holdFraction, endFraction }, { step, totalSteps }) => {
    const held = holdFraction * totalSteps;
    const last = totalSteps - 1;
    if (step <= held || last <= held) return 1;
    return 1 - ((1 - endFraction) * (step - held)) / (last - held);
  },
};

/** The learning rate of a step. */
export function learningRateAt(base: number, schedule: ScheduleConfiguration, position: SchedulePosition): number {
  // The table's key and the schedule's kind are the same string; the type system cannot follow that.
  const share = schedules[schedule.kind] as Schedule<ScheduleConfiguration['kind']>;
  return base * share(schedule, position);
}
