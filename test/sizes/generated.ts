/**
 * Weights, ids and masks of any size that TypeScript and Python (test/fixtures/pytorch_sizes.py) make alike, bit for bit, so
 * that no fixture must hold them. Every number is a function of a name and an index:
 *
 *     mix(x)            the finaliser of MurmurHash3 (Appleby, 2011), modulo 2³²
 *     stream(name)      starts at 0x9e3779b1; for each character: stream = mix(stream xor its code)
 *     hash(name, index) mix(mix(index) xor stream(name)), a whole number in 0 … 2³² − 1
 */
type Hash = (index: number) => number;

function mix(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

function hashOf(name: string): Hash {
  let stream = 0x9e3779b1;
  for (const character of name) stream = mix(stream ^ character.charCodeAt(0));
  return (index) => mix(mix(index) ^ stream) >>> 0;
}

/** Uniform in −scale … scale, in steps of scale · 2⁻²³: exact in float32 where the scale is a power of two. */
export function uniformNumbers(name: string, count: number, scale: number): Float32Array {
  const hash = hashOf(name);
  const numbers = new Float32Array(count);
  for (let index = 0; index < count; index++) numbers[index] = (((hash(index) >>> 8) - 2 ** 23) / 2 ** 23) * scale;
  return numbers;
}

/** A dropout mask: each element 1 / keepProbability with that probability (to 24 bits), else 0. */
export function keptUnits(name: string, count: number, keepProbability: number): Float32Array {
  const hash = hashOf(name);
  const threshold = keepProbability * 2 ** 24;
  return Float32Array.from({ length: count }, (_, index) => (hash(index) >>> 8 < threshold ? 1 / keepProbability : 0));
}

/**
 * Ids that repeat as the words of a language do: the chance of rank r falls about as 1 / r (Zipf's law), in steps. Each id
 * is drawn evenly from the first vocabulary / 2^k, with k even in 0 … ⌊log₂ vocabulary⌋: whole numbers alone, which no two
 * libraries round differently.
 */
export function zipfLikeIds(name: string, count: number, vocabularySize: number): Int32Array {
  const [level, place] = [hashOf(`${name}.level`), hashOf(`${name}.place`)];
  const levels = Math.floor(Math.log2(vocabularySize)) + 1;
  return Int32Array.from({ length: count }, (_, index) => place(index) % (vocabularySize >> (level(index) % levels)));
}

/**
 * Dots of a tensor with vectors of ±1, at most 8: the sign of element i in vector k is + where bit k of hash(name, i) is 1.
 * Elements with equal signs in all vectors are added up first.
 */
export function dotsWithSigns(name: string, values: Float64Array, vectors: number): number[] {
  const hash = hashOf(name);
  const sums = new Array<number>(2 ** vectors).fill(0);
  values.forEach((value, index) => {
    const signs = hash(index) & (sums.length - 1);
    sums[signs] = (sums[signs] ?? NaN) + value;
  });
  return Array.from({ length: vectors }, (_, vector) =>
    sums.reduce((dot, sum, signs) => ((signs >> vector) & 1 ? dot + sum : dot - sum), 0),
  );
}

/** Places in a tensor of `size` elements: hash(name, index) modulo size. */
export function placesIn(name: string, count: number, size: number): number[] {
  const hash = hashOf(name);
  return Array.from({ length: count }, (_, index) => hash(index) % size);
}
