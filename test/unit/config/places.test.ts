import { describe, expect, it } from 'vitest';

import { cellIds } from '../../../src/config/cells.ts';
import { checkConfiguration } from '../../../src/config/parse.ts';
import { Places } from '../../../src/config/places.ts';

/** Line, column, marked text and message of every problem of a file. */
function marks(text: string): string[] {
  const { problems = [] } = checkConfiguration({ file: { path: '/lab/a.seqlab.json', text } });
  const places = new Places(text);
  return problems.map((problem) => {
    const { offset, length } = places.of(problem);
    const before = text.slice(0, offset).split('\n');
    return `${before.length}:${(before.at(-1)?.length ?? 0) + 1} ${text.slice(offset, offset + length)} | ${problem.message}`;
  });
}

describe('the place of a problem', () => {
  it('is the key or the value in its line', () => {
    const text = `{
  "$schema": "anything",
  "preset": "smal",
  "model": {
    "layers": 17,
    "layrs": 1,
    "cell": "grz"
  },
  "training": {
    "schedule": { "kind": "linear", "divisor": 2 },
    "optimizer": { "momentum": 0.9 },
    "epochs": [3]
  },
  "corpus": { "kind": "builtin", "path": "x" }
}`;
    expect(marks(text).sort()).toEqual([
      '10:37 "divisor" | a key of the kind stepDecay or plateau, but training.schedule.kind is the string "linear"; change the kind or remove the key',
      '12:5 "epochs" | expected a whole number from 1 to 10000, got a list',
      '14:42 "x" | the built-in corpus takes no path; set corpus.kind to ptb, folder or file',
      '3:13 "smal" | expected one of demo, quick, document, small, medium, large, got the string "smal"; did you mean small?',
      '5:15 17 | expected a whole number from 1 to 16, got 17',
      '6:5 "layrs" | unknown key; did you mean model.layers?',
      `7:13 "grz" | expected one of ${cellIds.map((id) => `"${id}"`).join(', ')}, got the string "grz"`,
    ]);
  });

  it.each([
    [
      'a key that is missing is the object that it is missing in',
      '{"seed": 1, "corpus": {"kind": "ptb"}}',
      '1:13 "corpus"',
    ],
    ['a missing kind too', '{"training": {"schedule": {"divisor": 3}}}', '1:15 "schedule"'],
    ['an object in the place of a value is its key', '{"model": {"layers": {"a": {}}}}', '1:12 "layers"'],
    ['a section that is no object is its value', '{"model": 3}', '1:11 3'],
    ['a key that stands twice is the second one', '{\n"seed": 1,\n"seed": 2}', '3:1 "seed"'],
    ['a text that is no JSON is where it stops', '{\n"seed": ,}', '2:9 ,'],
    ['a way to a prototype is that key', '{"model": [{}, {"constructor": 1}]}', '1:17 "constructor"'],
    ['a key with dots is that key', '{"model.layers": 3}', '1:2 "model.layers"'],
    ['a file that is no object is its start', ' [1]', '1:2 ['],
    ['an empty file is its start', '', '1:1 '],
    ['what only defaults and other keys make wrong is that key', '{"corpus": {"path": "x"}}', '1:21 "x"'],
  ])('%s', (_, text, expected) => {
    expect(marks(text).map((mark) => mark.split(' |')[0])).toEqual([expected]);
  });

  it('counts a byte-order mark as a text does that has kept it', () => {
    const text = '\uFEFF{"seed": -1}';
    const [problem] = checkConfiguration({ file: { path: 'a', text } }).problems ?? [];
    expect(problem && new Places(text).of(problem)).toEqual({ offset: 10, length: 2 });
  });

  it('knows what an editor of JSON finds fault with by itself', () => {
    expect(['{"seed": 1, "seed": 2}', '{"nam": 1}'].map((text) => new Places(text).isWellFormed)).toEqual([true, true]);
    const malformed = ['', '{"seed": 1,}', '{"seed": 1} // one', '{', '{"seed": }'];
    expect(malformed.filter((text) => new Places(text).isWellFormed)).toEqual([]);
  });

  it('is told while the preset is wrong too, but not what the right one might say', () => {
    expect(marks('{"preset": "smal", "training": {"schedule": {"divisor": 3}}, "seed": -1}')).toHaveLength(2);
  });
});
