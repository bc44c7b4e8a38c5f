import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadCorpus } from '../../../src/corpus/corpus.ts';
import { Vocabulary } from '../../../src/corpus/vocabulary.ts';
import { folderWith, textOf } from './support.ts';

const rest = { 'valid.txt': 'a\n', 'test.txt': 'a\n' };
const options = { unit: 'word', vocabularySize: 100 } as const;

async function wordsOf(train: string, unit: 'word' | 'character' = 'word'): Promise<string> {
  const path = await folderWith({ 'train.txt': train, ...rest });
  return textOf(await loadCorpus({ kind: 'folder', path, unit, vocabularySize: 100 }), 'train');
}

describe('words', () => {
  it.each([
    ['a b\nc\n', 'a b <eos> c <eos>', 'line ends'],
    ['a b\nc', 'a b <eos> c <eos>', 'no line feed at the end'],
    [' a \t b \n\n c\v\fd \n', 'a b <eos> <eos> c d <eos>', 'white space, and a blank line'],
    ['a\r\nb\r\n', 'a <eos> b <eos>', 'carriage returns'],
    ['a\n  ', 'a <eos>', 'spaces after the last line feed'],
    ['\uFEFFa b\n', 'a b <eos>', 'a byte order mark'],
    ['a <eos> b\n', 'a <eos> b <eos>', 'a literal <eos>, which is the same token'],
    ['a <unk> b\n', 'a <unk> b <eos>', 'a literal <unk>'],
    [
      'naïve 日本 🙂\u00a0x \uFEFFb\n',
      'naïve 日本 🙂\u00a0x \uFEFFb <eos>',
      'more than ASCII, where no other space splits',
    ],
  ])('%j gives %j: %s', async (text, expected) => {
    expect(await wordsOf(text)).toBe(expected);
  });

  it('numbers by count and maps what training lacks to <unk>', async () => {
    const path = await folderWith({ 'train.txt': 'b a\nb a b\n', 'valid.txt': 'a z\n', 'test.txt': 'y y\n' });
    const corpus = await loadCorpus({ kind: 'folder', path, ...options });
    expect(corpus.vocabulary.words).toEqual(['b', '<eos>', 'a', '<unk>']);
    expect(corpus.vocabulary.counts).toEqual([3, 2, 2, 0]);
    expect(corpus.splits.train).toEqual(Uint16Array.from([0, 2, 1, 0, 2, 0, 1]));
    expect([textOf(corpus, 'valid'), textOf(corpus, 'test')]).toEqual(['a <unk> <eos>', '<unk> <unk> <eos>']);
  });

  it('has more than 65,536 words in an Int32Array, and as many as asked for', async () => {
    const words = Array.from({ length: 70_000 }, (_, index) => `w${index}`).join(' ');
    const path = await folderWith({ 'train.txt': `${words}\n`, ...rest });
    const large = await loadCorpus({ kind: 'folder', path, unit: 'word', vocabularySize: 100_000 });
    expect(large.vocabulary.size).toBe(70_002);
    expect(large.splits.train).toBeInstanceOf(Int32Array);
    expect(textOf(large, 'train')).toBe(`${words} <eos>`);
    const small = await loadCorpus({ kind: 'folder', path, unit: 'word', vocabularySize: 65_536 });
    expect(small.vocabulary.size).toBe(65_536);
    expect(small.splits.train).toBeInstanceOf(Uint16Array);
  });
});

describe('characters', () => {
  it.each([
    ['ab é\n', 'a b   é <eos>', 'a space is a token'],
    ['日🙂\r\n\nx', '日 🙂 <eos> <eos> x <eos>', 'code points, and line ends of both kinds'],
    ['a\rb\n', 'a \r b <eos>', 'a carriage return that ends no line'],
    ['\uFEFFa\uFEFF\n', 'a \uFEFF <eos>', 'a byte order mark at the start only'],
    ['<eos>\n', '< e o s > <eos>', 'a literal <eos> is five characters'],
  ])('%j gives %j: %s', async (text, expected) => {
    expect(await wordsOf(text, 'character')).toBe(expected);
  });
});

describe('chunks', () => {
  const text = '\uFEFFnaïve 日本 🙂\r\n\r\n <eos> a\r b\u00a0c ünï\n𝔘 last';
  it.each(['word', 'character'] as const)('any size of chunk gives the same tokens: %s', async (unit) => {
    const path = await folderWith({ 'train.txt': text, ...rest });
    const load = (chunkBytes: number) =>
      loadCorpus({ kind: 'folder', path, unit, vocabularySize: 100 }, { chunkBytes });
    const whole = await load(1 << 20);
    expect(textOf(whole, 'train')).toMatch(
      unit === 'word' ? /^naïve .* last <eos>$/ : /^n a ï v e {3}日 本 .* l a s t <eos>$/s,
    );
    for (const chunkBytes of [1, 2, 3, 4, 5, 6, 7]) {
      const corpus = await load(chunkBytes);
      expect(corpus.vocabulary.words).toEqual(whole.vocabulary.words);
      expect(corpus.splits).toEqual(whole.splits);
      expect([corpus.digest, corpus.files]).toEqual([whole.digest, whole.files]);
    }
  });
});

describe('one file', () => {
  it('is split 90/5/5 by lines', async () => {
    const lines = Array.from({ length: 40 }, (_, index) => `l${index}`);
    const path = join(await folderWith({ 'book.txt': lines.join('\n') }), 'book.txt');
    const corpus = await loadCorpus({ kind: 'file', path, ...options });
    expect(corpus.splits.train.length).toBe(72);
    expect(textOf(corpus, 'train')).toMatch(/^l0 <eos> .* l35 <eos>$/);
    expect(textOf(corpus, 'valid')).toBe('<unk> <eos> <unk> <eos>');
    expect(corpus.splits.test.length).toBe(4);
    expect(corpus.vocabulary.counts.reduce((sum, count) => sum + count)).toBe(72);
  });
});

describe('loadCorpus', () => {
  it('names its files with their SHA-256, and its digest does not depend on where they lie', async () => {
    const files = { 'train.txt': 'a b\n', 'valid.txt': 'b\n', 'test.txt': 'a\n' };
    const [one, two] = [await folderWith(files), await folderWith(files)];
    const first = await loadCorpus({ kind: 'folder', path: one, ...options });
    const second = await loadCorpus({ kind: 'folder', path: two, ...options });
    expect(first.files[0]).toEqual({
      path: join(one, 'train.txt'),
      bytes: 4,
      sha256: createHash('sha256').update('a b\n').digest('hex'),
    });
    expect(second.digest).toBe(first.digest);
    const swapped = await folderWith({ ...files, 'valid.txt': 'a\n', 'test.txt': 'b\n' });
    expect((await loadCorpus({ kind: 'folder', path: swapped, ...options })).digest).not.toBe(first.digest);
  });

  it('numbers by a given vocabulary', async () => {
    const path = await folderWith({ 'train.txt': 'new a b\n', ...rest });
    const vocabulary = new Vocabulary(['x', 'a', '<unk>', '<eos>'], [4, 3, 2, 1]);
    const corpus = await loadCorpus({ kind: 'folder', path, ...options }, { vocabulary });
    expect(corpus.vocabulary).toBe(vocabulary);
    expect([...corpus.splits.train]).toEqual([2, 1, 2, 3]);
    const closed = new Vocabulary(['a', '<eos>'], [1, 1]);
    await expect(loadCorpus({ kind: 'folder', path, ...options }, { vocabulary: closed })).rejects.toThrow(
      /"new" is not in the vocabulary of 2 words/,
    );
  });

  it('stops with the reason of its signal', async () => {
    const path = await folderWith({ 'train.txt': 'a\n', ...rest });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(loadCorpus({ kind: 'folder', path, ...options }, { signal })).rejects.toThrow('enough');
  });
});

const ptb = process.env['SEQLAB_PTB'] ?? resolve(import.meta.dirname, '../../../../shared/data/ptb');
const hasPtb = existsSync(join(ptb, 'ptb.train.txt'));
if (!hasPtb)
  console.warn('The Penn Treebank corpus is not at ../shared/data/ptb or in SEQLAB_PTB: its test is skipped.');

it.skipIf(!hasPtb)('the Penn Treebank corpus has the counts that the literature gives', async () => {
  const corpus = await loadCorpus({ kind: 'ptb', path: ptb, unit: 'word', vocabularySize: 10_000 });
  const { train, valid, test } = corpus.splits;
  expect([train.length, valid.length, test.length]).toEqual([929_589, 73_760, 82_430]);
  expect(corpus.vocabulary.size).toBe(10_000);
  expect(corpus.vocabulary.words.slice(0, 4)).toEqual(['the', '<unk>', '<eos>', 'N']);
  expect(corpus.vocabulary.counts.slice(0, 4)).toEqual([50_770, 45_020, 42_068, 32_481]);
  // The first words of the TensorFlow tutorial's training data: aer banknote berlitz calloway centrust cluett.
  expect(Array.from(train.slice(0, 6))).toEqual([9970, 9971, 9972, 9974, 9975, 9976]);
});
