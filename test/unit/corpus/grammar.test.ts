import { describe, expect, it } from 'vitest';
import type { Grammar } from '../../../src/corpus/grammar/grammar.ts';
import { buildGrammar, parseRules } from '../../../src/corpus/grammar/grammar.ts';
import { builtinGrammar } from '../../../src/corpus/grammar/builtin.ts';
import { partsOfSpeech } from '../../../src/corpus/grammar/lexicon.ts';
import { seededUniform, sentenceSampler } from '../../../src/corpus/grammar/sampler.ts';
import { ChartParser } from './chartParser.ts';

const grammar = builtinGrammar();

/** Expected value per sentence of what each rule gives when it is used, from the linear equations of the grammar. */
function expectedPerSentence(of: Grammar, valueOfRule: (index: number) => number): number {
  let values = of.nonterminals.map(() => 0);
  // Converges because the expected length is finite: each round adds the derivations that are one level deeper.
  for (let round = 0, change = 1; change > 1e-13; round++) {
    if (round > 5000) throw new Error('the expectation does not converge: sentences have no finite expected length');
    const next = values.map(() => 0);
    of.rules.forEach(({ left, right, probability }, index) => {
      let value = valueOfRule(index);
      for (const symbol of right) if ('nonterminal' in symbol) value += values[symbol.nonterminal] ?? Number.NaN;
      next[left] = (next[left] ?? Number.NaN) + probability * value;
    });
    change = Math.max(...next.map((value, place) => Math.abs(value - (values[place] ?? Number.NaN))));
    values = next;
  }
  return values[of.start] ?? Number.NaN;
}

/** The same rules with each probability to the power of 0.6, so that rare constructions meet often. */
function flattened(of: Grammar): Grammar {
  const rules = of.rules.map((rule) => ({ ...rule, probability: rule.probability ** 0.6 }));
  const totals = of.rulesOf.map((places) =>
    places.reduce((sum, place) => sum + (rules[place]?.probability ?? Number.NaN), 0),
  );
  return {
    ...of,
    rules: rules.map((rule) => ({ ...rule, probability: rule.probability / (totals[rule.left] ?? Number.NaN) })),
  };
}

function expectUnambiguous(of: Grammar, options: { sentences: number; longest: number; seed: number }): void {
  const parser = new ChartParser(of);
  const draw = sentenceSampler(of, options.seed);
  let [parsed, worst] = [0, 0];
  while (parsed < options.sentences) {
    const { words, nats } = draw();
    if (words.length > options.longest) continue;
    const { parses, probability } = parser.parse(words);
    if (parses !== 1) throw new Error(`${parses} parses: ${words.join(' ')}`);
    worst = Math.max(worst, Math.abs(probability / Math.exp(-nats) - 1));
    parsed++;
  }
  expect(worst).toBeLessThan(1e-9);
}

describe('the built-in grammar', () => {
  it('gives each sentence one parse, with the probability that the sampler summed', () => {
    expectUnambiguous(grammar, { sentences: 1000, longest: 60, seed: 101 });
  });

  it('gives one parse where rare constructions are frequent too', () => {
    expectUnambiguous(flattened(grammar), { sentences: 1000, longest: 45, seed: 102 });
  });

  it('has probabilities that sum to one', () => {
    for (const places of grammar.rulesOf) {
      expect(places.reduce((sum, place) => sum + (grammar.rules[place]?.probability ?? Number.NaN), 0)).toBeCloseTo(
        1,
        12,
      );
    }
  });

  it('has the entropy and the length that its linear equations give', () => {
    const entropy = expectedPerSentence(grammar, (index) => -Math.log(grammar.rules[index]?.probability ?? Number.NaN));
    const length = expectedPerSentence(
      grammar,
      (index) => grammar.rules[index]?.right.filter((symbol) => 'word' in symbol).length ?? Number.NaN,
    );
    const draw = sentenceSampler(grammar, 103);
    const samples = Array.from({ length: 20_000 }, draw);
    expectMeanNear(
      entropy,
      samples.map(({ nats }) => nats),
    );
    expectMeanNear(
      length,
      samples.map(({ words }) => words.length),
    );
  });

  it('has no word under two parts of speech', () => {
    const partOf = new Map<string, string>();
    for (const [part, words] of Object.entries(partsOfSpeech())) {
      for (const word of words) {
        expect([word, partOf.get(word) ?? part]).toEqual([word, part]);
        partOf.set(word, part);
      }
    }
  });
});

/** Within 4 standard errors. */
function expectMeanNear(expected: number, samples: readonly number[]): void {
  const mean = samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
  const variance = samples.reduce((sum, sample) => sum + (sample - mean) ** 2, 0) / (samples.length - 1);
  const errors = Math.abs(mean - expected) / Math.sqrt(variance / samples.length);
  expect(errors).toBeLessThan(4);
}

describe('ChartParser', () => {
  it('counts the parses of an ambiguous grammar', () => {
    const ambiguous = buildGrammar('S', parseRules('S : 1 S S | 1 "a"', {}));
    // Catalan numbers: 5 binary trees over 4 leaves, each of probability 0.5 ** 7.
    expect(new ChartParser(ambiguous).parse(['a', 'a', 'a', 'a'])).toEqual({ parses: 5, probability: 5 / 128 });
    expect(new ChartParser(ambiguous).parse(['a', 'b'])).toEqual({ parses: 0, probability: 0 });
  });

  it('sums over unit rules that meet', () => {
    const diamond = buildGrammar('S', parseRules('S : 1 A | 3 B\nA : 1 C\nB : 1 C\nC : 1 "c"', {}));
    expect(new ChartParser(diamond).parse(['c'])).toEqual({ parses: 2, probability: 1 });
  });
});

describe('parseRules', () => {
  it('expands variables on the left into rules, and on the right into alternatives', () => {
    expect(parseRules('A.{n} : 2 B.{n} | 4 "c" D.{m}', { n: ['x', 'y'], m: ['u', 'v'] })).toEqual([
      { left: 'A.x', weight: 2, right: ['B.x'] },
      { left: 'A.x', weight: 2, right: ['"c"', 'D.u'] },
      { left: 'A.x', weight: 2, right: ['"c"', 'D.v'] },
      { left: 'A.y', weight: 2, right: ['B.y'] },
      { left: 'A.y', weight: 2, right: ['"c"', 'D.u'] },
      { left: 'A.y', weight: 2, right: ['"c"', 'D.v'] },
    ]);
  });

  it('names what it cannot read', () => {
    expect(() => parseRules('A : B', {})).toThrow(/cannot read "B"/);
    expect(() => parseRules('A : 1 {z}', {})).toThrow(/unknown variable \{z\}/);
    expect(() => buildGrammar('A', parseRules('A : 1 B', {}))).toThrow(/no rule for B/);
  });
});

describe('seededUniform', () => {
  it('gives the same numbers always, spread evenly', () => {
    const uniform = seededUniform(5);
    const numbers = Array.from({ length: 10_000 }, uniform);
    expect(numbers.slice(0, 3)).toEqual(Array.from({ length: 3 }, seededUniform(5)));
    const bins = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    for (const number of numbers) bins[Math.floor(10 * number)]!++;
    // Chi-squared with 9 degrees of freedom: above 27.9 once in a thousand seeds.
    expect(bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(27.9);
  });
});
