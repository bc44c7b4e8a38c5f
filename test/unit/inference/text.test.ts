import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

import { builtinSplit } from '../../../src/corpus/grammar/builtin.ts';
import { Vocabulary } from '../../../src/corpus/vocabulary.ts';
import { readText } from '../../../src/inference/text.ts';
import type { ReadTokenWithId } from '../../../src/inference/text.ts';
import { builtinVocabulary, ptbFolder, ptbVocabulary, vocabularyOf } from './vocabularies.ts';

/** Like the Penn Treebank's: no punctuation, lower case, contractions parted. */
const ptb = vocabularyOf(
  `the a company says it 's he do does n't ca wo 're viewers ' opinions of $ us$ # N <unk> mr. u.s. corp. corp no no. inc.
  inc and left smith rose five 1980s cities\\/abc at&t johnson & can not i a.m. they 'd`,
  { no: 900, 'no.': 60, corp: 180, 'corp.': 1200 },
);

function words(text: string, vocabulary: Vocabulary = ptb): string {
  return readText(text, { vocabulary, unit: 'word' })
    .map(({ readAs }) => readAs)
    .join(' ');
}

describe('a text that is written as the corpus is', () => {
  it('reads as it stands', () => {
    const line = "the company 's viewers ' opinions do n't <unk> N cities\\/abc no. N inc.";
    expect(words(`${line} \n`)).toBe(`${line} <eos>`);
    expect(words('the\n\ncompany\r\n')).toBe('the <eos> <eos> company <eos>');
  });

  it('has no end that is not there', () => {
    expect(words('the company')).toBe('the company');
    expect(words('')).toBe('');
    expect(words(' \t ')).toBe('');
  });

  it('of the built-in corpus is the same to the token', () => {
    const { text } = builtinSplit('valid');
    const expected = text.replaceAll('\n', ' <eos> ').trim().split(/ +/);
    const read = readText(text, { vocabulary: builtinVocabulary, unit: 'word' });
    expect(read.map(({ readAs }) => readAs)).toEqual(expected);
    expect(read.every(({ known }) => known)).toBe(true);
  });

  it.skipIf(!existsSync(ptbFolder))('of the Penn Treebank is the same to the token', () => {
    for (const split of ['train', 'valid', 'test']) {
      const text = readFileSync(resolve(ptbFolder, `ptb.${split}.txt`), 'utf8');
      const expected = text.replaceAll('\n', ' <eos> ').trim().split(/ +/);
      expect(words(text, ptbVocabulary()).split(' '), split).toEqual(expected);
    }
  });
});

describe('prose', () => {
  it.each([
    ['The Company says it left.', 'the company says it left <eos>'],
    ["It's the company's, and they'd left", "it 's the company 's and they 'd left"],
    ['He doesn’t, can’t and won’t', "he does n't ca n't and wo n't"],
    ['I cannot', 'i can not'],
    ["The viewers' opinions", "the viewers ' opinions"],
    ["They 'left' the company", 'they left the company'],
    ['“Five of the viewers,” he says (Smith).', 'five of the viewers he says smith <eos>'],
    ['$5.4, US$3 and £12,345.60', '$ N us$ N and # N'],
    ['It rose 15% of 1,234.5', 'it rose N N of N'],
    ['the 1980s, the 1870s and 10-12', 'the 1980s the N and N'],
    ['Mr. Smith left. He left!', 'mr. smith left <eos> he left <eos>'],
    ['the U.S. viewers', 'the u.s. viewers'],
    ['It left Corp. The company rose', 'it left corp <eos> the company rose'],
    ['It left Smith Inc.\nHe left', 'it left smith inc <eos> he left'],
    ['He says no. Smith left', 'he says no <eos> smith left'],
    ['He says No. 5', 'he says no. N'],
    ['It left? they left', 'it left they left'],
    ['the company left. he says it rose', 'the company left <eos> he says it rose'],
    [
      "he doesn't. viewers of abc, etc. and mr. smith left (in it). they rose",
      "he does n't <eos> viewers of <unk> <unk> and mr. smith left <unk> it <eos> they rose",
    ],
    ['xylophones. it left approx. five and j. smith', '<unk> <eos> it left <unk> five and <unk> smith'],
    ['The end.\nHe left.\n\nIt left', 'the <unk> <eos> he left <eos> it left'],
    ['Cities/ABC and AT&T', 'cities\\/abc and at&t'],
    ['the company—it left--rose…', 'the company it left rose'],
    ['# The Company\n- he left\n**it** left', 'the company <eos> he left <eos> it left'],
    ['What?! Why...', '<unk> <eos> <unk>'],
  ])('%s', (text, expected) => {
    expect(words(text)).toBe(expected);
  });

  it.each([
    ['"The trader resigned," said Mr. Smith.\n', "`` the trader resigned , '' said mr. smith . <eos>"],
    ['Who resigned? The trader did.', 'who resigned ? <eos> the trader <unk> .'],
    ['He works at Unitel Corp.\nIt isn’t big', "<unk> works at unitel corp. . <eos> <unk> is n't big"],
    ['“Is the bank big?” asked', "`` is the bank big ? '' <unk>"],
    ['1. the trader resigned\n2. The bank is big', 'N the trader resigned <eos> N the bank is big'],
    ['the trader resigned. the bank is big.', 'the trader resigned . <eos> the bank is big .'],
    ['It gained 5% (to $3 million)', '<unk> gained N % to $ N million'],
  ])('by a vocabulary with punctuation: %s', (text, expected) => {
    expect(words(text, builtinVocabulary)).toBe(expected);
  });

  it('by a vocabulary of words as they stand between white space keeps their punctuation and capitals', () => {
    const raw = vocabularyOf(
      'The the day, day. night, night; came. came Then then, once, so: well? yes! it; all, no. Paris',
      {},
    );
    expect(words('The day, came Night, the paris.', raw)).toBe('The day, came night, the Paris');
    expect(words('xylophone.', raw)).toBe('<unk>');
  });
});

describe('places and unknown words', () => {
  it('are told in UTF-16 units', () => {
    const text = 'He 😀 doesn’t.';
    const read = readText(text, { vocabulary: ptb, unit: 'word' });
    expect(read.map(({ token, start, end, known }) => [token, text.slice(start, end), known])).toEqual([
      ['He', 'He', true],
      ['😀', '😀', false],
      ['does', 'does', true],
      ['n’t', 'n’t', true],
      ['<eos>', '.', true],
    ]);
    expect(read.map(({ id }) => ptb.words[id])).toEqual(['he', '<unk>', 'does', "n't", '<eos>']);
  });

  it('stand for <eos> in a vocabulary without <unk>', () => {
    const vocabulary = new Vocabulary(['a', '<eos>'], [1, 1]);
    const [token] = readText('b', { vocabulary, unit: 'word' });
    expect(token).toEqual({ token: 'b', readAs: '<eos>', known: false, start: 0, end: 1, id: 1 });
  });

  it('rise, lie within the text and do not overlap, whatever it is', () => {
    for (const text of oddTexts) {
      for (const vocabulary of [ptb, builtinVocabulary]) {
        let last = 0;
        for (const { start, end, readAs, id } of readText(text, { vocabulary, unit: 'word' })) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThanOrEqual(start);
          expect(end).toBeLessThanOrEqual(text.length);
          expect(vocabulary.words[id]).toBe(readAs);
          last = end;
        }
      }
    }
  });
});

const oddTexts = [
  '\0\0 a\0b \ud800 x\udc00y',
  'שלום עולם. مرحبا بالعالم؟',
  '👩‍👩‍👧‍👦🏳️‍🌈 ok',
  '\ufeffthe\u00a0company\u200b',
  "'''''\"\"\"``''```",
  "''s n't 's' \"'tis\"",
  '$$$ $. .$ %% -5 .5 5. --- …. ?!?',
  'cannot\'s (can\'t) [u.s.] {corp.}. "corp."\n"corp." The',
  '\r\n\r\r\n\n',
];

describe('a long text', () => {
  /** Of the processor: other programs do not count. */
  function seconds(text: string): number {
    const start = process.cpuUsage();
    readText(text, { vocabulary: ptb, unit: 'word' });
    return process.cpuUsage(start).user / 1e6;
  }

  it.each([
    ['100,000 words', 'The company doesn’t, Mr. Smith. '.repeat(20_000)],
    ['one word of 1 MB', 'x'.repeat(1 << 20)],
    ['1 MB of brackets', '('.repeat(1 << 20)],
    ['1 MB of closing marks before 1 MB of opening ones', `a${'!'.repeat(1 << 20)} ${'('.repeat(1 << 20)}`],
    ['1 MB of quotation marks', '"'.repeat(1 << 20)],
    ['1 MB of dashes', 'a-'.repeat(1 << 19)],
    ['1 MB of contractions', "a's".repeat(350_000)],
  ])('takes linear time: %s', (_, text) => {
    // Quadratic time would be minutes.
    expect(seconds(text)).toBeLessThan(5);
  });
});

describe('characters', () => {
  const vocabulary = new Vocabulary(['a', ' ', '<eos>', 'é', '😀', '<unk>'], [5, 4, 3, 2, 1, 1]);
  const read = (text: string): ReadTokenWithId[] => readText(text, { vocabulary, unit: 'character' });

  it('are code points, spaces too', () => {
    const tokens = read('a é😀\r\nÜ\ud83d');
    expect(tokens.map(({ readAs }) => readAs)).toEqual(['a', ' ', 'é', '😀', '<eos>', '<unk>', '<unk>']);
    expect(tokens.map(({ start, end }) => end - start)).toEqual([1, 1, 1, 2, 1, 1, 1]);
  });

  it('may be known in lower case', () => {
    expect(read('A').map(({ readAs, token }) => [token, readAs])).toEqual([['A', 'a']]);
  });
});
