import { describe, expect, it } from 'vitest';

import { configurationKeys } from '../../../src/config/keys.ts';
import { resolveConfiguration } from '../../../src/config/parse.ts';
import { presetNames, presets } from '../../../src/config/presets.ts';

describe('presets', () => {
  it.each(presetNames)('%s is a valid configuration that keeps its own values', (name) => {
    const configuration = resolveConfiguration({ preset: name });
    expect(configuration).toMatchObject(presets[name].configuration);
    expect(configuration.preset).toBe(name);
    expect(configuration.evaluation).toEqual({ batchSize: 1, steps: 1, test: true });
  });

  it('holds the recipes as they were published', () => {
    const recipes = presetNames.map((name) => {
      const { model, training } = resolveConfiguration({ preset: name });
      const { schedule } = training;
      return [
        name,
        `${model.layers}x${String(model.hiddenSize)} ±${model.initScale} forget ${model.forgetBias}`,
        `${training.epochs} epochs ${training.batchSize}x${training.steps} rate ${training.learningRate}`,
        `keep ${training.inputKeepProbability} ${training.outputKeepProbability} clip ${String(training.gradientClip)}`,
        schedule.kind === 'stepDecay' ? `÷${schedule.divisor} after ${schedule.afterEpoch}` : schedule.kind,
      ].join(', ');
    });
    expect(recipes.slice(2)).toEqual([
      'document, 2x200 ±0.05 forget 1, 2 epochs 20x35 rate 1, keep 0.5 0.5 clip 5, constant',
      'small, 2x200 ±0.1 forget 0, 13 epochs 20x20 rate 1, keep 1 1 clip 5, ÷2 after 4',
      'medium, 2x650 ±0.05 forget 0, 39 epochs 20x35 rate 1, keep 0.5 0.5 clip 5, ÷1.25 after 6',
      'large, 2x1500 ±0.04 forget 0, 55 epochs 20x35 rate 1, keep 0.35 0.35 clip 10, ÷1.15 after 14',
    ]);
  });
});

describe('configurationKeys', () => {
  const keys = configurationKeys();

  it('describes every key', () => {
    expect(keys.map(({ path }) => path)).toContain('training.schedule.holdFraction');
    expect(keys.filter(({ description }) => description === '')).toEqual([]);
    const named = keys.map(({ path, onlyWithKind }) => `${path} ${onlyWithKind ?? ''}`);
    expect(new Set(named).size).toBe(keys.length);
  });

  it('says ranges and allowed values in words', () => {
    const expected = Object.fromEntries(keys.map((key) => [key.path, key.expected]));
    expect(expected).toMatchObject({
      'model.layers': 'a whole number from 1 to 16',
      'model.initScale': 'a number greater than 0 and at most 10',
      'model.tiedEmbeddings': 'true or false',
      'training.gradientClip': 'a number greater than 0 and at most 1000000, or null',
      'training.schedule.kind': 'one of "constant", "stepDecay", "linear", "cosine", "plateau"',
      'training.schedule.afterEpoch': 'a whole number, at least 0',
      'corpus.path': 'a non-empty string',
    });
  });

  it('knows which kind of schedule a key belongs to', () => {
    const kinds = keys.filter(({ path }) => path === 'training.schedule.divisor').map((key) => key.onlyWithKind);
    expect(kinds).toEqual(['stepDecay', 'plateau']);
  });
});
