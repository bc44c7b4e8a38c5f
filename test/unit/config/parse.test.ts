import { resolve } from 'node:path';

import { describe, expect, it } from 'vitest';

import { cellIds } from '../../../src/config/cells.ts';
import { readStoredConfiguration, resolveConfiguration, type ConfigurationSources } from '../../../src/config/parse.ts';
import { ConfigurationError } from '../../../src/util/errors.ts';

const file = (value: unknown): { path: string; text: string } => ({ path: 'run.json', text: JSON.stringify(value) });

function problem(sources: ConfigurationSources): string {
  try {
    resolveConfiguration(sources);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  throw new Error('expected a ConfigurationError, but there was none');
}

describe('resolveConfiguration', () => {
  it('gives the defaults of the schema for nothing', () => {
    expect(resolveConfiguration({})).toMatchObject({ name: 'run', seed: 1, corpus: { kind: 'builtin' } });
  });

  it('lays preset, file, options and --set on each other, in this order', () => {
    const { model, training, preset } = resolveConfiguration({
      preset: 'small',
      file: file({ preset: 'medium', model: { layers: 3, hiddenSize: 30 }, training: { epochs: 3, steps: 3 } }),
      values: { training: { epochs: 4, steps: 4 }, model: { hiddenSize: undefined } },
      overrides: ['training.steps=5', 'training.steps=6'],
    });
    expect({ preset, layers: model.layers, hiddenSize: model.hiddenSize }).toEqual({
      preset: 'small',
      layers: 3,
      hiddenSize: 30,
    });
    expect({ epochs: training.epochs, steps: training.steps }).toEqual({ epochs: 4, steps: 6 });
    expect(model.initScale).toBe(0.1);
  });

  it.each<[string, ConfigurationSources]>([
    ['a file', { file: file({ preset: 'large' }) }],
    ['--set', { overrides: ['preset=large'], preset: 'small' }],
  ])('takes the preset that %s names', (_, sources) => {
    expect(resolveConfiguration(sources)).toMatchObject({ preset: 'large', model: { hiddenSize: 1500 } });
  });

  it('ignores $schema and a byte-order mark in a file', () => {
    const text = '\uFEFF{"$schema": "https://example.org/schema.json", "seed": 7}';
    expect(resolveConfiguration({ file: { path: 'run.json', text } }).seed).toBe(7);
  });

  it("takes a file's relative corpus path from the file's folder", () => {
    const text = JSON.stringify({ corpus: { kind: 'ptb', path: '../ptb' } });
    const { corpus } = resolveConfiguration({ file: { path: '/lab/experiments/a.json', text } });
    expect(corpus.path).toBe(resolve('/lab/ptb'));
  });

  it('reads --set values as JSON, else as text, and as text where a text is wanted', () => {
    const overrides = ['training.gradientClip=null', 'name=2024', 'model={"layers": 1}', 'model.tiedEmbeddings=true'];
    expect(
      resolveConfiguration({ overrides: [...overrides, 'corpus.kind=file', 'corpus.path=a=b.txt'] }),
    ).toMatchObject({
      name: '2024',
      corpus: { kind: 'file', path: 'a=b.txt' },
      model: { layers: 1, tiedEmbeddings: true },
      training: { gradientClip: null },
    });
  });

  it.each<[string, ConfigurationSources, unknown]>([
    [
      'by its kind',
      { overrides: ['training.schedule.kind=linear'] },
      { kind: 'linear', holdFraction: 0, endFraction: 0 },
    ],
    ['as an object', { overrides: ['training.schedule={"kind":"constant"}'] }, { kind: 'constant' }],
    ['in a file', { file: file({ training: { schedule: { kind: 'constant' } } }) }, { kind: 'constant' }],
    [
      'in any order',
      { overrides: ['training.schedule.endFraction=0.1', 'training.schedule.kind=linear'] },
      { kind: 'linear', holdFraction: 0, endFraction: 0.1 },
    ],
    [
      'of the same kind',
      { overrides: ['training.schedule.divisor=3'] },
      { kind: 'stepDecay', afterEpoch: 4, divisor: 3 },
    ],
  ])('changes the schedule %s without keeping keys of another kind', (_, sources, schedule) => {
    expect(resolveConfiguration({ preset: 'small', ...sources }).training.schedule).toEqual(schedule);
  });

  it("drops another corpus's path for the built-in one", () => {
    const sources = { file: file({ corpus: { kind: 'ptb', path: 'x' } }), overrides: ['corpus.kind=builtin'] };
    expect(resolveConfiguration(sources).corpus).not.toHaveProperty('path');
  });

  it.each<[string, ConfigurationSources]>([
    ['novel-quick', { preset: 'quick', values: { corpus: { kind: 'file', path: '/texts/novel.txt' } } }],
    ['my.letters-quick', { preset: 'quick', values: { corpus: { kind: 'folder', path: '/texts/my.letters' } } }],
    ['ptb-quick', { preset: 'quick', values: { corpus: { kind: 'ptb', path: '/data/simple-examples' } } }],
    ['demo', { preset: 'demo' }],
    ['quick', { preset: 'quick' }],
    ['novel', { file: file({ corpus: { kind: 'file', path: 'novel.old.txt' } }), overrides: ['corpus.path=novel.md'] }],
    ['.txt-small', { preset: 'small', values: { corpus: { kind: 'file', path: '/texts/.txt' } } }],
    ['folder-small', { preset: 'small', values: { corpus: { kind: 'folder', path: '/' } } }],
    ['mine', { preset: 'quick', values: { name: 'mine', corpus: { kind: 'file', path: '/texts/novel.txt' } } }],
    ['filed', { file: file({ name: 'filed', preset: 'quick', corpus: { kind: 'file', path: 'novel.txt' } }) }],
  ])('calls a run %s, after its text and preset unless it has a name', (name, sources) => {
    expect(resolveConfiguration(sources).name).toBe(name);
  });

  it('makes no name that is too long', () => {
    const corpus = { kind: 'file', path: `/texts/${'n'.repeat(250)}.txt` } as const;
    const { name } = resolveConfiguration({ preset: 'quick', values: { corpus } });
    expect(name).toBe(`${'n'.repeat(194)}-quick`);
  });

  it('does not change the presets', () => {
    resolveConfiguration({ preset: 'small', overrides: ['training.schedule.divisor=3', 'model.layers=1'] });
    expect(resolveConfiguration({ preset: 'small' })).toMatchObject({
      model: { layers: 2 },
      training: { schedule: { divisor: 2 } },
    });
  });
});

describe('the message of a wrong configuration', () => {
  it.each<[ConfigurationSources, string]>([
    [
      { preset: 'smal' },
      '--preset: expected one of demo, quick, document, small, medium, large, got the string "smal"; did you mean small?',
    ],
    [
      { file: file({ preset: 3 }) },
      'run.json:1:11: preset: expected one of demo, quick, document, small, medium, large, got 3',
    ],
    [{ file: file([]) }, "run.json: expected an object with the configuration's keys, got a list"],
    [
      { file: { path: 'run.json', text: '{"a": 1,\n  b}' } },
      'run.json: not valid JSON: line 2, column 3: expected a key in double quotes, found "b"',
    ],
    [
      { file: { path: 'run.json', text: '{"seed": 1, "seed": 2}' } },
      'run.json: not valid JSON: line 1, column 13: the key "seed" occurs twice in this object',
    ],
    [
      { file: file({ model: { layers: '2' } }) },
      'run.json:1:20: model.layers: expected a whole number from 1 to 16, got the string "2"',
    ],
    [
      { file: file({ model: null }) },
      'run.json:1:10: model: expected an object with the keys cell, direction, layers, hiddenSize, embeddingSize, forgetBias, tiedEmbeddings, initScale, got null',
    ],
    [
      { file: { path: 'run.json', text: '{"training": {"learningRate": 1e999}}' } },
      'run.json:1:31: training.learningRate: expected a number greater than 0 and at most 1000000, got Infinity',
    ],
    [
      { values: { training: { learningRate: NaN } } },
      'options: training.learningRate: expected a number greater than 0 and at most 1000000, got NaN',
    ],
    [
      { overrides: ['training.learningRate=NaN'] },
      '--set training.learningRate: expected a number greater than 0 and at most 1000000, got the string "NaN"',
    ],
    [
      { overrides: ['model.cell=cnn'] },
      `--set model.cell: expected one of ${cellIds.map((id) => `"${id}"`).join(', ')}, got the string "cnn"`,
    ],
    [{ overrides: ['name='] }, '--set name: expected a string of 1 to 200 characters, got the string ""'],
    [{ overrides: ['corpus.kind=ptb'] }, 'corpus.path: the kind ptb needs the path of its folder or file'],
    [
      { overrides: ['corpus.path=x'] },
      '--set corpus.path: the built-in corpus takes no path; set corpus.kind to ptb, folder or file',
    ],
    [{ overrides: ['epochs'] }, '--set epochs: expected key.path=value, such as training.epochs=3'],
    [
      { overrides: ['training..epochs=3'] },
      '--set training..epochs=3: expected key.path=value, such as training.epochs=3',
    ],
    [{ overrides: ['hiddenSize=3'] }, '--set hiddenSize: unknown key; did you mean model.hiddenSize?'],
    [
      { overrides: ['training.hiddenSize=3'] },
      '--set training.hiddenSize: unknown key; did you mean model.hiddenSize?',
    ],
    [{ overrides: ['learning_rate=3'] }, '--set learning_rate: unknown key; did you mean training.learningRate?'],
    [
      { overrides: ['batchsize=3'] },
      '--set batchsize: unknown key; did you mean training.batchSize or evaluation.batchSize?',
    ],
    [{ overrides: ['evaluation.step=3'] }, '--set evaluation.step: unknown key; did you mean evaluation.steps?'],
    [
      { file: file({ corpus: { kind: 'ptb', pth: 'x' } }) },
      'run.json:1:25: corpus.pth: unknown key; did you mean corpus.path?',
    ],
    [
      { file: file({ 'model.layers': 3 }) },
      'run.json:1:2: model.layers: a key with dots is only for --set; in a file write objects: {"model": {"layers": …}}',
    ],
    [{ overrides: ['engine.zzz=3'] }, '--set engine.zzz: unknown key; the keys of engine are name, device, threads'],
    [
      { overrides: ['training.schedule.divisor=3'] },
      '--set training.schedule.kind: expected one of "constant", "stepDecay", "linear", "cosine", "plateau", got nothing',
    ],
    [
      { overrides: ['model.hiddenSize=[3,2]', 'model.layers=3'] },
      '--set model.hiddenSize: the list has 2 sizes and model.layers is 3; give each layer one',
    ],
    [
      { overrides: ['model.hiddenSize=[3,0]', 'model.layers=3'] },
      '--set model.hiddenSize.1: place 2 of the list is 0; expected a whole number from 1 to 8192, or a list in which each is a whole number from 1 to 8192',
    ],
    [
      { overrides: ['model.hiddenSize="wide"'] },
      '--set model.hiddenSize: expected a whole number from 1 to 8192, or a list in which each is a whole number from 1 to 8192, got the string "wide"',
    ],
    [
      { preset: 'document', overrides: ['training.schedule.divisor=3'] },
      '--set training.schedule.divisor: a key of the kind stepDecay or plateau, but training.schedule.kind is the string "constant"; change the kind or remove the key',
    ],
  ])('%j', (sources, message) => {
    expect(problem(sources)).toContain(message);
  });

  it('lists every problem on a line of its own', () => {
    const lines = problem({
      file: file({ model: { hiddenSize: 0, layrs: 1 }, training: { outputKeepProbability: 1.5 } }),
      overrides: ['seed=-1'],
    }).split('\n');
    expect(lines[0]).toBe('4 problems in the configuration:');
    expect(
      lines
        .slice(1)
        .map((line) => /^.*?(?=: (expected|unknown))/.exec(line.trim())?.[0])
        .sort(),
    ).toEqual([
      '--set seed',
      'run.json:1:24: model.hiddenSize',
      'run.json:1:26: model.layrs',
      'run.json:1:73: training.outputKeepProbability',
    ]);
  });

  it.each<ConfigurationSources>([
    { file: { path: 'run.json', text: '{"__proto__": {"name": "x"}}' } },
    { file: { path: 'run.json', text: '{"model": [{"constructor": 1}]}' } },
    { overrides: ['__proto__.polluted=1'] },
    { overrides: ['model.constructor.prototype.polluted=1'] },
    { overrides: ['model={"__proto__": {"polluted": 1}}'] },
  ])('refuses the way to a prototype: %j', (sources) => {
    expect(problem(sources)).toContain('this name cannot be a key; remove it');
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('readStoredConfiguration', () => {
  it('leaves out and names keys of a newer version', () => {
    const stored = { ...resolveConfiguration({ preset: 'small' }), probes: 3 };
    const newer = { ...stored, model: { ...stored.model, attention: { heads: 2 } } };
    const { configuration, unknownKeys } = readStoredConfiguration(newer);
    expect(configuration).toEqual(resolveConfiguration({ preset: 'small' }));
    expect(unknownKeys.sort()).toEqual(['model.attention', 'probes']);
    expect(newer.model.attention).toEqual({ heads: 2 });
  });

  it('reads an optimiser as runs of the first versions have it, a text', () => {
    const stored = resolveConfiguration({ preset: 'small' });
    const old = { ...stored, training: { ...stored.training, optimizer: 'sgd' } };
    expect(readStoredConfiguration(old)).toEqual({ configuration: stored, unknownKeys: [] });
    expect(old.training.optimizer).toBe('sgd');
  });

  it('says which known key is wrong', () => {
    const stored = { ...resolveConfiguration({}), seed: 'x', later: 1 };
    expect(() => readStoredConfiguration(stored)).toThrow('seed: expected a whole number from 0 to 4294967295');
  });
});

describe("what the user's settings say", () => {
  const defaults = { engine: { threads: 3 } };

  it('counts where nothing else says more', () => {
    expect(resolveConfiguration({ preset: 'small', defaults }).engine.threads).toBe(3);
    const file = { path: '/x/a.seqlab.json', text: '{"engine": {"threads": 5}}' };
    expect(resolveConfiguration({ file, defaults }).engine.threads).toBe(5);
  });

  it('is checked as all else, and named', () => {
    expect(() => resolveConfiguration({ defaults: { engine: { threads: -1 } } })).toThrow(/settings.*engine\.threads/s);
  });
});
