import { expect, it } from 'vitest';

import {
  describeCount,
  numberOf,
  promptOf,
  randomSeed,
  describeSampling,
} from '../../../../src/host/questions/generationInput.ts';
import { samplingSchema } from '../../../../src/protocol/inference.ts';

it('a number that was typed is in its range, or it is said what it must be', () => {
  expect(numberOf(' 0.5 ', { least: 0, most: 1 })).toBe(0.5);
  const problem = 'This must be a whole number from 1 to 1,000.';
  for (const text of ['', ' ', 'x', '0', '1.5', '1001', 'NaN', 'Infinity', '-3'])
    expect(numberOf(text, { least: 1, most: 1000, whole: true }), text).toBe(problem);
  expect(numberOf('NaN', { least: 0, most: 1 })).toBe('This must be a number from 0 to 1.');
});

it('how words are drawn is told in words', () => {
  const told = (sampling: object): string => describeSampling(samplingSchema.parse(sampling));
  expect(told({})).toBe('temperature 1');
  expect(told({ temperature: 0.7, topK: 40, topP: 0.9 })).toBe('temperature 0.7, top 40, nucleus 0.9');
  expect(told({ temperature: 0, topK: 40 })).toBe('temperature 0');
});

it('a seed is one that the server takes', () => {
  expect([0, 0.5, 1 - 2 ** -53].map((value) => randomSeed(() => value))).toEqual([0, 500_000, 999_999]);
});

it('words are counted in words', () => {
  expect([0, 1, 1000].map((count) => describeCount(count, 'word'))).toEqual(['0 words', '1 word', '1,000 words']);
  expect(describeCount(40, 'character')).toBe('40 characters');
});

it('a prompt is the end of a selection, from the start of a word', () => {
  expect(promptOf(' the\n\tcompany ')).toBe(' the company ');
  const words = Array.from({ length: 600 }, (_, index) => `word${index}`);
  const prompt = promptOf(words.join('\n'));
  expect(prompt.length).toBeLessThanOrEqual(2000);
  expect(prompt.length).toBeGreaterThan(1990);
  expect(prompt.split(' ')).toEqual(words.slice(-prompt.split(' ').length));
  // The cut falls between two words, and just within one.
  expect(promptOf(`a ${'x'.repeat(1998)} b`)).toBe(`${'x'.repeat(1998)} b`);
  expect(promptOf(`a ${'x'.repeat(1999)} b`)).toBe('b');
  expect(promptOf('x'.repeat(3000))).toBe('x'.repeat(2000));
});
