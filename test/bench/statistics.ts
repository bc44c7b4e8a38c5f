/** The middle of the values; NaN of none. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The value that `share` of the values lie below, in a straight line between the two next to it; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)] ?? NaN, sorted[Math.ceil(place)] ?? NaN];
  return below + (above - below) * (place - Math.floor(place));
}

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
