import type { ScheduleConfiguration } from '../config/schema.ts';

/** Where in a run a step stands. */
export interface SchedulePosition {
  /** From 1. */
  epoch: number;
  /** Steps done before this one, over all epochs. */
  step: number;
  totalSteps: number;
  /** The validation perplexity of each epoch so far. */
  validPerplexities: readonly number[];
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
  /** Loshchilov and Hutter's half cosine (arXiv:1608.03983) after a linear rise. */
  cosine: ({ warmupFraction, endFraction }, { step, totalSteps }) => {
    const rise = Math.round(warmupFraction * totalSteps);
    if (step < rise) return (step + 1) / rise;
    const last = totalSteps - 1;
    const way = last <= rise ? 0 : (step - rise) / (last - rise);
    return endFraction + ((1 - endFraction) * (1 + Math.cos(Math.PI * way))) / 2;
  },
  plateau: ({ divisor, patienceEpochs, threshold }, { validPerplexities }) => {
    let best = Infinity;
    let waited = 0;
    let divisions = 0;
    for (const perplexity of validPerplexities) {
      if (perplexity < best * (1 - threshold)) {
        best = perplexity;
        waited = 0;
      } else if (++waited > patienceEpochs) {
        divisions++;
        waited = 0;
      }
    }
    return divisor ** -divisions;
  },
};

/** The learning rate of a step. */
export function learningRateAt(base: number, schedule: ScheduleConfiguration, position: SchedulePosition): number {
  // The table's key and the schedule's kind are the same string; the type system cannot follow that.
  const share = schedules[schedule.kind] as Schedule<ScheduleConfiguration['kind']>;
  return base * share(schedule, position);
}
