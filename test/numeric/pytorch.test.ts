import { afterAll, describe, expect, it } from 'vitest';
import { cellIds } from '../../src/config/cells.ts';
import { layerSize } from '../../src/config/sizes.ts';
import { averageSlot, slotName } from '../../src/config/optimisers.ts';
import type { Configuration } from '../../src/config/schema.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { createEngine } from '../../src/engine/index.ts';
import { expectClose, Largest, relativeDifference } from './close.ts';
import { trainOnEngine } from './languageModel.ts';
import type { Trained } from './languageModel.ts';
import { fixtures, fixtureScenario, trainInFloat64 } from './pytorch.ts';
import type { Fixture } from './pytorch.ts';
import { trainingEngines } from './tensorflow.ts';

/** The reference engine and PyTorch both compute in float64. */
const float64Tolerance = 1e-9;
/** float32 has 24 bits, and the roundings of each step grow in the next ones. */
const float32Tolerance = 1e-5;
const largest = new Largest();
afterAll(() => largest.print('against PyTorch'));

const engines: Readonly<Record<string, () => Promise<Engine>>> = {
  'ONNX Runtime': () => createEngine({ name: 'onnx', device: 'cpu', threads: 1 }),
  ...trainingEngines,
};

type Training = Configuration['training'];

/** A fixture's training without one of its settings; undefined where it does not have it. */
const without: Readonly<Record<string, (training: Training) => Training | undefined>> = {
  optimiser: (training) =>
    training.optimizer.kind === 'sgd' ? undefined : { ...training, optimizer: { kind: 'sgd' } },
  'decay apart from the gradient': (training) => {
    const { optimizer } = training;
    return optimizer.kind === 'adamw' ? { ...training, optimizer: { ...optimizer, kind: 'adam' } } : undefined;
  },
  'activation regularisation': (training) =>
    training.activationRegularization === 0 ? undefined : { ...training, activationRegularization: 0 },
  'temporal activation regularisation': (training) =>
    training.temporalActivationRegularization === 0 ? undefined : { ...training, temporalActivationRegularization: 0 },
  'weight drop': (training) =>
    training.weightKeepProbability === 1 ? undefined : { ...training, weightKeepProbability: 1 },
  'dropped words': (training) =>
    training.embeddingKeepProbability === 1 ? undefined : { ...training, embeddingKeepProbability: 1 },
  'weight decay': (training) => (training.weightDecay === 0 ? undefined : { ...training, weightDecay: 0 }),
  clipping: (training) => (training.gradientClip === null ? undefined : { ...training, gradientClip: null }),
  'clipping by value': (training) =>
    training.gradientClipBy === 'norm' ? undefined : { ...training, gradientClipBy: 'norm' },
};

function expectFixture(trained: Trained, fixture: Fixture, options: { tolerance: number; heading: string }): void {
  const { tolerance, heading } = options;
  const note = (what: string, actual: ArrayLike<number>, expected: ArrayLike<number>, tensor = what) =>
    largest.note(`${heading}, ${what}`, expectClose(actual, expected, { tolerance, what: tensor }));
  const figures = (key: 'cost' | 'norm') => fixture.steps.map((step) => step[key]);
  note('costs', trained.costs, figures('cost'));
  note('norms', trained.norms, figures('norm'));
  for (const [name, data] of Object.entries(fixture.final)) {
    note('weights', trained.variables.get(name) ?? [], data, name);
  }
  for (const [name, data] of Object.entries(fixture.finalStates)) {
    note('states', trained.variables.get(name) ?? [], data, name);
  }
}

describe('the fixtures', () => {
  const values = <T>(choose: (fixture: Fixture) => T) => new Set(fixtures.map(({ fixture }) => choose(fixture)));

  it('have every cell, direction, optimiser, clipping and dropout', () => {
    expect(values(({ configuration }) => configuration.model.cell)).toEqual(new Set(cellIds));
    expect(values(({ configuration }) => configuration.model.direction).size).toBe(2);
    expect(values(({ configuration }) => configuration.model.tiedEmbeddings).size).toBe(2);
    const kinds = ['sgd', 'momentum', 'asgd', 'adam', 'adamw'];
    expect(values(({ configuration }) => configuration.training.optimizer.kind)).toEqual(new Set(kinds));
    expect(values(({ configuration }) => configuration.training.gradientClipBy).size).toBe(2);
    expect(values(({ configuration }) => configuration.training.variationalDropout).size).toBe(2);
  });

  it.each(fixtures)('$name: two rates, and where clipped by norm, clipped and unclipped steps', ({ fixture }) => {
    const { steps, configuration } = fixture;
    const { gradientClip, gradientClipBy } = configuration.training;
    expect(new Set(steps.map(({ learningRate }) => learningRate)).size).toBe(2);
    const clipped = steps.filter(({ isClipped }) => isClipped);
    if (gradientClip === null) {
      expect(clipped).toEqual([]);
      return;
    }
    expect(clipped.length).toBeGreaterThan(3);
    if (gradientClipBy === 'norm') expect(steps.length - clipped.length).toBeGreaterThan(3);
    // Were looked-up rows clipped after those of equal words are added up, the tolerances would notice.
    const change = Math.max(...steps.map((step) => step.changeHadEqualRowsBeenAddedFirst));
    if (!configuration.model.tiedEmbeddings) expect(change).toBeGreaterThan(1e-3);
  });

  it.each(fixtures)('$name: would not be met without any of its settings', ({ fixture }) => {
    const { configuration } = fixture;
    for (const [what, remove] of Object.entries(without)) {
      const training = remove(configuration.training);
      if (!training) continue;
      const other = { ...configuration, training };
      const { variables } = trainInFloat64(fixture, other);
      const differences = Object.entries(fixture.final).map(([name, data]) =>
        // Weights that are not averaged stand for themselves.
        relativeDifference(
          variables.get(name) ?? variables.get(name.replace(slotName(averageSlot, ''), '')) ?? [],
          data,
        ),
      );
      expect(Math.max(...differences), `without ${what}`).toBeGreaterThan(100 * float32Tolerance);
    }
  });
});

describe.each(fixtures)('PyTorch, given the same weights, text and masks, trains the same: $name', (entry) => {
  const { name, fixture } = entry;

  it('names the same parameters and states', () => {
    const graphs = [...fixtureScenario(fixture).graph.variables];
    const shapes = graphs.filter(([variable]) => !variable.startsWith('optimizer.'));
    const { batchSize } = fixture.configuration.training;
    const states = Object.keys(fixture.finalStates).map((state) => [
      state,
      [batchSize, layerSize(fixture.configuration.model, Number(state.split('.')[1]))],
    ]);
    const parameters = Object.entries(fixture.initial).map(([parameter, { shape }]) => [parameter, shape]);
    const ours = shapes.map(([variable, { shape }]) => [variable, shape]);
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries([...parameters, ...states]));
  });

  it(`as the reference engine, to ${float64Tolerance}`, () => {
    expectFixture(trainInFloat64(fixture), fixture, {
      tolerance: float64Tolerance,
      heading: `${name}, reference`,
    });
  });

  it.each(Object.keys(engines))(`as %s on the CPU, to ${float32Tolerance}`, async (title) => {
    const engine = await engines[title]?.();
    if (!engine) throw new Error(`no engine ${title}`);
    const trained = await trainOnEngine(engine, fixtureScenario(fixture));
    expectFixture(trained, fixture, { tolerance: float32Tolerance, heading: `${name}, ${title}` });
  });
});
