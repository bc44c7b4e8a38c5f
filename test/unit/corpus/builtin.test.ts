import { describe, expect, it } from 'vitest';
import type { Corpus } from '../../../src/corpus/corpus.ts';
import { loadCorpus } from '../../../src/corpus/corpus.ts';
import { builtinGrammar, builtinSentences, builtinSplit } from '../../../src/corpus/grammar/builtin.ts';
import type { TokenFacts } from '../../../src/corpus/grammar/annotate.ts';
import { Vocabulary } from '../../../src/corpus/vocabulary.ts';
import { textOf } from './support.ts';

const load = (unit: 'word' | 'character' = 'word', vocabularySize = 10_000): Promise<Corpus> =>
  loadCorpus({ kind: 'builtin', unit, vocabularySize });

/** exp of the mean -ln of `probability` over the test split. */
function perplexity(corpus: Corpus, probability: (before: number, word: number) => number): number {
  const { test } = corpus.splits;
  let nats = 0;
  for (let place = 1; place < test.length; place++) nats -= Math.log(probability(test[place - 1]!, test[place]!));
  return Math.exp(nats / (test.length - 1));
}

describe('the built-in corpus', () => {
  it('is the same on every machine', async () => {
    const { digest, splits, vocabulary } = await load();
    expect(digest).toBe('46f2d958c4787ce73505e2546ba03400b4a15db1c295ddc16e08bcc9eaa3af59');
    expect([splits.train.length, splits.valid.length, splits.test.length]).toEqual([200_011, 10_010, 10_016]);
    expect(vocabulary.size).toBe(665);
  });

  it('has the size that a minute of training wants', async () => {
    const { splits, vocabulary } = await load();
    expect(Math.abs(splits.train.length - 200_000)).toBeLessThan(150);
    expect(Math.abs(splits.valid.length - 10_000)).toBeLessThan(150);
    expect(Math.abs(splits.test.length - 10_000)).toBeLessThan(150);
    expect(vocabulary.size).toBeGreaterThanOrEqual(500);
    expect(vocabulary.size).toBeLessThanOrEqual(1500);
  });

  it('shows every terminal of the grammar in training, often enough to learn it', async () => {
    const { vocabulary } = await load();
    const terminals = new Set(
      builtinGrammar().rules.flatMap(({ right }) => right.flatMap((symbol) => ('word' in symbol ? [symbol.word] : []))),
    );
    expect([...vocabulary.words].sort()).toEqual([...terminals, '<eos>'].sort());
    expect(Math.min(...vocabulary.counts)).toBeGreaterThanOrEqual(10);
  });

  it('has a floor far below what counts of words and of pairs of words reach', async () => {
    const corpus = await load();
    const { train } = corpus.splits;
    const { size, counts } = corpus.vocabulary;
    const pairs = new Map<number, number>();
    const followers = new Float64Array(size);
    for (let place = 1; place < train.length; place++) {
      const pair = train[place - 1]! * size + train[place]!;
      const count = pairs.get(pair) ?? 0;
      if (count === 0) followers[train[place - 1]!]!++;
      pairs.set(pair, count + 1);
    }
    const single = (word: number): number => counts[word]! / train.length;
    // Witten and Bell's smoothing: as much weight for new followers as a word has had different ones.
    const pair = (before: number, word: number): number =>
      ((pairs.get(before * size + word) ?? 0) + followers[before]! * single(word)) /
      (counts[before]! + followers[before]!);
    const [unigram, bigram] = [perplexity(corpus, (_, word) => single(word)), perplexity(corpus, pair)];
    const floor = corpus.floor?.perplexity.test ?? Number.NaN;
    console.log(
      `perplexity of the test split: unigram ${unigram.toFixed(1)}, bigram ${bigram.toFixed(1)}, floor ${floor.toFixed(3)}`,
    );
    expect(unigram).toBeGreaterThan(4 * bigram);
    expect(bigram).toBeGreaterThan(2 * floor);
  });

  it('has a floor over all tokens, of characters too, unless its words do not fit', async () => {
    const [words, characters] = [await load(), await load('character')];
    const nats = builtinSplit('test').nats;
    for (const corpus of [words, characters]) {
      const floor = corpus.floor;
      expect(floor?.tokens.test).toBe(corpus.splits.test.length);
      expect((floor?.nats.test ?? Number.NaN) * corpus.splits.test.length).toBeCloseTo(nats, 6);
      expect(floor?.perplexity.test).toBeCloseTo(Math.exp(nats / corpus.splits.test.length), 9);
    }
    expect((await load('word', 400)).floor).toBeUndefined();
    const vocabulary = new Vocabulary(['the', '<unk>', '<eos>'], [1, 1, 1]);
    const other = await loadCorpus({ kind: 'builtin', unit: 'word', vocabularySize: 10 }, { vocabulary });
    expect(other.floor).toBeUndefined();
    const same = await loadCorpus(
      { kind: 'builtin', unit: 'word', vocabularySize: 10 },
      { vocabulary: words.vocabulary },
    );
    expect(same.floor).toEqual(words.floor);
  });
});

describe('builtinSentences', () => {
  const sentences = builtinSentences('valid');

  it('is the text of the split, with one entry of facts a token', async () => {
    expect(sentences.flatMap(({ tokens }) => tokens).join(' ')).toBe(textOf(await load(), 'valid'));
    for (const { tokens, facts } of sentences) expect(facts.length).toBe(tokens.length);
    expect(sentences.reduce((sum, { nats }) => sum + nats, 0)).toBeCloseTo(builtinSplit('valid').nats, 6);
  });

  it('counts open quotations as their marks do', () => {
    let deepest = 0;
    for (const { tokens, facts } of sentences) {
      let depth = 0;
      tokens.forEach((token, place) => {
        if (token === '``') depth++;
        if (token === "''") depth--;
        expect([token, facts[place]?.quotationDepth]).toEqual([token, depth]);
        deepest = Math.max(deepest, depth);
      });
      expect(depth).toBe(0);
    }
    expect(deepest).toBeGreaterThanOrEqual(2);
  });

  it('says the number that the verb agrees with, across what stands between', () => {
    const singular = /^(is|was|has|does|buys|sells|owns|says|thinks|hires|meets|trusts|drops|starts|works)$/;
    const plural = /^(are|were|have|do|buy|sell|own|say|think|hire|meet|trust|drop|start|work)$/;
    let [agreeing, across] = [0, 0];
    for (const { tokens, facts } of sentences) {
      // The last facts of each clause that is open, by its depth.
      let open: TokenFacts[] = [];
      facts.forEach((fact, place) => {
        const before = open[fact.clauseDepth];
        const token = tokens[place] ?? '';
        if (before?.verbDue === true && !fact.verbDue && (singular.test(token) || plural.test(token))) {
          const number = singular.test(token) ? 'singular' : 'plural';
          expect([tokens, place, before.subjectNumber, fact.subjectNumber]).toEqual([tokens, place, number, number]);
          agreeing++;
          if ((facts[place - 1]?.clauseDepth ?? 0) > fact.clauseDepth) across++;
        }
        open = open.slice(0, fact.clauseDepth);
        open[fact.clauseDepth] = fact;
      });
    }
    expect(agreeing).toBeGreaterThan(300);
    expect(across).toBeGreaterThan(30);
  });
});
