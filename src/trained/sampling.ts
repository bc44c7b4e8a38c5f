import { random32, randomKey } from '../util/random.ts';

/** How a next word is drawn from what a model expects. */
export interface Sampling {
  /** Divides the logits; 0 always takes the likeliest word. */
  temperature: number;
  /** Only the so many likeliest words; 0 for all. */
  topK: number;
  /** Only the likeliest words that together have this probability; 1 for all. */
  topP: number;
}

/** A word's id with its probability. */
export interface Candidate {
  id: number;
  probability: number;
}

/** The ids of the likeliest words, the likeliest first; of equal ones the smaller id. */
export function likeliest(probabilities: Float32Array | Float64Array, count: number): number[] {
  const wanted = Math.min(count, probabilities.length);
  // A heap with the least of the best at its top; beyond a part of all words a plain sort is as fast.
  if (wanted * 8 > probabilities.length)
    return Array.from(probabilities.keys())
      .sort((a, b) => before(probabilities, a, b))
      .slice(0, wanted);
  const best: number[] = [];
  let least = -Infinity;
  for (let id = 0; id < probabilities.length; id++) {
    const value = probabilities[id]!;
    if (best.length === wanted && value <= least) continue;
    let place = best.length;
    while (place > 0 && probabilities[best[place - 1]!]! < value) place--;
    best.splice(place, 0, id);
    if (best.length > wanted) best.pop();
    least = best.length === wanted ? probabilities[best[wanted - 1]!]! : -Infinity;
  }
  return best;
}

function before(values: Float32Array | Float64Array, a: number, b: number): number {
  return (values[b] ?? 0) - (values[a] ?? 0) || a - b;
}

/** 1 for the likeliest word; equal ones share the better rank. */
export function rankOf(probabilities: Float32Array, id: number): number {
  const own = probabilities[id] ?? 0;
  let rank = 1;
  for (const value of probabilities) if (value > own) rank++;
  return rank;
}

/**
 * What is left to draw from, the likeliest first, with probabilities that add up to 1: p^(1/temperature), then the topK
 * likeliest, then the fewest of these that have topP together (nucleus sampling; Holtzman et al., 2020).
 *
 * @param probabilities [vocabulary]
 * @param options.banned ids that must not be drawn
 * @param options.most how many are given back at most; the probabilities are of all that are left
 */
export function candidates(
  probabilities: Float32Array,
  { temperature, topK, topP }: Sampling,
  { banned = [], most = probabilities.length }: { banned?: readonly number[]; most?: number } = {},
): Candidate[] {
  const weights = Float64Array.from(probabilities);
  for (const id of banned) weights[id] = 0;
  if (temperature === 0) {
    const [id = 0] = likeliest(weights, 1);
    return [{ id, probability: 1 }];
  }
  if (temperature !== 1) {
    // Relative to the greatest, so that a small temperature does not make zeros of all.
    const greatest = weights.reduce((a, b) => Math.max(a, b), 0);
    for (let id = 0; id < weights.length; id++) weights[id] = Math.pow(weights[id]! / greatest, 1 / temperature);
  }
  const isCut = topK > 0 || topP < 1;
  const ids = likeliest(weights, isCut && topK > 0 ? topK : topP < 1 ? weights.length : most);
  const sum = (isCut && topK > 0 ? ids.map((id) => weights[id] ?? 0) : weights).reduce((a: number, b) => a + b, 0);
  let kept = ids;
  let whole = sum;
  if (topP < 1) {
    kept = [];
    whole = 0;
    for (const id of ids) {
      if (whole >= topP * sum) break;
      kept.push(id);
      whole += weights[id] ?? 0;
    }
  }
  return kept
    .slice(0, most)
    .map((id) => ({ id, probability: (weights[id] ?? 0) / whole }))
    .filter(({ probability }) => probability > 0);
}

/**
 * Draws a word. The number is a function of the seed and the place alone, so the same seed gives the same words.
 *
 * @param place how many words were drawn before
 */
export function draw(from: readonly Candidate[], seed: number, place: number): number {
  const total = from.reduce((sum, { probability }) => sum + probability, 0);
  let left = ((random32(randomKey(seed, 'sampling'), place) + 0.5) / 2 ** 32) * total;
  for (const { id, probability } of from) {
    left -= probability;
    if (left < 0) return id;
  }
  return from.at(-1)?.id ?? 0;
}
