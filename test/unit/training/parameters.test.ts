import { describe, expect, it } from 'vitest';
import { configurationSchema } from '../../../src/config/schema.ts';
import type { ConfigurationInput } from '../../../src/config/schema.ts';
import { sizeOf } from '../../../src/graph/node.ts';
import { countParameters, initialParameters } from '../../../src/training/parameters.ts';

const modelOf = (model: ConfigurationInput['model']) => configurationSchema.parse({ model }).model;
const model = modelOf({ layers: 2, hiddenSize: 6, forgetBias: 1.5, initScale: 0.1 });

describe('initialParameters', () => {
  const parameters = initialParameters(model, 9, 1);

  it('has every parameter with its shape', () => {
    expect([...parameters].map(([name, { shape }]) => [name, shape])).toEqual([
      ['embedding', [9, 6]],
      ['layers.0.input', [6, 24]],
      ['layers.0.recurrent', [6, 24]],
      ['layers.0.bias', [24]],
      ['layers.1.input', [6, 24]],
      ['layers.1.recurrent', [6, 24]],
      ['layers.1.bias', [24]],
      ['output.weights', [6, 9]],
      ['output.bias', [9]],
    ]);
    for (const { shape, data } of parameters.values()) expect(data).toHaveLength(sizeOf(shape));
  });

  it('lies within ± initScale, and fills it', () => {
    for (const [name, { data }] of parameters) {
      if (name.endsWith('.bias') && name.startsWith('layers')) continue;
      expect(Math.max(...data.map(Math.abs)), name).toBeLessThanOrEqual(0.1);
      expect(new Set(data).size, name).toBeGreaterThan(data.length * 0.99);
    }
    const { data } = parameters.get('layers.0.input') ?? { data: [] };
    expect(Math.max(...data)).toBeGreaterThan(0.09);
    expect(Math.min(...data)).toBeLessThan(-0.09);
  });

  it('raises the forget gate and no other', () => {
    for (const layer of [0, 1]) {
      const { data } = parameters.get(`layers.${layer}.bias`) ?? { data: new Float32Array() };
      // Gates side by side: input, forget, output, candidate.
      data.forEach((value, column) => {
        const gate = Math.floor(column / 6);
        expect(Math.abs(value - (gate === 1 ? 1.5 : 0)), `column ${column}`).toBeLessThanOrEqual(0.1 + 1e-6);
      });
    }
  });

  it('is the same for the same seed, and another for another seed or parameter', () => {
    expect(initialParameters(model, 9, 1)).toEqual(parameters);
    expect(initialParameters(model, 9, 2).get('embedding')).not.toEqual(parameters.get('embedding'));
    expect(parameters.get('layers.1.input')?.data).not.toEqual(parameters.get('layers.0.input')?.data);
    expect(parameters.get('layers.0.recurrent')?.data).not.toEqual(parameters.get('layers.0.input')?.data);
  });

  it('has no output weights of its own with tied embeddings', () => {
    const tied = initialParameters({ ...model, tiedEmbeddings: true }, 9, 1);
    expect(tied.has('output.weights')).toBe(false);
    expect(tied.get('output.bias')?.shape).toEqual([9]);
  });
});

describe('countParameters', () => {
  it('gives the published sizes', () => {
    // Zaremba's models: 4.65 M, 19.8 M and 66 M parameters with a vocabulary of 10,000.
    const count = (hiddenSize: number) => countParameters(modelOf({ layers: 2, hiddenSize }), 10_000);
    expect([200, 650, 1500].map(count)).toEqual([4_651_600, 19_775_200, 66_022_000]);
  });

  it('counts what initialParameters makes', () => {
    const made = [...initialParameters(model, 9, 1).values()].reduce((sum, { data }) => sum + data.length, 0);
    expect(countParameters(model, 9)).toBe(made);
  });
});
