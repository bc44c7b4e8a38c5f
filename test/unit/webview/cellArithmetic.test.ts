import { describe, expect, it } from 'vitest';

import { cellIds } from '../../../src/config/cells.ts';
import { evaluate } from '../../../src/engine/reference/engine.ts';
import { gradients } from '../../../src/graph/gradients.ts';
import { GraphBuilder } from '../../../src/graph/graph.ts';
import { recurrentStack, unrolledLayer } from '../../../src/model/network.ts';
import { cellOf, layerNames, outputBias, outputWeights } from '../../../webview/cell/network.ts';
import type { NetworkShape, Parameters } from '../../../webview/cell/network.ts';
import { gradientReach } from '../../../webview/cell/reach.ts';
import { unroll, variablesOf, weightsOf } from '../../../webview/cell/unroll.ts';
import type { StepValues } from '../../../webview/cell/unroll.ts';
import { example, seededInputs, seededWeights } from '../../../webview/cell/weights.ts';

const { tanh, exp } = Math;
const sigmoid = (x: number): number => 1 / (1 + exp(-x));
const digits = (values: ArrayLike<number> | undefined, count = 3): number[] =>
  Array.from(values ?? [], (value) => Number(value.toFixed(count)));
const close = (got: ArrayLike<number> | undefined, expected: readonly number[]): void => {
  expect(got).toHaveLength(expected.length);
  expected.forEach((value, index) => expect(Math.abs((got?.[index] ?? NaN) - value)).toBeLessThan(1e-12));
};

describe('the worked example', () => {
  const { layers, outputs } = unroll(example.shape, example.parameters, example.inputs);
  const [first, second] = layers[0]?.steps ?? [];

  it('has the printed numbers', () => {
    expect(digits(first?.['candidate.before'])).toEqual([0.6, 0.5]);
    expect(digits(first?.['h'])).toEqual([0.537, 0.462]);
    expect(digits(second?.['candidate.before'])).toEqual([1.292, 1.392]);
    expect(digits(second?.['h'])).toEqual([0.86, 0.884]);
    expect(digits(outputs)).toEqual([1.561, 2.727]);
  });

  it('has the numbers of plain arithmetic', () => {
    const before1 = [1 * 0.5 + 0.1, 1 * 0.6 - 0.1];
    const h1 = before1.map(tanh);
    const [a = NaN, b = NaN] = h1;
    const before2 = [2 * 0.5 + 0.1 + a * 0.1 + b * 0.3, 2 * 0.6 - 0.1 + a * 0.2 + b * 0.4];
    const h2 = before2.map(tanh);
    const [c = NaN, d = NaN] = h2;
    close(first?.['h.last'], [0, 0]);
    close(first?.['candidate.before'], before1);
    close(first?.['h'], h1);
    close(second?.['h.last'], h1);
    close(second?.['candidate.before'], before2);
    close(second?.['h'], h2);
    close(outputs, [a + 2 * b + 0.1, c + 2 * d + 0.1]);
  });
});

/** One unit, one layer: the weights of each gate are plain numbers. */
const single = (cell: NetworkShape['cell']): NetworkShape => ({ cell, direction: 'forward', layers: 1, hidden: 1 });

describe('the gates', () => {
  it('of an LSTM are those of its equations', () => {
    const [i, f, o, g] = [0, 1, 2, 3] as const;
    const [w, u, b] = [
      [0.4, -0.3, 0.7, 1.1],
      [0.2, 0.9, -0.5, 0.3],
      [0.1, 1, -0.2, 0.05],
    ] as const;
    const [h0, c0, x] = [0.3, -0.8, 1.7];
    const parameters: Parameters = {
      'forward.0.input': w,
      'forward.0.recurrent': u,
      'forward.0.bias': b,
      'forward.0.start.h': [h0],
      'forward.0.start.c': [c0],
      [outputWeights]: [2],
      [outputBias]: [-1],
    };
    const { layers, outputs } = unroll(single('lstm'), parameters, [x]);
    const before = [i, f, o, g].map((gate) => x * w[gate] + h0 * u[gate] + b[gate]);
    const [bi = 0, bf = 0, bo = 0, bg = 0] = before;
    const c = sigmoid(bf) * c0 + sigmoid(bi) * tanh(bg);
    const h = sigmoid(bo) * tanh(c);
    const step = layers[0]?.steps[0];
    close(step?.['forget.before'], [bf]);
    close(step?.['forget'], [sigmoid(bf)]);
    close(step?.['input'], [sigmoid(bi)]);
    close(step?.['output'], [sigmoid(bo)]);
    close(step?.['candidate'], [tanh(bg)]);
    close(step?.['c.last'], [c0]);
    close(step?.['c'], [c]);
    close(step?.['h'], [h]);
    close(outputs, [2 * h - 1]);
  });

  it('of a GRU are those of its equations', () => {
    const [w, u, b] = [
      [0.4, -0.3, 0.7],
      [0.2, 0.9, -0.5],
      [0.1, 0.6, -0.2],
    ] as const;
    const [h0, x] = [0.6, -1.2];
    const parameters: Parameters = {
      'forward.0.input': w,
      'forward.0.recurrent': u,
      'forward.0.bias': b,
      'forward.0.start.h': [h0],
      [outputWeights]: [1],
      [outputBias]: [0],
    };
    const r = sigmoid(x * w[0] + h0 * u[0] + b[0]);
    const z = sigmoid(x * w[1] + h0 * u[1] + b[1]);
    const n = tanh(x * w[2] + r * (h0 * u[2]) + b[2]);
    const step = unroll(single('gru'), parameters, [x]).layers[0]?.steps[0];
    close(step?.['reset'], [r]);
    close(step?.['update'], [z]);
    close(step?.['candidate'], [n]);
    close(step?.['h'], [z * h0 + (1 - z) * n]);
  });
});

describe('deep and bidirectional networks', () => {
  it('read the layer below, and from the end', () => {
    const shape: NetworkShape = { cell: 'rnn', direction: 'bidirectional', layers: 2, hidden: 2 };
    const parameters = seededWeights(shape, { seed: 5, scale: 1 });
    const inputs = [1, -0.5, 2];
    const { layers, outputs } = unroll(shape, parameters, inputs);
    expect(layers.map(({ reading, layer }) => [reading, layer])).toEqual([
      ['forward', 0],
      ['forward', 1],
      ['backward', 0],
      ['backward', 1],
    ]);
    const at = (reading: string, layer: number, step: number): StepValues =>
      layers.find((one) => one.reading === reading && one.layer === layer)?.steps[step] ?? {};
    close(at('backward', 0, 1)['h.last'], Array.from(at('backward', 0, 2)['h'] ?? []));
    close(at('backward', 0, 2)['h.last'], [0, 0]);
    const get = (name: string, index: number): number => parameters[name]?.[index] ?? NaN;
    for (const reading of ['forward', 'backward']) {
      const names = layerNames(reading as 'forward', 1);
      const below = at(reading, 0, 1)['h'] ?? [];
      const last = at(reading, 1, 1)['h.last'] ?? [];
      const expected = [0, 1].map((unit) =>
        [0, 1].reduce(
          (sum, from) =>
            sum +
            (below[from] ?? NaN) * get(names.input, from * 2 + unit) +
            (last[from] ?? NaN) * get(names.recurrent, from * 2 + unit),
          get(names.bias, unit),
        ),
      );
      close(at(reading, 1, 1)['candidate.before'], expected);
    }
    const tops = [...Array.from(at('forward', 1, 0)['h'] ?? []), ...Array.from(at('backward', 1, 0)['h'] ?? [])];
    close([outputs[0] ?? NaN], [tops.reduce((sum, h, row) => sum + h * get(outputWeights, row), get(outputBias, 0))]);
  });
});

/** The reach as one large graph gives it: the gradient by the states that the steps after `from` start with. */
function lengthFrom(shape: NetworkShape, parameters: Parameters, inputs: readonly number[], from: number): number {
  const { layers } = unroll(shape, parameters, inputs);
  const b = new GraphBuilder();
  const variables = variablesOf(b, shape);
  const { states } = cellOf(shape.cell);
  const starts = Array.from({ length: shape.layers }, (_, layer) =>
    states.map((state) => b.input(`${layer}.${state}`, [1, shape.hidden])),
  );
  const rest = inputs.slice(from);
  const options = {
    x: b.input('x', [rest.length, 1]),
    steps: rest.length,
    layers: starts.map((start, layer) => ({
      weights: weightsOf(shape.cell, { reading: 'forward', layer }, variables),
      states: start,
    })),
  };
  const stack = recurrentStack(b, cellOf(shape.cell), options, unrolledLayer);
  const [top] = stack.layers.at(-1)?.states ?? [];
  if (!top) throw new Error('no layer');
  const output = b.add(b.matmul(top, variables(outputWeights)), variables(outputBias));
  const loss = b.multiply(b.sumOfSquares(output), b.constant(0.5));
  const wanted = starts.flat();
  const found = gradients(b, loss, wanted);
  const graph = b.finish(Object.fromEntries(wanted.map((node, index) => [String(index), found.get(node) ?? node])));
  const feeds: Record<string, ArrayLike<number>> = { x: rest };
  layers.forEach(({ steps, layer }) => {
    for (const state of states) feeds[`${layer}.${state}`] = steps[from - 1]?.[state] ?? [];
  });
  const { outputs } = evaluate(graph, feeds, parameters);
  return Math.hypot(...Object.values(outputs).flatMap(({ data }) => [...data]));
}

describe('how far the gradient reaches', () => {
  const inputs = [1, -0.5, 0.8, 2, -1];

  it.each(cellIds)('is what back-propagation through the whole %s gives', (cell) => {
    const shape: NetworkShape = { cell, direction: 'forward', layers: 2, hidden: 3 };
    const parameters = seededWeights(shape, { seed: 2, scale: 0.9 });
    const reach = gradientReach(shape, parameters, inputs);
    expect(reach).toHaveLength(inputs.length);
    expect(reach.at(-1)).toBe(1);
    const last = lengthFrom(shape, parameters, inputs, inputs.length - 1);
    for (let from = 1; from < inputs.length; from++) {
      const expected = lengthFrom(shape, parameters, inputs, from) / last;
      const got = (reach[from - 1] ?? NaN) / (reach.at(-2) ?? NaN);
      expect(Math.abs(got / expected - 1)).toBeLessThan(1e-10);
    }
  });

  it('of one plain unit is a product of slopes', () => {
    const parameters: Parameters = {
      'forward.0.input': [0.7],
      'forward.0.recurrent': [0.9],
      'forward.0.bias': [0.1],
      'forward.0.start.h': [0],
      [outputWeights]: [1.5],
      [outputBias]: [0.2],
    };
    const states: number[] = [];
    for (const x of inputs) states.push(tanh(0.7 * x + 0.9 * (states.at(-1) ?? 0) + 0.1));
    const expected = inputs.map((_, step) =>
      states.slice(step + 1).reduce((product, h) => product * 0.9 * (1 - h * h), 1),
    );
    close(gradientReach(single('rnn'), parameters, inputs), expected.map(Math.abs));
  });

  it('vanishes for the plain cell and is kept by gated ones that stand open', () => {
    const first = (cell: NetworkShape['cell'], seed: number): number => {
      const shape: NetworkShape = { cell, direction: 'forward', layers: 1, hidden: 4 };
      return (
        gradientReach(shape, seededWeights(shape, { seed, scale: 0.5, keepBias: 4 }), seededInputs(seed, 40))[0] ?? NaN
      );
    };
    for (let seed = 1; seed <= 5; seed++) {
      expect(first('rnn', seed)).toBeLessThan(1e-4);
      expect(first('gru', seed)).toBeGreaterThan(0.1);
      expect(first('lstm', seed)).toBeGreaterThan(0.05);
    }
  });

  it('is not a number where the last output is zero', () => {
    const shape = single('rnn');
    const parameters = { ...seededWeights(shape, { seed: 1, scale: 1 }), [outputWeights]: [0] };
    expect(gradientReach(shape, parameters, inputs).every(Number.isNaN)).toBe(true);
  });
});
