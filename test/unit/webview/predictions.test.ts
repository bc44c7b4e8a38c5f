import { describe, expect, it } from 'vitest';

import type { ScoredToken } from '../../../src/protocol/inference.ts';
import { thinned } from '../../../src/host/panels/predictions/learning.ts';
import { fullBits, shade, shadeOfBits } from '../../../webview/predictions/colours.ts';
import type { ThemeKind } from '../../../webview/predictions/colours.ts';
import { History } from '../../../webview/predictions/history.ts';
import { wholeWithin } from '../../../webview/predictions/whole.ts';
import { paceOf, scoreDelay } from '../../../webview/predictions/scoreDelay.ts';
import { keptState, maxKept, readState } from '../../../webview/predictions/state.ts';
import {
  asWritten,
  contextStart,
  contextUnit,
  counterparts,
  lastWords,
  readable,
  replaced,
  withWord,
} from '../../../webview/predictions/text.ts';
import { changeMark, percent, describeSampling, totalsOf } from '../../../webview/predictions/words.ts';
import { visible } from '../../../webview/shared/visible.ts';
import { luminance } from '../../../webview/shared/ink.ts';

const kinds: ThemeKind[] = ['dark', 'light', 'hc-dark', 'hc-light'];

/** Tokens of a text that is divided at blanks, with so many bits each. */
function tokens(text: string, bits: (word: string) => number = () => 1): ScoredToken[] {
  return [...text.matchAll(/\S+/gu)].map((match) => ({
    token: match[0],
    readAs: match[0],
    known: true,
    start: match.index,
    end: match.index + match[0].length,
    probability: 2 ** -bits(match[0]),
    bits: bits(match[0]),
    rank: 1,
    alternatives: [],
  }));
}

describe('the part of a text that is read', () => {
  it('is all of it up to so many words, or characters', () => {
    expect(readable('one  two\nthree four', 'word', 4)).toBe('one  two\nthree four');
    expect(readable('one  two\nthree four', 'word', 3)).toBe('one  two\nthree');
    expect(readable('one two', 'character', 5)).toBe('one t');
    const long = 'word '.repeat(30_000);
    expect(readable(long, 'word').split(' ')).toHaveLength(20_000);
  });

  it('begins before the caret at a place that stays while words are typed', () => {
    const text = 'words and more '.repeat(10_000);
    expect(contextStart(text, 2 * contextUnit - 1)).toBe(0);
    const starts = new Set<number>();
    for (let caret = 2 * contextUnit; caret < 6 * contextUnit; caret += 97) {
      const start = contextStart(text, caret);
      starts.add(start);
      // Up to a word less than the unit, since it begins at a blank.
      expect(caret - start).toBeGreaterThan(contextUnit - 20);
      expect(caret - start).toBeLessThan(2 * contextUnit);
      expect(text[start]).toBe(' ');
    }
    expect(starts.size).toBe(4);
  });
});

describe('a word that is put into the text', () => {
  it('is parted from the words around it, but not from blanks', () => {
    expect(withWord({ text: '', caret: 0 }, 'the', 'word')).toEqual({ text: 'the', caret: 3 });
    expect(withWord({ text: 'the', caret: 3 }, 'man', 'word')).toEqual({ text: 'the man', caret: 7 });
    expect(withWord({ text: 'the  man', caret: 4 }, 'old', 'word')).toEqual({ text: 'the old man', caret: 7 });
    expect(withWord({ text: 'theman', caret: 3 }, 'old', 'word')).toEqual({ text: 'the old man', caret: 7 });
    expect(withWord({ text: 'the end', caret: 7 }, '<eos>', 'word')).toEqual({ text: 'the end\n', caret: 8 });
    expect(withWord({ text: 'th', caret: 2 }, 'e', 'character')).toEqual({ text: 'the', caret: 3 });
  });

  it('stands on the word before it where a person writes it so, as the inline preview does', () => {
    const after = (text: string, word: string) => withWord({ text, caret: text.length }, word, 'word').text;
    expect(after('the company', ',')).toBe('the company,');
    expect(after('they do', "n't")).toBe("they don't");
    expect(after('the company', "'s")).toBe("the company's");
    expect(after('it paid $', 'five')).toBe('it paid $five');
    expect(after('the bank', '-lrb-')).toBe('the bank (');
    expect(after('the bank (', 'ltd')).toBe('the bank (ltd');
    expect(after('the bank (ltd', '-rrb-')).toBe('the bank (ltd)');
    // Two words, which are read as two.
    expect(after('unitel corp.', '.')).toBe('unitel corp. .');
    // Before punctuation that stands there already.
    expect(withWord({ text: 'the, he said', caret: 3 }, 'bank', 'word')).toEqual({
      text: 'the bank, he said',
      caret: 8,
    });
    expect(withWord({ text: 'paid five', caret: 5 }, '$', 'word')).toEqual({ text: 'paid $five', caret: 6 });
  });

  it('takes a token’s place, and the tokens after it are found again', () => {
    const before = 'the old man fell';
    const at = (caret: number) => replaced({ text: before, caret }, { start: 4, end: 7 }, 'very old', 'word');
    const change = at(16);
    expect(change).toEqual({
      text: 'the very old man fell',
      caret: 21,
      wordStart: 4,
      replacement: { before, start: 4, oldEnd: 7, newEnd: 12 },
    });
    // The caret stays where it is in the text.
    expect([0, 4, 5, 7, 8].map((caret) => at(caret)?.caret)).toEqual([0, 4, 12, 12, 13]);
    if (change === undefined) return;
    const old = tokens(before);
    const found = counterparts(tokens(change.text), old, change.replacement);
    expect(found.map((one) => one?.token)).toEqual(['the', undefined, undefined, 'man', 'fell']);
    expect(replaced({ text: before, caret: 0 }, { start: 4, end: 7 }, 'old', 'word')).toBeUndefined();
  });

  it('does not touch letters where it takes the place of a sign', () => {
    const put = (text: string, start: number, end: number, word: string) =>
      replaced({ text, caret: text.length }, { start, end }, word, 'word');
    expect(put('he fell.', 7, 8, 'down')?.text).toBe('he fell down');
    expect(put('he fell.', 7, 8, '?')?.text).toBe('he fell?');
    expect(put('do n’t', 0, 2, '')?.text).toBe(' n’t');
    expect(put('a.b', 1, 2, 'or')).toMatchObject({ text: 'a or b', wordStart: 2, caret: 6 });
  });
});

describe('what is shown', () => {
  it('of signs that cannot be seen, and of ends of sentences', () => {
    expect(visible('a\u0000b')).toBe('a␀b');
    expect(visible(' ')).toBe('␣');
    expect(visible('<eos>')).toBe('⏎');
    const end = { ...(tokens('.')[0] as ScoredToken), token: '<eos>' };
    expect(asWritten(end, '.')).toBe('.');
    expect(asWritten({ ...end, start: 0, end: 1 }, '\n')).toBe('⏎');
  });

  it('of numbers: the digits that matter', () => {
    expect([1, 0.4234, 0.0995, 0.0312, 0.00123, 0.000012, 3e-7, 0, NaN].map(percent)).toEqual([
      '100 %',
      '42 %',
      '10 %',
      '3.1 %',
      '0.12 %',
      '0.001 %',
      '< 0.001 %',
      '0 %',
      '–',
    ]);
    expect([changeMark(3, 1), changeMark(1, 3), changeMark(1, 1.04), changeMark(NaN, 1)]).toEqual([
      '▼ 2.0',
      '▲ 2.0',
      '',
      '',
    ]);
  });

  it('of a heading: the last words', () => {
    expect(lastWords('')).toBe('');
    expect(lastWords('the company')).toBe('the company');
    expect(lastWords('it said that the\nold company fell')).toBe('… that the old company fell');
  });

  it('of the options: only what changes the model’s own probabilities', () => {
    const plain = { temperature: 1, topK: 0, topP: 1, banUnknown: false };
    expect(describeSampling(plain)).toBe('');
    expect(describeSampling({ temperature: 0.7, topK: 40, topP: 0.9, banUnknown: true })).toBe(
      'temperature 0.7, only the 40 most likely words, nucleus 0.9, no unknown words (<unk>)',
    );
  });

  it('of totals: the sum of the bits', () => {
    const all = tokens('a bb ccc', (word) => word.length);
    expect(totalsOf(all, 4)).toEqual({ tokens: 3, unknown: 0, bits: 6, perplexity: 4 });
  });
});

describe('colours of surprisal', () => {
  const channels = (fill: string): number[] => (fill.match(/\d+/gu) ?? []).map(Number);
  it.each(kinds)('grow steadily lighter or darker in %s, and can be written on', (kind) => {
    const steps = Array.from({ length: 49 }, (_, index) => shade(index / 48, kind));
    const lights = steps.map(({ fill }) => luminance(...channels(fill)));
    const sign = kind.endsWith('dark') ? 1 : -1;
    for (let index = 1; index < lights.length; index++)
      expect(sign * ((lights[index] ?? NaN) - (lights[index - 1] ?? NaN)), `step ${index}`).toBeGreaterThan(0);
    for (const { fill, ink } of steps) {
      const [high, low] = [luminance(...channels(fill)), ink === '#000000' ? 0 : 1].sort((a, b) => b - a);
      // WCAG 2 for text.
      expect(((high ?? NaN) + 0.05) / ((low ?? NaN) + 0.05)).toBeGreaterThan(4.5);
    }
  });

  it('end where the scale ends', () => {
    expect(shadeOfBits(fullBits, 'dark')).toEqual(shadeOfBits(Infinity, 'dark'));
    expect(shadeOfBits(NaN, 'dark')).toEqual(shadeOfBits(0, 'dark'));
  });
});

describe('the pause after which a text is scored', () => {
  it('is short for a short text, however little was measured before', () => {
    for (const letters of [0, 1, 70, 300]) expect(scoreDelay(paceOf(60, letters), 70), `${letters}`).toBeLessThan(150);
    // Of a machine that is slow, and of a model that was not warm.
    expect(scoreDelay(paceOf(5000, 1), 400)).toBe(250);
  });

  it('grows with what a long text takes, to an end', () => {
    const pace = paceOf(400, 10_000);
    expect(scoreDelay(pace, 10_000)).toBe(800);
    expect(scoreDelay(pace, 1_000_000)).toBe(2000);
    expect(scoreDelay(0, 10_000)).toBe(120);
  });
});

describe('a whole number that is typed', () => {
  it.each(['1.5', 'abc', '-5', '99999999999', '1e3', '', ' ', '0x10', '٣'])('is not %j', (text) => {
    expect(wholeWithin(text, { min: 0, max: 100_000 })).toBeUndefined();
  });

  it('is one within the limits', () => {
    const limits = { min: 1, max: 40 };
    expect(['1', ' 40 ', '007', '0', '41'].map((text) => wholeWithin(text, limits))).toEqual([
      1,
      40,
      7,
      undefined,
      undefined,
    ]);
  });
});

describe('what can be undone', () => {
  it('is a change, or letters that were typed one after the other', () => {
    let now = 0;
    const history = new History<string>(100, 500, () => now);
    const type = (state: string, pause: number): void => {
      now += pause;
      history.remember(state, true);
    };
    type('', 0);
    type('a', 100);
    type('ab', 100);
    type('abc', 900);
    expect(history.undo('abcd')).toBe('abc');
    expect(history.undo('abc')).toBe('');
    expect(history.undo('')).toBeUndefined();
    expect(history.redo('')).toBe('abc');
    history.remember('abc');
    expect(history.canRedo).toBe(false);
    expect(history.undo('x')).toBe('abc');
  });

  it('is forgotten after so many', () => {
    const history = new History<number>(3);
    for (let index = 0; index < 10; index++) history.remember(index);
    expect([history.undo(10), history.undo(9), history.undo(8), history.undo(7)]).toEqual([9, 8, 7, undefined]);
  });
});

describe('what is kept', () => {
  it('comes back, and what is damaged takes its default', () => {
    const state = readState({ text: 'the', caret: 99, options: { temperature: 0.5, topK: -1 }, first: { key: '/a' } });
    expect(state).toMatchObject({ text: 'the', caret: 3, first: null, second: null, replacement: null });
    expect(state.options).toMatchObject({ temperature: 0.5, topK: 0, banUnknown: true });
    for (const damaged of [null, 7, 'text', { text: 7 }, { options: [] }]) expect(readState(damaged).text).toBe('');
    const replacement = { before: 'old', start: 0, oldEnd: 3, newEnd: 9 };
    expect(readState({ text: 'new', replacement }).replacement).toBeNull();
  });

  it('is of a very long text its beginning', () => {
    const state = { ...readState({}), text: 'x'.repeat(maxKept + 5), caret: maxKept + 5 };
    expect(keptState(state).text).toHaveLength(maxKept);
    expect(readState(keptState(state)).caret).toBe(maxKept);
  });
});

describe('the records that are drawn', () => {
  it('are all, or every second, fourth … and the last: the same ones as the list grows', () => {
    const list = (length: number): number[] => Array.from({ length }, (_, index) => index);
    expect(thinned(list(5), 10)).toEqual([0, 1, 2, 3, 4]);
    expect(thinned(list(12), 10)).toEqual([0, 2, 4, 6, 8, 10, 11]);
    for (let length = 1; length < 400; length++) {
      const chosen = thinned(list(length), 10);
      expect(chosen.length).toBeLessThanOrEqual(10);
      expect(chosen.at(-1)).toBe(length - 1);
      // Nothing that was passed over has to be read later.
      const later = thinned(list(4 * length), 10).filter((one) => one < length);
      expect(later.filter((one) => !chosen.includes(one))).toEqual([]);
    }
  });
});
