import { afterAll, describe, expect, it } from 'vitest';
import { cellIds } from '../../src/config/cells.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { createEngine } from '../../src/engine/index.ts';
import { expectClose, Largest } from './close.ts';
import { scenario, trainOnEngine, trainOnReference } from './languageModel.ts';
import { trainingEngines } from './tensorflow.ts';

/** float32 has 24 bits, and the roundings of each of 20 steps grow in the next ones. */
const tolerance = 1e-5;
const count = 20;
const largest = new Largest();
afterAll(() => largest.print('losses of 20 steps, engine against engine'));

const optimizers = [
  { optimizer: { kind: 'sgd' }, learningRate: 0.5 },
  { optimizer: { kind: 'momentum' }, learningRate: 0.1 },
  { optimizer: { kind: 'adam' }, learningRate: 0.02 },
  { optimizer: { kind: 'adamw' }, weightDecay: 0.1, learningRate: 0.02 },
] as const;

const cases = cellIds.flatMap((cell) =>
  (['forward', 'bidirectional'] as const).flatMap((direction) =>
    [1, 2].flatMap((layers) => optimizers.map((training) => ({ cell, direction, layers, training }))),
  ),
);

const engines: Readonly<Record<string, () => Promise<Engine>>> = {
  onnx: () => createEngine({ name: 'onnx', device: 'cpu', threads: 1 }),
  ...trainingEngines,
};

describe('20 steps of training cost the same on every engine', () => {
  it.each(cases)(
    '$cell, $direction, $layers layers, $training.optimizer.kind',
    async ({ cell, direction, layers, training }) => {
      const start = scenario({
        model: { cell, direction, layers },
        training: { ...training, gradientClip: 2, inputKeepProbability: 0.75, outputKeepProbability: 0.75 },
        vocabularySize: 11,
        count,
        learningRate: training.learningRate,
      });
      const { costs, norms } = trainOnReference(start);
      expect(new Set(costs).size).toBe(count);
      for (const [name, create] of Object.entries(engines)) {
        const trained = await trainOnEngine(await create(), start);
        const difference = expectClose(trained.costs, costs, { tolerance, what: `${name}: costs` });
        largest.note(`${name}, ${cell} ${direction}, ${training.optimizer.kind}`, difference);
        const ofNorms = expectClose(trained.norms, norms, { tolerance, what: `${name}: norms` });
        largest.note(`${name}, norms`, ofNorms);
      }
    },
  );
});
