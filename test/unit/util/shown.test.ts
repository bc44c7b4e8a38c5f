import { describe, expect, it } from 'vitest';
import { shown, shownLines } from '../../../src/util/shown.ts';

describe('a text from a disk', () => {
  it.each([
    ['esc\u001b[31mred', 'esc␛[31mred'],
    ['osc\u001b]0;title\u0007', 'osc␛]0;title␇'],
    ['two\nlines\r', 'two␊lines␍'],
    ['\u0000\u007f\u009b31m', '␀␡\ufffd31m'],
    ['abc\u202egnp.exe', 'abc⟨U+202E⟩gnp.exe'],
    ['\u2066a\u2069\u200b', '⟨U+2066⟩a⟨U+2069⟩⟨U+200B⟩'],
  ])('%j is shown as %j', (text, expected) => expect(shown(text)).toBe(expected));

  it.each(['Müller 👩‍👩‍👧 – “ß” 日本語 עברית'])('is shown as it is where it is only text: %s', (text) =>
    expect(shown(text)).toBe(text),
  );

  it('keeps its lines where it is more than a name', () => expect(shownLines('a\u001b\nb')).toBe('a␛\nb'));
});
