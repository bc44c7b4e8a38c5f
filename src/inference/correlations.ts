import { eachToken } from './corpusScan.ts';
import type { Scan } from './corpusScan.ts';
import type { WorkOptions } from './sharedWork.ts';
import type { Feature } from './features.ts';

/** Sums over the tokens at which a feature is known, [units] each. */
class Moments {
  count = 0;
  readonly sums: Float64Array;
  readonly squares: Float64Array;

  constructor(units: number) {
    this.sums = new Float64Array(units);
    this.squares = new Float64Array(units);
  }

  add(row: Float64Array): void {
    const { sums, squares } = this;
    this.count++;
    for (let unit = 0; unit < row.length; unit++) {
      const value = row[unit]!;
      sums[unit]! += value;
      squares[unit]! += value * value;
    }
  }
}

interface Followed {
  readonly values: Float32Array;
  /** Of the units where the feature is known; those that are known everywhere share theirs. */
  readonly moments: Moments;
  readonly isEverywhere: boolean;
  /** Sums of the feature times each unit. */
  readonly products: Float64Array;
}

/** Tokens between two words on how far it is. */
const tokensPerNews = 4096;

/**
 * Pearson's correlation of every unit with every feature, each over the tokens at which the feature is known.
 *
 * @returns a row a feature, [units] each; NaN for a unit that is the same at all those tokens
 * @throws the reason of `signal` when it aborts
 */
export async function correlationsOf(
  scan: Scan,
  features: readonly Feature[],
  { signal, onProgress }: WorkOptions = {},
): Promise<Float64Array[]> {
  const { ids, units, values } = scan;
  const everywhere = new Moments(units);
  const followed = features.map(({ values: known }): Followed => {
    const isEverywhere = !known.some(Number.isNaN);
    const moments = isEverywhere ? everywhere : new Moments(units);
    return { values: known, moments, isEverywhere, products: new Float64Array(units) };
  });
  // Less the first one's: c of an LSTM can lie far from zero, where squares lose the digits that matter.
  const row = new Float64Array(units);
  await eachToken(scan, signal, (token) => {
    for (let unit = 0; unit < units; unit++) row[unit] = values[token * units + unit]! - values[unit]!;
    everywhere.add(row);
    for (const one of followed) addTo(one, row, token);
    if (token % tokensPerNews === 0) onProgress?.(token / ids.length);
  });
  return followed.map((one) => correlationsWith(one, units));
}

function addTo({ values, moments, isEverywhere, products }: Followed, row: Float64Array, token: number): void {
  const value = values[token]!;
  if (Number.isNaN(value)) return;
  if (!isEverywhere) moments.add(row);
  if (value === 0) return;
  for (let unit = 0; unit < row.length; unit++) products[unit]! += value * row[unit]!;
}

function correlationsWith({ values, moments, products }: Followed, units: number): Float64Array {
  const { count, sums, squares } = moments;
  const known = values.filter((value) => !Number.isNaN(value));
  const mean = known.reduce((sum, value) => sum + value, 0) / count;
  const spread = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Float64Array.from({ length: units }, (_, unit) => {
    const variance = squares[unit]! - sums[unit]! ** 2 / count;
    // Rounding alone leaves a little of a unit that never moves.
    if (!(variance > 1e-12 * squares[unit]!) || spread === 0) return NaN;
    const correlation = (products[unit]! - mean * sums[unit]!) / Math.sqrt(spread * variance);
    return Math.min(1, Math.max(-1, correlation));
  });
}
