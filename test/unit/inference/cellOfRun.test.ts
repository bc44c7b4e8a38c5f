import { describe, expect, it } from 'vitest';

import { configurationSchema } from '../../../src/config/schema.ts';
import { evaluate } from '../../../src/engine/reference/engine.ts';
import { parameterSpecifications, textSteps } from '../../../src/model/languageModel.ts';
import { buildExploredGraph } from '../../../src/inference/cellOfRun.ts';
import { initialParameters } from '../../../src/training/parameters.ts';
import { RunData } from '../../../webview/cell/runData.ts';

const steps = 5;
const vocabularySize = 7;

describe('the graph that a run is explored with', () => {
  it.each([
    ['rnn', 'forward', 1],
    ['gru', 'forward', 2],
    ['lstm', 'bidirectional', 2],
  ] as const)('has all that %s cells, %s, make at each step, and the gradient by it', (cell, direction, layers) => {
    const { model } = configurationSchema.parse({
      model: { cell, direction, layers, hiddenSize: 4, initScale: 0.8 },
    });
    const { graph, layers: explored } = buildExploredGraph({ model }, { steps, vocabularySize });
    const parameters = initialParameters(model, vocabularySize, 3);
    expect([...parameters.keys()]).toEqual(parameterSpecifications(model, vocabularySize).map(({ name }) => name));
    const variables: Record<string, ArrayLike<number>> = {};
    for (const [name, { shape }] of graph.variables) {
      variables[name] = parameters.get(name)?.data ?? new Float32Array(shape.reduce((a, b) => a * b, 1));
    }
    const tokens = Array.from({ length: textSteps(model, steps) }, (_, at) => at % vocabularySize);
    const { outputs } = evaluate(graph, { tokens, targets: [1, 2, 3, 4, 5] }, variables);
    expect(explored).toHaveLength(layers * (direction === 'forward' ? 1 : 2));
    for (const { reading, outputs: named, gradient } of explored) {
      for (const name of Object.values(named)) expect(outputs[name]?.shape).toEqual([steps, 4]);
      const valuesOf = (name: string): Float64Array => outputs[named[name] ?? '']?.data ?? new Float64Array(0);
      if (cell === 'lstm') {
        const expected = valuesOf('output').map((gate, index) => gate * Math.tanh(valuesOf('c')[index] ?? NaN));
        valuesOf('h').forEach((h, index) => expect(h).toBeCloseTo(expected[index] ?? NaN, 12));
      }
      expect(gradient === undefined).toBe(reading === 'backward');
      if (gradient !== undefined) expect(outputs[gradient]?.data.every(Number.isFinite)).toBe(true);
    }
    const sums = Array.from({ length: steps }, (_, step) =>
      [...(outputs['probabilities']?.data ?? [])]
        .slice(step * vocabularySize, (step + 1) * vocabularySize)
        .reduce((sum, value) => sum + value, 0),
    );
    for (const sum of sums) expect(sum).toBeCloseTo(1, 12);
  });
});

describe('the values of a run in the panel', () => {
  const floats = (...values: number[]): string => Buffer.from(Float32Array.from(values).buffer).toString('base64');
  const word = { text: 'a', known: true };
  const answer = {
    checkpointStep: 10,
    cell: 'rnn' as const,
    direction: 'bidirectional' as const,
    words: [word, word],
    next: [],
    guesses: [],
    layers: [
      {
        reading: 'forward' as const,
        layer: 0,
        units: 2,
        names: ['candidate', 'h'],
        values: floats(1, 2, 3, 4, 5, 6, 7, 9),
        reach: [],
      },
      { reading: 'backward' as const, layer: 0, units: 3, names: ['h'], values: floats(5, 6, 7, 8, 9, 1), reach: [] },
    ],
  };

  it('are found by name, step and unit, also those of the step that was read before', () => {
    const data = new RunData(answer);
    expect(data.of(0, 'candidate', 1, [0, 1])).toEqual([3, 4]);
    expect(data.of(0, 'h', 1, [1])).toEqual([9]);
    expect(data.of(0, 'h.last', 1, [0, 1])).toEqual([5, 6]);
    expect(data.of(0, 'h.last', 0, [0, 1])).toEqual([0, 0]);
    expect(data.of(1, 'h.last', 0, [0, 2])).toEqual([8, 1]);
    expect(data.of(0, 'nothing', 0, [0])).toEqual([NaN]);
    expect(data.maxVarying(0)).toEqual([1, 0]);
  });

  it('are refused where some are missing', () => {
    const [first] = answer.layers;
    const short = { ...answer, layers: first ? [{ ...first, values: floats(1) }] : [] };
    expect(() => new RunData(short)).toThrow('4 bytes, not 32');
  });
});
