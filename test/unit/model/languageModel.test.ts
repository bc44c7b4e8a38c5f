import { describe, expect, it } from 'vitest';
import { configurationSchema } from '../../../src/config/schema.ts';
import type { ConfigurationInput } from '../../../src/config/schema.ts';
import { GraphBuilder } from '../../../src/graph/graph.ts';
import { evaluate } from '../../../src/engine/reference/engine.ts';
import { cells } from '../../../src/model/cells/index.ts';
import { buildLanguageModel, parameterSpecifications, stateSpecifications } from '../../../src/model/languageModel.ts';
import { expectClose } from '../../numeric/close.ts';
import { randomSource, uniform } from '../../numeric/random.ts';

const modelOf = (model: ConfigurationInput['model']) => configurationSchema.parse({ model }).model;
const size = { vocabularySize: 9, batchSize: 2, steps: 3 };

function build(model: ConfigurationInput['model'], keep?: { input: number; output: number }) {
  const b = new GraphBuilder();
  const dropout = keep && {
    inputKeepProbability: keep.input,
    outputKeepProbability: keep.output,
    variationalDropout: false,
    weightKeepProbability: 1,
    embeddingKeepProbability: 1,
  };
  return { b, ...buildLanguageModel(b, { model: modelOf(model), ...size, ...(dropout ? { dropout } : {}) }) };
}

describe('the language model', () => {
  it('has one loss a word, and the parameters and states that it says', () => {
    const model = modelOf({ layers: 3, hiddenSize: 4 });
    const { losses, parameters, states } = build(model);
    expect(losses.shape).toEqual([6]);
    expect(parameters.map(({ attributes: { name }, shape }) => ({ name, shape }))).toEqual(
      parameterSpecifications(model, 9).map(({ name, shape }) => ({ name, shape })),
    );
    const carried = [...states].map(
      ([
        {
          attributes: { name },
          shape,
        },
        after,
      ]) => {
        expect(after.shape).toEqual(shape);
        return { name, shape };
      },
    );
    expect(carried).toEqual(stateSpecifications(model, 2));
    expect(carried.map(({ name }) => name)).toEqual([0, 1, 2].flatMap((n) => [`state.${n}.h`, `state.${n}.c`]));
  });

  it('puts a mask on the embedded input and on each output, and none where all is kept', () => {
    const masksOf = (keep?: { input: number; output: number }) =>
      build({ layers: 2, hiddenSize: 4 }, keep).masks.map(({ name, shape, keepProbability }) => [
        name,
        shape,
        keepProbability,
      ]);
    expect(masksOf({ input: 0.9, output: 0.5 })).toEqual([
      ['mask.input', [6, 4], 0.9],
      ['mask.0', [6, 4], 0.5],
      ['mask.1', [6, 4], 0.5],
    ]);
    expect(masksOf({ input: 1, output: 0.5 }).map(([name]) => name)).toEqual(['mask.0', 'mask.1']);
    expect(masksOf({ input: 1, output: 1 })).toEqual([]);
    expect(masksOf()).toEqual([]);
  });

  it('gives every word the same loss, ln of the vocabulary, when all weights are zero', () => {
    const { b, losses } = build({ layers: 2, hiddenSize: 4 });
    const graph = b.finish({ losses });
    const zeros = Object.fromEntries(
      [...graph.variables].map(([name, { shape }]) => [name, new Float64Array(shape.reduce((a, n) => a * n, 1))]),
    );
    const ids = Int32Array.of(0, 1, 2, 3, 4, 8);
    const { outputs } = evaluate(graph, { tokens: ids, targets: ids }, zeros);
    expectClose(outputs['losses']?.data ?? [], new Array<number>(6).fill(Math.log(9)), { tolerance: 1e-15 });
  });
});

describe('an LSTM step', () => {
  it('is its formula, with the gates in the order that they are named', () => {
    const hidden = 2;
    const b = new GraphBuilder();
    const [h, c] = [b.input('h', [1, hidden]), b.input('c', [1, hidden])];
    const [x, w] = [b.input('x', [1, 4 * hidden]), b.input('w', [hidden, 4 * hidden])];
    const [nextH, nextC] = cells.lstm.step(b, x, [h, c], { recurrent: w, own: {} }).states;
    const next = randomSource(2);
    const feeds = { h: uniform(next, 2), c: uniform(next, 2), x: uniform(next, 8), w: uniform(next, 16) };
    const { outputs } = evaluate(b.finish({ h: nextH ?? h, c: nextC ?? c }), feeds, {});

    const sum = (gate: string, unit: number) => {
      const column = cells.lstm.gates.indexOf(gate) * hidden + unit;
      return (
        (feeds.x[column] ?? NaN) +
        [0, 1].reduce((s, k) => s + (feeds.h[k] ?? NaN) * (feeds.w[k * 8 + column] ?? NaN), 0)
      );
    };
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
    const expectedC = [0, 1].map(
      (unit) =>
        sigmoid(sum('forget', unit)) * (feeds.c[unit] ?? NaN) +
        sigmoid(sum('input', unit)) * Math.tanh(sum('candidate', unit)),
    );
    const expectedH = expectedC.map((value, unit) => sigmoid(sum('output', unit)) * Math.tanh(value));
    expectClose(outputs['c']?.data ?? [], expectedC, { tolerance: 1e-15 });
    expectClose(outputs['h']?.data ?? [], expectedH, { tolerance: 1e-15 });
  });
});
