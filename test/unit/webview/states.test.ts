import { describe, expect, it } from 'vitest';

import { builtinSentences } from '../../../src/corpus/grammar/builtin.ts';
import { freeName, plainName } from '../../../src/host/panels/freeName.ts';
import { byCluster } from '../../../webview/states/cluster.ts';
import { difference, largestIn, unitSeries, unitsOn, valueAt } from '../../../webview/states/grid.ts';
import type { Grid } from '../../../webview/states/grid.ts';
import { coarsenessFor, pixelsFor } from '../../../webview/states/levels.ts';
import { firstText } from '../../../webview/shared/firstText.ts';
import { wordsOfSpan } from '../../../webview/states/tokens.ts';
import { asText } from '../../../webview/states/texts.ts';
import { byCorrelation, byIndex, byVariance } from '../../../webview/states/order.ts';
import { colourCount, colourIndex, coloursOf, pixelsOf, scaleFor } from '../../../webview/states/scale.ts';
import {
  cellAt,
  firstViewport,
  fitted,
  labelEvery,
  showing,
  within,
  zoomed,
} from '../../../webview/states/viewport.ts';
import { figures, hundredths } from '../../../webview/states/words.ts';
import { withFirst } from '../../../webview/shared/comparison.ts';
import { luminance } from '../../../webview/shared/ink.ts';

/** Units by rows, as a person writes them. */
function gridOf(...units: readonly (readonly number[])[]): Grid {
  const tokens = units[0]?.length ?? 0;
  const values = new Float32Array(tokens * units.length);
  units.forEach((series, unit) => series.forEach((value, token) => (values[token * units.length + unit] = value)));
  return { tokens, units: units.length, values };
}

/** Numbers that are always the same. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
}

describe('the folder of an export', () => {
  it('is numbered where it exists, also in other capitals, and has a name that every system takes', () => {
    expect(freeName('run-lstmvis', ['other'])).toBe('run-lstmvis');
    expect(freeName('run-lstmvis', ['Run-LstmVis', 'run-lstmvis-2', 'run-lstmvis-4'])).toBe('run-lstmvis-3');
    expect(plainName('a run/1:2')).toBe('a-run-1-2');
  });
});

describe('tokens as text', () => {
  const shown = (...tokens: string[]) => tokens.map((token) => ({ token, readAs: token, known: true }));

  it('stand apart where they are words, and close, with signs for blanks, where they are characters', () => {
    expect(wordsOfSpan(shown('the', 'old', 'firm', '<eos>'), { from: 1, to: 3 }, 'word')).toBe('old firm ⏎');
    expect(wordsOfSpan(shown('a', ' ', 'b', '\n'), { from: 0, to: 3 }, 'character')).toBe('a␣b␊');
    expect(wordsOfSpan(shown(...'abcdefghijklmnop'), { from: 0, to: 15 }, 'character')).toBe('abcdefghijkl …');
  });

  it('are read back as they were', () => {
    expect(asText(['<eos>', 'the', 'firm', '<eos>', 'said'], 'word')).toBe('the firm\nsaid');
    expect(asText([...'a b', '\n', 'c'], 'character')).toBe('a b\nc');
  });
});

describe('the text that a new panel reads', () => {
  it('has words that the built-in corpus trains', () => {
    const known = new Set(builtinSentences('train').flatMap(({ tokens }) => tokens));
    expect(firstText.split(' ').filter((word) => !known.has(word))).toEqual([]);
  });
});

describe('two that are compared', () => {
  const [a, b, late] = [{ key: '/a' }, { key: '/b' }, { key: '/b', checkpoint: 3000 }];

  it('change places where the first would be compared with itself, and only there', () => {
    expect(withFirst({ first: a, second: b }, { key: '/b' })).toEqual({ first: b, second: a });
    expect(withFirst({ first: a, second: late }, b)).toEqual({ first: b, second: late });
    expect(
      withFirst<typeof late>({ first: late, second: { ...late, checkpoint: 1 } }, { ...late, checkpoint: 1 }),
    ).toEqual({ first: { ...late, checkpoint: 1 }, second: late });
    expect(withFirst({ first: a, second: null }, b)).toEqual({ first: b, second: null });
    expect(withFirst({ first: a, second: null }, null)).toEqual({ first: null, second: null });
  });
});

describe('a grid of states', () => {
  const grid = gridOf([0.5, -0.5, 0.75], [NaN, 2, -Infinity]);

  it('gives values by token and unit, and NaN beside it', () => {
    expect([...unitSeries(grid, 0)]).toEqual([0.5, -0.5, 0.75]);
    expect(valueAt(grid, 2, 0)).toBe(0.75);
    for (const [token, unit] of [
      [3, 0],
      [-1, 0],
      [0, 2],
    ])
      expect(valueAt(grid, token ?? 0, unit ?? 0)).toBeNaN();
    expect(largestIn(grid)).toBe(2);
    expect(largestIn(gridOf([NaN]))).toBe(0);
  });

  it('is taken from another of the same shape alone', () => {
    expect([...(difference(gridOf([1, 2]), gridOf([3, 1]))?.values ?? [])]).toEqual([2, -1]);
    expect(difference(gridOf([1, 2]), gridOf([1], [2]))).toBeUndefined();
  });

  it('finds the units that are on in a whole span with one sign', () => {
    const states = gridOf([0.5, 0.6, 0.1], [-0.5, -0.9, 0], [0.5, -0.6, 0], [0.5, NaN, 0], [0, 0, 0]);
    const on = unitsOn(states, { from: 0, to: 1 }, 0.5);
    expect(on).toEqual([
      { unit: 0, sign: 1 },
      { unit: 1, sign: -1 },
    ]);
    // With no threshold at all a unit must still have a sign.
    expect(unitsOn(states, { from: 0, to: 1 }, 0).map(({ unit }) => unit)).toEqual([0, 1]);
    expect(unitsOn(states, { from: 5, to: 9 }, 0)).toEqual([]);
  });
});

describe('the order of units', () => {
  const grid = gridOf([0, 0, 0, 0], [1, 2, 3, 4], [4, 3, 2, 1], [1, 2, 3, 5], [10, 30, 5, 7]);

  it('goes by index, by variance and by correlation with a unit', () => {
    expect(byIndex(3)).toEqual([0, 1, 2]);
    expect(byVariance(grid)).toEqual([4, 3, 1, 2, 0]);
    expect(byCorrelation(grid, 1)).toEqual([1, 3, 0, 4, 2]);
    expect(byCorrelation(grid, 0)[0]).toBe(0);
  });

  it('by clusters puts units that go together side by side, whatever their size', async () => {
    const random = noise(7);
    const tokens = 60;
    const themes = Array.from({ length: 4 }, () => Array.from({ length: tokens }, random));
    // Unit u follows theme u mod 4, with another size and some noise.
    const units = Array.from({ length: 40 }, (_, unit) =>
      (themes[unit % 4] ?? []).map((value) => (unit + 1) * (value + 0.2 * random())),
    );
    const order = await byCluster(gridOf(...units));
    expect([...order].sort((a, b) => a - b)).toEqual(byIndex(40));
    const changes = order.filter((unit, row) => row > 0 && unit % 4 !== (order[row - 1] ?? 0) % 4);
    expect(changes).toHaveLength(3);
  });

  it('by clusters of units that do not vary, or are no numbers, is still an order of all', async () => {
    const flat = gridOf(...Array.from({ length: 9 }, (_, unit) => [unit, unit === 4 ? NaN : unit, unit]));
    expect([...(await byCluster(flat))].sort((a, b) => a - b)).toEqual(byIndex(9));
    expect(await byCluster(gridOf([1, 2], [2, 1]))).toEqual([0, 1]);
  });

  it('by clusters of 1,500 units over 500 tokens comes in slices and is given up at once', async () => {
    const random = noise(3);
    const large: Grid = { tokens: 500, units: 1500, values: Float32Array.from({ length: 750_000 }, random) };
    const giveUp = new AbortController();
    let pauses = 0;
    const pause = (): Promise<void> => {
      pauses += 1;
      if (pauses === 3) giveUp.abort(new Error('enough'));
      return Promise.resolve();
    };
    await expect(byCluster(large, { pause, signal: giveUp.signal })).rejects.toThrow('enough');
    expect(pauses).toBe(3);
  });
});

describe('the scale of colours', () => {
  it('is that of what makes the series: parts of 1, between −1 and 1, or as large as it gets', () => {
    expect(scaleFor('forget', 0.3)).toEqual({ kind: 'sequential', low: 0, high: 1 });
    expect(scaleFor('h', 0.3)).toEqual({ kind: 'diverging', low: -1, high: 1 });
    expect(scaleFor('c', 7.31)).toEqual({ kind: 'diverging', low: -7.4, high: 7.4 });
    expect(scaleFor('h', 0.0301, true)).toEqual({ kind: 'diverging', low: -0.031, high: 0.031 });
    expect(scaleFor('c', 0)).toEqual({ kind: 'diverging', low: -1, high: 1 });
    expect(scaleFor('c', 7.4).high).toBe(7.4);
  });

  it('has 0 in the middle, its ends at the ends, and a place for what is no number', () => {
    const scale = scaleFor('c', 2);
    expect(colourIndex(0, scale)).toBe((colourCount - 1) / 2);
    expect(colourIndex(-9, scale)).toBe(0);
    expect(colourIndex(9, scale)).toBe(colourCount - 1);
    expect(colourIndex(NaN, scale)).toBe(colourCount);
  });

  it.each(['dark', 'light', 'hc-dark', 'hc-light'] as const)(
    'is read by brightness alone where it is sequential: %s',
    (theme) => {
      const bright = coloursOf({ kind: 'sequential' }, theme)
        .slice(0, colourCount)
        .map((rgb) => luminance(...rgb));
      const rising = bright.every((value, index) => index === 0 || value >= (bright[index - 1] ?? 0) - 2e-3);
      const falling = bright.every((value, index) => index === 0 || value <= (bright[index - 1] ?? 0) + 2e-3);
      expect(theme.endsWith('light') ? falling : rising).toBe(true);
    },
  );
});

describe('the picture', () => {
  const scale = scaleFor('h', 1);
  const palette = Uint32Array.from({ length: colourCount + 1 }, (_, index) => index);
  const grid = gridOf([1, 1, -1], [0, 0, -1], [NaN, 0, 0]);

  it('has a pixel a cell in the order of the rows', () => {
    const { width, height, data } = pixelsFor({ grid, order: [1, 0, 2], scale, palette }, { columns: 1, rows: 1 });
    const [low, zero, high, none] = [0, 255, 510, 511];
    expect({ width, height }).toEqual({ width: 3, height: 3 });
    expect([...data]).toEqual([zero, zero, low, high, high, low, none, zero, zero]);
  });

  it('is coarser where a cell is smaller than a pixel: the mean of the cells, also at the edges', () => {
    expect(coarsenessFor(0.3, 2)).toEqual({ columns: 4, rows: 1 });
    expect(coarsenessFor(1, 0.5)).toEqual({ columns: 1, rows: 2 });
    const { data } = pixelsFor({ grid, order: [0, 1, 2], scale, palette }, { columns: 2, rows: 2 });
    expect([...data]).toEqual([383, 0, 511, 255]);
  });

  it('packs colours as a little-endian page has them', () => {
    expect([...pixelsOf([[1, 2, 3]])]).toEqual([0xff030201]);
  });
});

describe('the view of the heatmap', () => {
  const extent = { tokens: 500, units: 1500 };
  const window = { width: 900, height: 480 };

  it('begins with all units and words that can be read, and can show everything', () => {
    expect(firstViewport(extent, window)).toEqual({ cellWidth: 15, cellHeight: 0.32, left: 0, top: 0 });
    expect(fitted(extent, window)).toEqual({ cellWidth: 1.8, cellHeight: 0.32, left: 0, top: 0 });
    expect(firstViewport({ tokens: 3, units: 4 }, window)).toEqual({ cellWidth: 64, cellHeight: 18, left: 0, top: 0 });
  });

  it('zooms about a point, whose cell stays where it is', () => {
    const view = firstViewport(extent, window);
    const before = cellAt(view, 300, 200);
    const closer = within(zoomed(view, { x: 2, y: 8 }, { x: 300, y: 200 }), extent, window);
    expect(closer).toMatchObject({ cellWidth: 30, cellHeight: 2.56 });
    expect(cellAt(closer, 300, 200)).toEqual(before);
    const back = within(zoomed(closer, { x: 1e-6, y: 1e-6 }, { x: 0, y: 0 }), extent, window);
    expect(back).toEqual(fitted(extent, window));
  });

  it('is scrolled as little as shows a cell', () => {
    const view = { cellWidth: 15, cellHeight: 4, left: 30, top: 0 };
    expect(showing(view, { token: 0, row: 0 }, window)).toMatchObject({ left: 0, top: 0 });
    expect(showing(view, { token: 10, row: 1499 }, window)).toMatchObject({ left: 30, top: 5520 });
  });

  it('labels as many as fit', () => {
    expect([labelEvery(15, 12), labelEvery(4, 12), labelEvery(0.32, 12), labelEvery(1.8, 12)]).toEqual([1, 5, 50, 10]);
  });
});

describe('figures of a list', () => {
  it.each([
    [
      [1, 0.983, -0.9],
      ['1.00', '0.98', '−0.90'],
    ],
    [
      [0.0412, -0.0004],
      ['0.041', '0.000'],
    ],
    [
      [3e-5, NaN],
      ['3.0e−5', '–'],
    ],
    [[], []],
  ])('%j', (values, words) => {
    expect(figures(values)).toEqual(words);
  });

  it('has hundredths of a correlation, with a true minus', () => {
    expect([-0.424, 0.5, -0.001].map(hundredths)).toEqual(['−0.42', '0.50', '0.00']);
  });
});
