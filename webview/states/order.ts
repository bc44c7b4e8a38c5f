import type { Grid } from './grid.ts';

/** In which order units stand under each other. */
export const orderNames = ['index', 'cluster', 'correlation', 'variance'] as const;
export type OrderName = (typeof orderNames)[number];

/** As they are numbered. */
export function byIndex(units: number): number[] {
  return Array.from({ length: units }, (_, unit) => unit);
}

/** The most varying first. What is no number varies least. */
export function byVariance(grid: Grid): number[] {
  const variances = Float64Array.from({ length: grid.units }, (_, unit) => variance(grid, unit));
  return sorted(variances);
}

/** From the one that goes most with a unit down to the one that goes most against it. */
export function byCorrelation(grid: Grid, unit: number): number[] {
  const series = standardised(grid);
  const { tokens, units } = grid;
  const chosen = series.subarray(unit * tokens, (unit + 1) * tokens);
  const correlations = Float64Array.from({ length: units }, (_, other) =>
    // Of rounding errors it would not always come first.
    other === unit ? 2 : dot(chosen, series.subarray(other * tokens, (other + 1) * tokens)),
  );
  return sorted(correlations);
}

/**
 * Each unit's series less its mean, of length 1: [unit][token]. The product of two is Pearson's correlation. A series
 * that does not vary, or has what is no number, is 0 everywhere.
 */
export function standardised({ tokens, units, values }: Grid): Float32Array {
  const series = new Float32Array(units * tokens);
  for (let unit = 0; unit < units; unit += 1) {
    let sum = 0;
    for (let token = 0; token < tokens; token += 1) sum += values[token * units + unit] as number;
    const mean = sum / tokens;
    let squares = 0;
    for (let token = 0; token < tokens; token += 1) squares += ((values[token * units + unit] as number) - mean) ** 2;
    const length = Math.sqrt(squares);
    // Of rounding errors no pattern is made.
    if (!(length > 1e-7 * Math.sqrt(tokens) * Math.max(1, Math.abs(mean)))) continue;
    for (let token = 0; token < tokens; token += 1)
      series[unit * tokens + token] = ((values[token * units + unit] as number) - mean) / length;
  }
  return series;
}

export function dot(first: Float32Array, second: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < first.length; at += 1) sum += (first[at] as number) * (second[at] as number);
  return sum;
}

function variance({ tokens, units, values }: Grid, unit: number): number {
  let sum = 0;
  let squares = 0;
  for (let token = 0; token < tokens; token += 1) {
    const value = values[token * units + unit] as number;
    sum += value;
    squares += value * value;
  }
  const found = squares / tokens - (sum / tokens) ** 2;
  return Number.isFinite(found) ? found : -1;
}

/** Units by their figures, the largest first; of the same figure the first stays first. */
function sorted(figures: Float64Array): number[] {
  return byIndex(figures.length).sort((a, b) => (figures[b] as number) - (figures[a] as number) || a - b);
}
