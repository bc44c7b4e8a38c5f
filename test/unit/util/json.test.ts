import { describe, expect, it } from 'vitest';

import { JsonError, parseJson } from '../../../src/util/json.ts';

function faultOf(text: string): string {
  try {
    parseJson(text);
  } catch (error) {
    if (error instanceof JsonError) return error.message;
    throw error;
  }
  return 'none';
}

describe('parseJson', () => {
  it.each(['1', '-0.5e+3', '"a\\u00e9\\n"', '[]', '{}', ' [1, {"a": null, "b": [true, false]}]\n', '\uFEFF{"a":1}'])(
    'gives what JSON.parse gives for %s',
    (text) => {
      expect(parseJson(text)).toEqual(JSON.parse(text.replace('\uFEFF', '')));
    },
  );

  it.each([
    ['', 'line 1, column 1: expected a value, found the end of the text'],
    ['{"a": 1,\n "b": 2,}', 'line 2, column 9: expected a key in double quotes, found "}"'],
    ['{"a" 1}', 'line 1, column 6: expected ":" after the key, found "1"'],
    ['[1 2]', 'line 1, column 4: expected "," or "]", found "2"'],
    ["{'a': 1}", `line 1, column 2: expected a key in double quotes, found "'"`],
    ['{"a": 01}', 'line 1, column 7: expected a value, found "0"'],
    ['{"a": NaN}', 'line 1, column 7: expected a value, found "N"'],
    ['{"a": "b', 'line 1, column 7: this text in double quotes has no end'],
    ['"C:\\data"', 'line 1, column 4: an unknown escape after "\\" (write "\\\\" for a backslash)'],
    ['{"a": 1} x', 'line 1, column 10: expected the end of the text, found "x"'],
    ['{"a": 1, "a": 2}', 'line 1, column 10: the key "a" occurs twice in this object'],
    ['[\r\n1,\r\n]', 'line 3, column 1: expected a value, found "]"'],
    ['// no\n{}', 'line 1, column 1: expected a value, found "/"'],
  ])('says where %j is wrong', (text, message) => {
    expect(faultOf(text)).toBe(message);
  });

  it('refuses deep nesting instead of running out of stack', () => {
    expect(faultOf('['.repeat(100_000))).toContain('nested deeper than 200 levels');
  });

  it('finds a fault exactly where JSON.parse does', () => {
    const whole = '{"a":[1,-2.5e3,"x\\u0041\\\\"],"b":{"c":null,"d":true}}';
    const characters = '{}[]",:0123456789eE+-.\\ abntrufls/\n\t\u0000';
    let compared = 0;
    for (let at = 0; at <= whole.length; at++) {
      for (const character of characters) {
        for (const text of [
          whole.slice(0, at) + character + whole.slice(at),
          whole.slice(0, at) + character + whole.slice(at + 1),
          whole.slice(0, at),
        ]) {
          let expected: unknown = 'fault';
          try {
            expected = JSON.parse(text);
          } catch {
            // Not JSON: ours must say so too.
          }
          const fault = faultOf(text);
          if (fault.includes('occurs twice')) continue;
          expect({ text, isFault: fault !== 'none' }).toEqual({ text, isFault: expected === 'fault' });
          compared++;
        }
      }
    }
    expect(compared).toBeGreaterThan(1000);
  });
});
