import { describe, expect, it } from 'vitest';

import type { CurveRun } from '../../../src/protocol/curves.ts';
import { freeSlot, lookOf, slotCount } from '../../../webview/curves/colours.ts';
import { matching } from '../../../webview/curves/pickerList.ts';
import * as selection from '../../../webview/curves/selection.ts';
import { readState } from '../../../webview/curves/state.ts';

const run = (key: string, createdAt: number, more: Partial<CurveRun> = {}): CurveRun => ({
  key,
  id: key,
  name: key,
  state: 'done',
  createdAt,
  fraction: 1,
  secondsLeft: null,
  measure: 'perplexity',
  ...more,
});

describe('what is shown', () => {
  const fresh = readState(undefined);
  const [a, b, c] = [run('a', 1), run('b', 2), run('c', 3)];

  it('is the newest run at first, and each newer one in its place', () => {
    const first = selection.afterList(fresh, [a, b]);
    expect(first.selected).toEqual(['b']);
    expect(selection.afterList(first, [a, b, c]).selected).toEqual(['c']);
  });

  it('keeps what the user put together when a newer run comes', () => {
    const two = selection.add(selection.afterList(fresh, [a, b]), 'a');
    expect(selection.afterList(two, [a, b, c]).selected).toEqual(['b', 'a', 'c']);
  });

  it('stays when following is off, and jumps to the newest when it is switched on', () => {
    const off = selection.setFollow(selection.afterList(fresh, [a]), false, [a]);
    const later = selection.afterList(off, [a, b]);
    expect(later.selected).toEqual(['a']);
    expect(selection.setFollow(later, true, [a, b]).selected).toEqual(['b']);
  });

  it('is what was asked for, each request once', () => {
    const asked = selection.afterList(selection.showAsked(fresh, { number: 1, keys: ['a'] }), [a, b]);
    expect(asked.selected).toEqual(['a']);
    const changed = selection.add(asked, 'b');
    expect(selection.showAsked(changed, { number: 1, keys: ['a'] })).toBe(changed);
    expect(selection.showAsked(changed, undefined)).toBe(changed);
    const again = selection.showAsked(changed, { number: 2, keys: ['a'] });
    expect(again.selected).toEqual(['a']);
    expect(selection.showAsked(again, { number: 2, keys: ['b'] })).toBe(again);
    expect(selection.showAsked(again, { number: 3, keys: [] })).toMatchObject({ selected: ['a'], asked: 3 });
  });

  it('is remembered over a reload', () => {
    const kept: unknown = JSON.parse(JSON.stringify(selection.showAsked(fresh, { number: 7, keys: ['a'] })));
    expect(selection.showAsked(readState(kept), { number: 7, keys: ['b'] }).selected).toEqual(['a']);
    // Written by the version that kept keys.
    expect(readState({ asked: ['a'] }).asked).toBe(0);
  });

  it('loses runs that are gone, and has a limit', () => {
    const gone = selection.setHidden(selection.showOnly(fresh, ['a', 'b']), 'a', true);
    expect(selection.afterList({ ...gone, follow: false }, [b])).toMatchObject({ selected: ['b'], hidden: [] });
    const many = selection.showOnly(
      fresh,
      Array.from({ length: 99 }, (_, at) => `r${at}`),
    );
    expect(many.selected).toHaveLength(selection.maxShown);
    expect(selection.add(many, 'x')).toBe(many);
  });

  it('gives each run a look for good', () => {
    const state = selection.showOnly(fresh, ['a', 'b']);
    const again = selection.showOnly(selection.showOnly(state, ['c']), ['a', 'c']);
    expect(again.slots['a']).toBe(state.slots['a']);
    expect(new Set(['a', 'b', 'c'].map((key) => again.slots[key])).size).toBe(3);
  });
});

describe('looks', () => {
  it('are all different until they are used up', () => {
    const slots: Record<string, number> = {};
    for (let at = 0; at < slotCount; at += 1) slots[`r${at}`] = freeSlot(slots, Object.keys(slots));
    expect(new Set(Object.values(slots)).size).toBe(slotCount);
    expect(
      new Set(
        Object.values(slots)
          .slice(0, 8)
          .map((slot) => lookOf(slot, false).colour),
      ).size,
    ).toBe(8);
    expect(new Set(Object.values(slots).map((slot) => JSON.stringify(lookOf(slot, true)))).size).toBe(slotCount);
  });

  it.each([
    [false, '#1f1f1f'],
    [false, '#000000'],
    [true, '#ffffff'],
  ] as const)('have contrast (light theme: %s) to %s', (light, background) => {
    for (let slot = 0; slot < 8; slot += 1) {
      const [one, other] = [luminance(lookOf(slot, light).colour), luminance(background)];
      const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      expect(contrast, lookOf(slot, light).colour).toBeGreaterThanOrEqual(3);
    }
  });

  it.each([false, true])('can be told apart without red or green receptors (light theme: %s)', (light) => {
    for (const matrix of Object.values(deficiencies)) {
      const seen = Array.from({ length: 8 }, (_, slot) => simulated(lookOf(slot, light).colour, matrix));
      for (const [index, one] of seen.entries())
        for (const other of seen.slice(index + 1)) expect(distance(one, other)).toBeGreaterThan(0.05);
    }
  });
});

describe('the choice of runs', () => {
  it('finds every word, newest first', () => {
    const runs = [run('one', 1, { name: 'PTB small' }), run('two', 2, { name: 'PTB large', state: 'failed' })];
    expect(matching(runs, '').map(({ key }) => key)).toEqual(['two', 'one']);
    expect(matching(runs, 'ptb failed').map(({ key }) => key)).toEqual(['two']);
    expect(matching(runs, 'nothing')).toEqual([]);
  });
});

describe('what was kept', () => {
  it('is read field by field', () => {
    const state = readState({ axis: 'parsec', smoothing: 0.2, zoomX: [4, 2], selected: ['a'], follow: 'yes' });
    expect(state).toMatchObject({ axis: 'step', smoothing: 0.2, zoomX: null, selected: ['a'], follow: true });
    expect(readState('rubbish')).toEqual(readState(null));
  });
});

/** What protan and deutan eyes make of linear RGB (Machado, Oliveira, Fernandes 2009, severity 1). */
const deficiencies = {
  protan: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deutan: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
};

function linearRgb(colour: string): number[] {
  return [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = linearRgb(colour);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** In OKLab, whose distances are about what eyes see (Ottosson 2020). */
function simulated(colour: string, matrix: readonly number[]): number[] {
  const rgb = linearRgb(colour);
  const [r = 0, g = 0, b = 0] = [0, 3, 6].map((row) =>
    Math.max(
      0,
      rgb.reduce((sum, part, at) => sum + part * (matrix[row + at] ?? 0), 0),
    ),
  );
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function distance(one: readonly number[], other: readonly number[]): number {
  return Math.hypot(...one.map((part, at) => part - (other[at] ?? 0)));
}
