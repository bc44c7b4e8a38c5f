/**
 * Counter-based random numbers: each is a function of a key and a counter alone, so any step of any run can be computed
 * again without the ones before it. That is what makes a resumed run equal an uninterrupted one.
 */
export interface RandomKey {
  low: number;
  high: number;
}

/** What the numbers are for; streams of one seed are independent of each other. */
export type RandomStream = 'weights' | 'dropout' | 'sampling';

const streamNumbers: Readonly<Record<RandomStream, number>> = { weights: 1, dropout: 2, sampling: 3 };

/** Spreads every bit of a 32-bit number over all 32: the finaliser of MurmurHash3 (Appleby, 2011). */
function mix(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/** The key of one stream at one place (a parameter's index, a step and a mask). */
export function randomKey(seed: number, stream: RandomStream, ...place: readonly number[]): RandomKey {
  let low = mix(seed | 0);
  let high = mix(~seed);
  for (const part of [streamNumbers[stream], ...place]) {
    // Numbers beyond 32 bits (a step can be one) go in as two halves.
    for (const half of [part | 0, Math.floor(part / 2 ** 32)]) {
      low = mix(low + Math.imul(half, 0x9e3779b1) + 1);
      high = mix(high ^ Math.imul(low, 0x85ebca77));
    }
  }
  return { low, high };
}

/** A whole number in 0…2³² − 1. */
export function random32({ low, high }: RandomKey, counter: number): number {
  return mix(mix(low + Math.imul(counter, 0x9e3779b1)) ^ high) >>> 0;
}

/** Fills `target` uniformly in ± scale, in steps of scale · 2⁻²³. */
export function fillUniform(target: Float32Array, scale: number, key: RandomKey): void {
  const unit = (2 * scale) / 2 ** 24;
  for (let index = 0; index < target.length; index++) {
    target[index] = ((random32(key, index) >>> 8) + 0.5) * unit - scale;
  }
}

/**
 * Fills a dropout mask: each element 1 / keepProbability with that probability, else 0. One random number serves two
 * elements with 16 bits each, so the probability is kept to 1 / 65,536.
 */
export function fillMask(target: Float32Array, keepProbability: number, key: RandomKey): void {
  const threshold = Math.round(keepProbability * 65_536);
  const kept = 1 / keepProbability;
  for (let index = 0; index < target.length; index += 2) {
    const bits = random32(key, index);
    target[index] = (bits & 0xffff) < threshold ? kept : 0;
    // Past the end of an odd length this is not stored.
    target[index + 1] = bits >>> 16 < threshold ? kept : 0;
  }
}
