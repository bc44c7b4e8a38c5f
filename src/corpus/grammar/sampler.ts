import type { Grammar } from './grammar.ts';

/** A sentence with the rules that made it, in the order of a leftmost derivation, and their exact probability. */
export interface Sample {
  readonly words: readonly string[];
  /** Places in `Grammar.rules`. */
  readonly derivation: readonly number[];
  /** -ln of the sentence's probability: of the derivation, and the grammar has only one for each sentence. */
  readonly nats: number;
}

/**
 * Uniform numbers in [0, 1) with 32 bits, from Chris Doty-Humphrey's sfc32. Integer arithmetic only, so that the built-in
 * corpus has the same bytes on every machine; Math.random cannot be seeded.
 */
export function seededUniform(seed: number): () => number {
  let [a, b, c, counter] = [0, seed | 0, 0x9e3779b9 | 0, 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 0x1_0000_0000;
  };
  for (let round = 0; round < 15; round++) next();
  return next;
}

/**
 * A function that draws one sentence of the grammar at each call. Expansion is leftmost and depth-first. That it ends is
 * the grammar's duty: the expected length must be finite (a test solves the linear equations for it).
 */
export function sentenceSampler(grammar: Grammar, seed: number): () => Sample {
  const uniform = seededUniform(seed);
  const cumulative = grammar.rulesOf.map((places) => {
    let sum = 0;
    return places.map((place) => (sum += grammar.rules[place]?.probability ?? Number.NaN));
  });
  const choose = (nonterminal: number): number => {
    const places = grammar.rulesOf[nonterminal] ?? [];
    const sums = cumulative[nonterminal] ?? [];
    // Scaled by the last sum, which rounding leaves a hair from 1.
    const target = uniform() * (sums.at(-1) ?? Number.NaN);
    let [low, high] = [0, sums.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? Number.NaN) > target) high = middle;
      else low = middle + 1;
    }
    const place = places[low];
    if (place === undefined) throw new Error(`grammar: no rule for nonterminal ${nonterminal}`);
    return place;
  };

  return () => {
    const words: string[] = [];
    const derivation: number[] = [];
    let nats = 0;
    const pending: Grammar['rules'][number]['right'][number][] = [{ nonterminal: grammar.start }];
    for (let symbol = pending.pop(); symbol !== undefined; symbol = pending.pop()) {
      if ('word' in symbol) {
        words.push(symbol.word);
        continue;
      }
      const place = choose(symbol.nonterminal);
      const rule = grammar.rules[place];
      if (!rule) throw new Error(`grammar: no rule ${place}`);
      derivation.push(place);
      nats -= Math.log(rule.probability);
      for (let last = rule.right.length - 1; last >= 0; last--) {
        const part = rule.right[last];
        if (part) pending.push(part);
      }
    }
    return { words, derivation, nats };
  };
}
