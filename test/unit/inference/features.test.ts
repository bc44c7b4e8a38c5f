import { describe, expect, it } from 'vitest';

import type { CorpusConfiguration } from '../../../src/config/schema.ts';
import { builtinSentences } from '../../../src/corpus/grammar/builtin.ts';
import { Vocabulary } from '../../../src/corpus/vocabulary.ts';
import { featuresOf } from '../../../src/inference/features.ts';
import type { FeatureName } from '../../../src/protocol/inference.ts';

/** The values of each feature of a text, by name. */
function valuesOf(
  tokens: readonly string[],
  corpus: Pick<CorpusConfiguration, 'kind' | 'unit'> = { kind: 'file', unit: 'word' },
): Partial<Record<FeatureName, number[]>> {
  const words = [...new Set(['<eos>', '<unk>', ...tokens])];
  const counts = words.map((word) => tokens.filter((token) => token === word).length);
  const vocabulary = new Vocabulary(words, counts);
  const ids = Uint16Array.from(tokens, (token) => words.indexOf(token));
  return Object.fromEntries(
    featuresOf({ ids, vocabulary, corpus, split: 'valid' }).map(({ name, values }) => [name, [...values]]),
  );
}

const split = (text: string): string[] => text.split(' ');

describe('facts about words', () => {
  it('are what a reader would say', () => {
    const found = valuesOf(split('a <unk> of N <eos> bbb 12th <eos>'));
    expect(found.position).toEqual([0, 1, 2, 3, 4, 0, 1, 2]);
    expect(found.wordLength).toEqual([1, NaN, 2, 1, NaN, 3, 4, NaN]);
    expect(found.sentenceEnd).toEqual([0, 0, 0, 0, 1, 0, 0, 1]);
    expect(found.number).toEqual([0, 0, 0, 1, 0, 0, 1, 0]);
    expect(found.frequency?.[4]).toBeCloseTo(Math.log(3), 6);
    // Nothing is quoted, nothing in brackets: the same everywhere.
    expect(Object.keys(found).sort()).toEqual(['frequency', 'number', 'position', 'sentenceEnd', 'wordLength']);
  });

  it.each([
    ["`` a '' b", [1, 1, 0, 0]],
    ['he „said “ x', [0, 1, 0, 0]],
    ['“yes” “no no” x', [0, 1, 0, 0]],
    ['" a b" c', [1, 1, 0, 0]],
    ['« a » b', [1, 1, 0, 0]],
    ["don't `` <eos> x", [0, 1, 0, 0]],
  ])('quotes of %s', (text, expected) => {
    expect(valuesOf(split(text)).quotation).toEqual(expected);
  });

  it.each([
    ['a ( b [ c ] d ) e', [0, 1, 1, 1, 1, 1, 1, 0, 0]],
    ['-lrb- a -rrb- b', [1, 1, 0, 0]],
    ['(a b) c', [1, 0, 0]],
    [') a ( <eos> b', [0, 0, 1, 0, 0]],
  ])('brackets of %s', (text, expected) => {
    expect(valuesOf(split(text)).brackets).toEqual(expected);
  });

  it('of the built-in corpus are told by its grammar too, and of no other text', () => {
    const sentences = builtinSentences('valid');
    const tokens = sentences.flatMap((sentence) => sentence.tokens);
    const facts = sentences.flatMap((sentence) => sentence.facts);
    const found = valuesOf(tokens, { kind: 'builtin', unit: 'word' });
    expect(found.clauseDepth).toEqual(facts.map(({ clauseDepth }) => clauseDepth));
    expect(found.grammarQuotation).toEqual(facts.map(({ quotationDepth }) => Math.min(1, quotationDepth)));
    const plural = facts.map(({ subjectNumber }) =>
      subjectNumber === undefined ? NaN : Number(subjectNumber === 'plural'),
    );
    expect(found.subjectNumber).toEqual(plural);
    expect(found.verbNumber).toEqual(plural.map((value, token) => (facts[token]?.verbDue === true ? value : NaN)));
    expect(found.verbNumber?.filter((value) => !Number.isNaN(value)).length).toBeGreaterThan(1000);
    const other = valuesOf(tokens);
    expect(
      Object.keys(found)
        .filter((name) => !(name in other))
        .sort(),
    ).toEqual(['clauseDepth', 'grammarQuotation', 'subjectNumber', 'verbDue', 'verbNumber']);
  });

  it('are not told by the grammar where the text is another than its own, be it by a word', () => {
    const tokens = builtinSentences('valid').flatMap((sentence) => sentence.tokens);
    const builtin = { kind: 'builtin', unit: 'word' } as const;
    expect(valuesOf(tokens.with(500, '<unk>'), builtin)).toHaveProperty('clauseDepth');
    expect(valuesOf(tokens.with(500, 'another'), builtin)).not.toHaveProperty('clauseDepth');
    expect(valuesOf([...tokens, '<unk>'], builtin)).not.toHaveProperty('clauseDepth');
  });

  it('of characters count the letters of the word so far', () => {
    const found = valuesOf([...'ab 1.'].concat('<eos>', 'a'), { kind: 'file', unit: 'character' });
    expect(found.wordLength).toEqual([1, 2, 0, 1, 0, 0, 1]);
    expect(found.number).toEqual([0, 0, 0, 1, 0, 0, 0]);
    expect(found.position).toEqual([0, 1, 2, 3, 4, 5, 0]);
  });
});
