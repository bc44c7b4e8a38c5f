import { expect, it } from 'vitest';
import { IdList } from '../../../src/corpus/idList.ts';

it('IdList gives back what it took, across chunks of both widths', () => {
  const list = new IdList();
  const expected = Int32Array.from({ length: 700_001 }, (_, index) => (index < 400_000 ? index % 60_000 : 2 * index));
  for (const id of expected) list.push(id);
  expect(list.length).toBe(expected.length);
  for (const index of [0, 262_143, 262_144, 524_288, 700_000]) expect(list.at(index)).toBe(expected[index]);
  expect(() => list.at(700_001)).toThrow(/no entry 700001 among 700001/);
  for (const [from, to] of [
    [0, 700_001],
    [262_100, 262_200],
    [262_144, 524_288],
    [5, 5],
  ] as const) {
    const back = new Int32Array(to - from);
    list.runs(from, to, (run, place) => back.set(run, place));
    // Not toEqual, which takes seconds for arrays of this length.
    expect(back.findIndex((id, place) => id !== expected[from + place])).toBe(-1);
  }
});
