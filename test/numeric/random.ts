/** A generator of numbers in 0…1 for test data (mulberry32, T. Ettinger): not the product's, so that it tests that too. */
export function randomSource(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` numbers uniform in from…to, each a float32 so that every engine starts from the same ones. */
export function uniform(next: () => number, count: number, from = -1, to = 1): Float32Array {
  return Float32Array.from({ length: count }, () => from + (to - from) * next());
}

/** `count` whole numbers in 0…limit − 1. */
export function wholeNumbers(next: () => number, count: number, limit: number): Int32Array {
  return Int32Array.from({ length: count }, () => Math.floor(next() * limit));
}
