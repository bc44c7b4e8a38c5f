import { describe, expect, it } from 'vitest';

import { readFrom, silenceOf, Suggester } from '../../../../src/host/inlinePreview/suggestions.ts';
import type { Place, Suggestion } from '../../../../src/host/inlinePreview/suggestions.ts';
import { ManualClock } from '../../runs/manualClock.ts';

/** A suggester that is answered with these suggestions, in their order. */
function suggester(...answers: (Suggestion | Error)[]) {
  const clock = new ManualClock();
  const asked: string[] = [];
  const suggester = new Suggester({
    clock,
    ask: ({ before }) => {
      asked.push(before);
      const answer = answers.shift() ?? { why: 'nothing is left' };
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  });
  const at = (before: string, rest: Partial<Place> = {}): Place => ({ document: 'notes', after: '', before, ...rest });
  const now = (before: string, rest: Partial<Place> = {}) =>
    suggester.suggest(at(before, rest), { wait: 0, invoked: true, signal: new AbortController().signal });
  return { suggester, clock, asked, at, now };
}

describe('a suggestion', () => {
  it('survives that it is typed, letter by letter and word by word', async () => {
    const { asked, now } = suggester({ text: ' company said.' }, { text: ' It' });
    expect(await now('the')).toEqual({ text: ' company said.' });
    expect(await now('the ')).toEqual({ text: 'company said.' });
    expect(await now('the comp')).toEqual({ text: 'any said.' });
    expect(await now('the company said')).toEqual({ text: '.' });
    // Typed back.
    expect(await now('the c')).toEqual({ text: 'ompany said.' });
    expect(asked).toEqual(['the']);
    expect(await now('the company said.')).toEqual({ text: ' It' });
  });

  it('is gone where something else is typed, behind it or in another document', async () => {
    const { asked, now } = suggester({ text: ' company' });
    await now('the');
    expect(await now('the d')).toEqual({ why: 'nothing is left' });
    expect(await now('the c', { after: ' said' })).toEqual({ why: 'nothing is left' });
    expect(await now('the c', { document: 'other' })).toEqual({ why: 'nothing is left' });
    expect(asked).toHaveLength(4);
  });

  it('is forgotten when another run suggests', async () => {
    const { suggester: one, now } = suggester({ text: ' company' }, { text: ' bank' });
    await now('the');
    one.clear();
    expect(await now('the')).toEqual({ text: ' bank' });
  });

  it.each<[string, () => Promise<Suggestion>]>([
    ['its answer', () => Promise.resolve({ text: ' company' })],
    ['its failure', () => Promise.reject(new Error('the run is gone'))],
  ])('that was under way when another run was chosen is none: %s is forgotten', async (_, end) => {
    const { at } = suggester();
    let isCleared = false;
    const one: Suggester = new Suggester({
      ask: () => {
        if (isCleared) return Promise.resolve({ text: ' bank' });
        isCleared = true;
        one.clear();
        return end();
      },
    });
    const ask = () => one.suggest(at('the'), { wait: 0, invoked: false, signal: new AbortController().signal });
    expect(await ask()).toBeUndefined();
    expect(one.recall(at('the'))).toBeUndefined();
    expect(await ask()).toEqual({ text: ' bank' });
  });

  it('is asked for when nothing more is typed for a while', async () => {
    const { suggester: one, clock, asked, at } = suggester({ text: ' company' });
    const aborting = new AbortController();
    const first = one.suggest(at('th'), { wait: 75, invoked: false, signal: aborting.signal });
    clock.pass(50);
    aborting.abort();
    expect(await first).toBeUndefined();
    const second = one.suggest(at('the'), { wait: 75, invoked: false, signal: new AbortController().signal });
    clock.pass(75);
    expect(await second).toEqual({ text: ' company' });
    expect(asked).toEqual(['the']);
    expect(clock.waiting).toBe(0);
  });

  it('that comes too late is none', async () => {
    const { at } = suggester();
    const aborting = new AbortController();
    const late = new Suggester({
      ask: () => {
        aborting.abort();
        return Promise.resolve({ text: ' company' });
      },
    });
    expect(await late.suggest(at('the'), { wait: 0, invoked: true, signal: aborting.signal })).toBeUndefined();
    expect(late.recall(at('the'))).toBeUndefined();
  });

  it.each([0, 1])('is not asked for by each key after a failure, but by a person; debounce %i ms', async (wait) => {
    const {
      suggester: one,
      clock,
      asked,
      at,
      now,
    } = suggester(new Error('no engine'), new Error('none'), { text: ' a' });
    const automatic = (before: string) => {
      const suggestion = one.suggest(at(before), { wait, invoked: false, signal: new AbortController().signal });
      clock.pass(1);
      return suggestion;
    };
    expect(await automatic('the')).toEqual({ why: 'no engine', failed: true });
    expect(await automatic('then')).toEqual({ why: 'no engine', failed: true });
    expect(asked).toEqual(['the']);
    expect(await now('then')).toEqual({ why: 'none', failed: true });
    clock.pass(10_000);
    expect(await automatic('then')).toEqual({ text: ' a' });
  });
});

describe('the text before a cursor', () => {
  it('is read from the same place while a page is typed', () => {
    const lineStart = (offset: number): number => Math.floor(offset / 70) * 70;
    const starts = Array.from({ length: 12_000 }, (_, offset) => readFrom(offset, lineStart));
    expect(new Set(starts)).toEqual(new Set([0, 1960, 3990, 5950, 7980, 9940]));
    starts.forEach((start, offset) => {
      expect(offset - start).toBeGreaterThanOrEqual(Math.min(offset, 1000));
      expect(offset - start).toBeLessThan(3100);
    });
  });

  it('of one endless line is bounded, too', () => {
    expect(readFrom(1_000_000, () => 0)).toBe(998_000);
  });
});

describe('nothing is suggested', () => {
  const typing = { bidirectional: false, invoked: false };

  it.each([
    ['inside a word', 'the com', 'pany', { bidirectional: true, invoked: true }, /inside a word/],
    ['inside a word with an apostrophe', "don'", 't', typing, /inside a word/],
    ['right before a word', 'the ', 'company', { bidirectional: true, invoked: true }, /right before a word/],
    ['right before the first word', '', 'The company', typing, /right before a word/],
    ['in an empty text', ' \n', '', typing, /no text yet/],
    ['in the middle of a line by a model that reads forward', 'the ', ' said', typing, /text after the cursor/],
  ])('%s', (_, text, after, options, why) => {
    expect(silenceOf(text, { after }, options)).toMatch(why);
  });

  it('but elsewhere', () => {
    expect(silenceOf('the', { after: ')".' }, typing)).toBeUndefined();
    expect(silenceOf('the ', { after: ' said' }, { bidirectional: true, invoked: false })).toBeUndefined();
    expect(silenceOf('the ', { after: ' said' }, { bidirectional: false, invoked: true })).toBeUndefined();
    expect(silenceOf('', { after: '' }, { bidirectional: false, invoked: true })).toBeUndefined();
  });
});
