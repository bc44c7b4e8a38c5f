import { describe, expect, it } from 'vitest';
import { buildVocabulary, Vocabulary } from '../../../src/corpus/vocabulary.ts';
import { FileError } from '../../../src/util/errors.ts';

function built(counts: Record<string, number>, limit: number): [string, number][] {
  const words = Object.keys(counts);
  const tokens = {
    size: words.length,
    counts: Int32Array.from(Object.values(counts)),
    textOf: (number: number) => words[number] ?? '',
  };
  const vocabulary = buildVocabulary(tokens, limit);
  return vocabulary.words.map((word, id) => [word, vocabulary.counts[id] ?? Number.NaN]);
}

describe('buildVocabulary', () => {
  it('orders by falling count, then by code units, and adds <unk> where there is room', () => {
    expect(built({ '<eos>': 3, b: 2, a: 2, B: 2, é: 2, c: 5 }, 10)).toEqual([
      ['c', 5],
      ['<eos>', 3],
      ['B', 2],
      ['a', 2],
      ['b', 2],
      ['é', 2],
      ['<unk>', 0],
    ]);
  });

  it('turns the rarest into <unk>, whose count they add to', () => {
    expect(built({ '<eos>': 4, a: 9, b: 3, c: 2, d: 2, '<unk>': 1 }, 5)).toEqual([
      ['a', 9],
      ['<eos>', 4],
      ['<unk>', 3],
      ['b', 3],
      ['c', 2],
    ]);
  });

  it('makes room for <unk> when the words just fill the size, and always keeps <eos>', () => {
    expect(built({ '<eos>': 1, a: 9, b: 3, c: 2 }, 4)).toEqual([
      ['a', 9],
      ['b', 3],
      ['<unk>', 2],
      ['<eos>', 1],
    ]);
    expect(built({ '<eos>': 1, a: 2, b: 2, c: 2 }, 3)).toEqual([
      ['<unk>', 4],
      ['a', 2],
      ['<eos>', 1],
    ]);
  });

  it('leaves out words that training lacks', () => {
    expect(built({ '<eos>': 1, a: 1, onlyInTest: 0 }, 10).map(([word]) => word)).toEqual(['<eos>', 'a', '<unk>']);
  });
});

describe('Vocabulary', () => {
  it('goes through JSON unchanged', () => {
    const vocabulary = new Vocabulary(['the', '<eos>', '<unk>', '__proto__'], [5, 4, 0, 1]);
    const back = Vocabulary.fromJSON(JSON.parse(JSON.stringify(vocabulary)));
    expect(back.words).toEqual(vocabulary.words);
    expect(back.counts).toEqual(vocabulary.counts);
    expect([back.size, back.endOfSentenceId, back.unknownId]).toEqual([4, 1, 2]);
    expect([back.idOf('__proto__'), back.idOf('constructor')]).toEqual([3, undefined]);
  });

  it.each([
    [null, /expected object/],
    [{ words: ['<eos>'] }, /counts/],
    [{ words: ['<eos>', 'a'], counts: [1] }, /same length/],
    [{ words: ['<eos>', 'a', 'a'], counts: [1, 1, 1] }, /twice/],
    [{ words: ['a'], counts: [1] }, /<eos> is missing/],
    [{ words: ['<eos>'], counts: [-1] }, /counts\[0\]/],
  ])('refuses %j', (value, message) => {
    expect(() => Vocabulary.fromJSON(value)).toThrow(FileError);
    expect(() => Vocabulary.fromJSON(value)).toThrow(message);
  });
});
