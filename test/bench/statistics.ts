import { percentile } from '../../src/util/percentile.ts';

export interface Ratio {
  /** Of the medians. */
  ratio: number;
  /** Between these, 80 of 100 rounds lie, each of ours over the other's of the same round. */
  low: number;
  high: number;
}

/** What a ratio is taken of: the median time of all steps, and of those of each round. */
export interface Timing {
  medianMilliseconds: number;
  roundMilliseconds: readonly number[];
}

/** How many times as fast ours is as theirs. Both were measured in turn, round by round. */
export function speedRatio(ours: Timing, theirs: Timing): Ratio {
  const ratios = ours.roundMilliseconds.map((mine, round) => (theirs.roundMilliseconds[round] ?? NaN) / mine);
  return {
    ratio: theirs.medianMilliseconds / ours.medianMilliseconds,
    low: percentile(ratios, 0.1),
    high: percentile(ratios, 0.9),
  };
}
