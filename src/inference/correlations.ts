import { eachToken } from './corpusScan.ts';
import type { Scan } from './corpusScan.ts';
import type { Feature } from './features.ts';

/**
 * Pearson's correlation of every unit with every feature, each over the tokens at which the feature is known.
 *
 * @returns a row a feature, [units] each; NaN for a unit that is the same at all those tokens
 * @throws the reason of `signal` when it aborts
 */
export async function correlationsOf(
  scan: Scan,
  features: readonly Feature[],
  options: { signal?: AbortSignal | undefined; onProgress?: ((fraction: number) => void) | undefined } = {},
): Promise<Float64Array[]> {
  const rows: Float64Array[] = [];
  for (const [index, feature] of features.entries()) {
    rows.push(await correlationsWith(scan, feature, options.signal));
    options.onProgress?.((index + 1) / features.length);
  }
  return rows;
}

/** Sums of values less those of the unit's first: c of an LSTM can lie far from zero, where squares lose their digits. */
async function correlationsWith(
  { ids, units, values }: Scan,
  feature: Feature,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const known = feature.values.filter((value) => !Number.isNaN(value));
  const count = known.length;
  const mean = known.reduce((sum, value) => sum + value, 0) / count;
  const spread = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const sums = new Float64Array(units);
  const squares = new Float64Array(units);
  const products = new Float64Array(units);
  await eachToken({ ids, units }, signal, (token) => {
    const value = feature.values[token]!;
    if (Number.isNaN(value)) return;
    const deviation = value - mean;
    const start = token * units;
    for (let unit = 0; unit < units; unit++) {
      const x = values[start + unit]! - values[unit]!;
      sums[unit]! += x;
      squares[unit]! += x * x;
      products[unit]! += deviation * x;
    }
  });
  return Float64Array.from({ length: units }, (_, unit) => {
    const variance = squares[unit]! - sums[unit]! ** 2 / count;
    // Rounding alone leaves a little of a unit that never moves.
    if (!(variance > 1e-12 * squares[unit]!) || spread === 0) return NaN;
    const correlation = products[unit]! / Math.sqrt(spread * variance);
    return Math.min(1, Math.max(-1, correlation));
  });
}
