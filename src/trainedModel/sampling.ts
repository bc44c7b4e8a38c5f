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
  if (wanted <= 0) return [];
  // A short sorted list that better ones are put into; beyond a part of all words a plain sort is as fast.
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
 * @param options.sorted false where the order does not matter and nothing is cut: sorting takes longest
 */
export function candidates(
  probabilities: Float32Array,
  { temperature, topK, topP }: Sampling,
  options: { banned?: readonly number[]; most?: number; sorted?: boolean } = {},
): Candidate[] {
  const { banned = [], most = probabilities.length, sorted = true } = options;
  const weights = Float64Array.from(probabilities);
  for (const id of banned) weights[id] = 0;
  // So small a temperature that its inverse is infinite is none.
  if (1 / temperature === Infinity) return likeliest(weights, 1).map((id) => ({ id, probability: 1 }));
  if (temperature !== 1) sharpen(weights, temperature);
  const weightOf = (id: number): number => weights[id] ?? 0;
  let ids: Iterable<number> = weights.keys();
  if (topK > 0) ids = likeliest(weights, topK);
  else if (topP < 1 || sorted) ids = likeliest(weights, topP < 1 ? weights.length : most);
  let whole = 0;
  for (const id of topK > 0 ? ids : weights.keys()) whole += weightOf(id);
  if (topP < 1) {
    const kept: number[] = [];
    let sum = 0;
    for (const id of ids) {
      if (sum >= topP * whole) break;
      kept.push(id);
      sum += weightOf(id);
    }
    ids = kept;
    whole = sum;
  }
  return [...ids].slice(0, most).flatMap((id) => (weightOf(id) > 0 ? { id, probability: weightOf(id) / whole } : []));
}

/** Relative to the greatest, so that a small temperature does not make zeros of all. */
function sharpen(weights: Float64Array, temperature: number): void {
  let greatest = 0;
  for (const weight of weights) greatest = Math.max(greatest, weight);
  for (const [id, weight] of weights.entries()) weights[id] = Math.pow(weight / greatest, 1 / temperature);
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
