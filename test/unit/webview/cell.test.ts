import { describe, expect, it } from 'vitest';

import { directions, idsOf } from '../../../src/config/vocabulary.ts';
import { cellIds } from '../../../src/config/cells.ts';
import { decades, nearestStep, stepAt } from '../../../webview/cell/reachScale.ts';
import { swatch } from '../../../webview/cell/colours.ts';
import { Model } from '../../../webview/cell/model.ts';
import { fits } from '../../../webview/cell/network.ts';
import type { NetworkShape } from '../../../webview/cell/network.ts';
import { dragged, editable, parseNumber, parseSequence, part, shown, stepped } from '../../../webview/cell/numbers.ts';
import { firstState, readState, within } from '../../../webview/cell/state.ts';
import { example, seededWeights, startingWeights } from '../../../webview/cell/weights.ts';
import type { PanelHost } from '../../../webview/shared/panelHost.ts';

/** A panel's host that remembers what it is given to keep. */
function keeper(kept?: unknown): { host: PanelHost; kept: () => unknown } {
  let held = kept;
  const host = {
    request: () => Promise.reject(new Error('nobody answers')),
    on: () => undefined,
    start: () => undefined,
    kept: () => held,
    keep: (state: unknown) => void (held = JSON.parse(JSON.stringify(state)) as unknown),
  };
  return { host, kept: () => held };
}

const shapes: NetworkShape[] = cellIds.flatMap((cell) =>
  idsOf(directions).map((direction) => ({ cell, direction, layers: 2, hidden: 3 })),
);

describe('weights', () => {
  it('fit every shape, are the same for the same seed, and grow with the scale', () => {
    for (const shape of shapes) {
      const weights = seededWeights(shape, { seed: 3, scale: 1 });
      expect(fits(shape, weights)).toBe(true);
      expect(seededWeights(shape, { seed: 3, scale: 1 })).toEqual(weights);
      expect(seededWeights(shape, { seed: 4, scale: 1 })).not.toEqual(weights);
      const doubled = seededWeights(shape, { seed: 3, scale: 2 })['forward.0.input'];
      expect(doubled).toEqual(weights['forward.0.input']?.map((value) => 2 * value));
    }
  });

  it('open the gates that keep the state as far as they are told', () => {
    const shape = { direction: 'forward', layers: 1, hidden: 2 } as const;
    const biasOf = (cell: NetworkShape['cell'], keepBias?: number) =>
      seededWeights({ ...shape, cell }, { seed: 1, scale: 1, ...(keepBias === undefined ? {} : { keepBias }) })[
        'forward.0.bias'
      ];
    expect(biasOf('rnn', 3)).toEqual([0, 0]);
    expect(biasOf('lstm')).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
    expect(biasOf('lstm', 3)).toEqual([0, 0, 3, 3, 0, 0, 0, 0]);
    expect(biasOf('gru', 3)).toEqual([0, 0, 3, 3, 0, 0]);
    // The forget gate of an MGU keeps the state where it is shut.
    expect(biasOf('mgu')).toEqual([0, 0, 0, 0]);
    expect(biasOf('mgu', 3)).toEqual([-3, -3, 0, 0]);
    expect(biasOf('lstm-coupled', 3)).toEqual([3, 3, 0, 0, 0, 0]);
  });

  it('are the worked example for its shape and the first seed alone', () => {
    expect(startingWeights({ ...example.shape }, 1)).toEqual(example.parameters);
    expect(startingWeights({ ...example.shape }, 2)).not.toEqual(example.parameters);
    expect(startingWeights({ ...example.shape, hidden: 3 }, 1)['forward.0.bias']).toEqual([0, 0, 0]);
  });
});

describe('the model', () => {
  it('opens with the worked example and follows every edit', () => {
    const { host } = keeper();
    const model = new Model(host);
    let told = 0;
    model.onChange(() => (told += 1));
    expect(model.isExample).toBe(true);
    model.setParameter('forward.0.input', 0, 1.5);
    expect(model.unrolled().layers[0]?.steps[0]?.['candidate.before']?.[0]).toBeCloseTo(1.6, 12);
    model.setInput(0, 2);
    expect(model.unrolled().layers[0]?.steps[0]?.['candidate.before']?.[0]).toBeCloseTo(3.1, 12);
    expect(model.isExample).toBe(false);
    expect(model.unrolled()).toBe(model.unrolled());
    model.reset();
    expect(model.isExample).toBe(true);
    expect(model.unrolled().outputs[1]).toBeCloseTo(2.727, 3);
    expect(told).toBe(3);
  });

  it('has other weights for another cell, the example’s again for the plain one, and keeps the sequence', () => {
    const { host } = keeper();
    const model = new Model(host);
    model.setInputs([3, 4, 5]);
    model.setShape({ cell: 'lstm' });
    expect(fits(model.state.network.shape, model.state.network.parameters)).toBe(true);
    model.setShape({ cell: 'rnn' });
    expect(model.state.network.parameters).toEqual(example.parameters);
    expect(model.state.network.inputs).toEqual([3, 4, 5]);
    model.setSeed(2);
    expect(model.state.network.parameters).not.toEqual(example.parameters);
  });

  it('keeps everything over a reload, and looks at a place that there is', () => {
    const first = keeper();
    const model = new Model(first.host);
    model.setShape({ cell: 'gru', direction: 'bidirectional', layers: 3, hidden: 4 });
    model.setInputs([1, 2, 3, 4]);
    model.look({ step: 3, layer: 2, reading: 'backward', unit: 3 });
    model.setReach({ length: 50 });
    const again = new Model(keeper(first.kept()).host);
    expect(again.state).toEqual(model.state);
    again.setShape({ direction: 'forward', layers: 1, hidden: 2 });
    again.setInputs([7]);
    expect(again.state.place).toEqual({ step: 0, layer: 0, reading: 'forward', unit: null });
  });

  it('cuts sequences that are too long to be drawn', () => {
    const model = new Model(keeper().host);
    model.setInputs(Array.from({ length: 99 }, (_, at) => at));
    expect(model.state.network.inputs).toHaveLength(24);
  });
});

describe('what was kept', () => {
  it.each([
    undefined,
    'nonsense',
    {},
    { ...firstState(), network: { ...firstState().network, parameters: {} } },
    { ...firstState(), network: { ...firstState().network, inputs: [] } },
    { ...firstState(), network: { ...firstState().network, inputs: [1e300] } },
  ])('opens the worked example where it cannot be used: %j', (kept) => {
    expect(readState(kept)).toEqual(firstState());
  });

  it('is brought into the network', () => {
    const state = firstState();
    expect(within({ ...state, place: { step: 9, layer: 9, reading: 'backward', unit: 9 } })).toEqual({
      step: 1,
      layer: 0,
      reading: 'forward',
      unit: null,
    });
    expect(readState({ ...state, place: { step: 'x' }, reach: { length: -1 } }).reach.length).toBe(20);
  });
});

describe('numbers', () => {
  it('are read as people write them', () => {
    const texts = ['1', ' -0.5 ', '−0,25', '.5', '1e-2', '+3', '', '-', '1.2.3', 'one', '1e9', 'NaN', '0x10'];
    const none = undefined;
    expect(texts.map(parseNumber)).toEqual([1, -0.5, -0.25, 0.5, 0.01, 3, none, none, none, none, none, none, none]);
    expect(parseSequence('1, 2;3\n-4  .5')).toEqual([1, 2, 3, -4, 0.5]);
    expect(parseSequence('1, two')).toBeUndefined();
    expect(parseSequence('  ')).toBeUndefined();
  });

  it('are shown with three digits, and parts with two', () => {
    expect([0.5370495, -0.46211, -0.0001, 1234.5, 123456, NaN, -Infinity].map(shown)).toEqual([
      '0.537',
      '−0.462',
      '0.000',
      '1234.500',
      '1.2e5',
      '–',
      '−∞',
    ]);
    expect([1, 0.31, 4.1e-9, 0, NaN, 12].map(part)).toEqual(['1.0', '0.31', '4.1e−9', '0', '–', '12']);
    expect([0.1 + 0.2, -0, -0.5, 1e-9].map(editable)).toEqual(['0.3', '0', '-0.5', '0']);
  });

  it('change by keys and by dragging, without dust, and within their limits', () => {
    expect(stepped(0.2, 1, 'normal')).toBe(0.3);
    expect([stepped(0.2, -1, 'fine'), stepped(0.2, 1, 'coarse'), stepped(1000, 1, 'coarse')]).toEqual([
      0.19, 1.2, 1000,
    ]);
    expect([dragged(0.5, 30, 'normal'), dragged(0.5, -30, 'fine'), dragged(0.5, 5, 'coarse')]).toEqual([0.8, 0.47, 1]);
  });
});

describe('colours', () => {
  it('are blue below zero and orange above, and what stands on them can be read', () => {
    for (const kind of ['dark', 'light', 'hc-dark', 'hc-light'] as const) {
      for (let value = -1.5; value <= 1.5; value += 0.05) {
        const { fill, ink } = swatch(value, kind);
        expect(contrast(fill, ink)).toBeGreaterThanOrEqual(4.5);
      }
      const [red = 0, , blue = 0] = channels(swatch(1, kind).fill);
      const [red2 = 0, , blue2 = 0] = channels(swatch(-1, kind).fill);
      expect(red).toBeGreaterThan(blue);
      expect(blue2).toBeGreaterThan(red2);
    }
    expect(swatch(NaN, 'dark')).toEqual(swatch(0, 'dark'));
  });
});

describe('the chart of the gradient', () => {
  it('has whole powers of ten, and a place for each step', () => {
    expect(decades([{ values: [3e-6, 0.1, 1] }])).toEqual({ from: -6, to: 0 });
    expect(decades([{ values: [0, 1e-40, 5, 1] }])).toEqual({ from: -16, to: 1 });
    expect(decades([{ values: [NaN, 1] }])).toEqual({ from: -2, to: 0 });
    const size = { width: 500, height: 200 };
    for (const step of [0, 7, 19]) expect(nearestStep(stepAt(step, 20, size), 20, size)).toBe(step);
    expect([nearestStep(-50, 20, size), nearestStep(9999, 20, size)]).toEqual([0, 19]);
  });
});

function channels(colour: string): number[] {
  const hex = /^#(..)(..)(..)$/.exec(colour);
  return hex ? hex.slice(1).map((part) => Number.parseInt(part, 16)) : (colour.match(/\d+/gu) ?? []).map(Number);
}

/** As in WCAG 2. */
function contrast(one: string, other: string): number {
  const luminance = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = channels(colour).map((channel) => {
      const share = channel / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}
