import { configurationSchema } from '../../src/config/schema.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { createTensorflowEngine } from '../../src/engine/tensorflow/engine.ts';
import { tensorflowBackends } from '../../src/engine/tensorflow/loaded.ts';
import { sizeOf } from '../../src/graph/node.ts';
import { feedNames } from '../../src/model/languageModel.ts';
import { buildTrainingGraph, learningRateInput } from '../../src/training/trainingGraph.ts';
import { messageOf } from '../../src/util/errors.ts';
import { median } from '../../src/util/percentile.ts';
import { randomSource, uniform, wholeNumbers } from '../numeric/random.ts';

/**
 * Prints words a second of training steps on each backend of the engine `tensorflow`: the 2 × 200 model of the Penn
 * Treebank, and a small one that plain JavaScript can do too. `npm run bench:tensorflow`
 */
const shapes = {
  'small: 1 × 32, 8 × 10 words of 500': {
    model: { layers: 1, hiddenSize: 32 },
    training: { batchSize: 8, steps: 10 },
    vocabularySize: 500,
    backends: tensorflowBackends,
  },
  'PTB: 2 × 200, 20 × 20 words of 10,000': {
    model: { layers: 2, hiddenSize: 200 },
    training: { batchSize: 20, steps: 20 },
    vocabularySize: 10_000,
    backends: ['tensorflow', 'wasm'],
  },
  'PTB: 2 × 200, 20 × 35 words of 10,000': {
    model: { layers: 2, hiddenSize: 200 },
    training: { batchSize: 20, steps: 35 },
    vocabularySize: 10_000,
    backends: ['tensorflow', 'wasm'],
  },
} as const;

const measuredMilliseconds = 4000;

for (const [title, { backends, ...shape }] of Object.entries(shapes)) {
  console.log(title);
  for (const backend of backends) {
    try {
      const engine = await createTensorflowEngine({ device: 'cpu', threads: 0, backend });
      const { milliseconds, processor, cost } = await measure(engine, shape);
      const words = shape.training.batchSize * shape.training.steps;
      const speed = Math.round((1000 * words) / milliseconds);
      const times = `${milliseconds.toFixed(1)} ms a step (${processor.toFixed(1)} ms of processor time)`;
      console.log(`  ${engine.description}: ${times}, ${speed} words/s, cost ${cost.toFixed(3)}`);
    } catch (error) {
      console.log(`  ${backend}: ${messageOf(error)}`);
    }
  }
}

/** The median times of a step, after two that warm up: by the clock, and of all processors together. */
async function measure(
  engine: Engine,
  shape: Omit<(typeof shapes)[keyof typeof shapes], 'backends'>,
): Promise<{ milliseconds: number; processor: number; cost: number }> {
  const { model, training, vocabularySize } = shape;
  const { graph } = buildTrainingGraph(configurationSchema.parse({ model, training }), vocabularySize);
  const next = randomSource(3);
  const program = await engine.compile(graph);
  const variables = engine.createVariables();
  for (const [name, { shape: extents }] of graph.variables)
    variables.set(name, { shape: extents, data: uniform(next, sizeOf(extents), -0.05, 0.05) });
  const words = training.batchSize * training.steps;
  const feeds = {
    [feedNames.tokens]: wholeNumbers(next, words, vocabularySize),
    [feedNames.targets]: wholeNumbers(next, words, vocabularySize),
    [learningRateInput]: Float32Array.of(1),
  };
  const times: { clock: number; processor: number }[] = [];
  let cost = NaN;
  const start = performance.now();
  for (let step = 0; step < 5 || performance.now() - start < measuredMilliseconds; step++) {
    const [began, usage] = [performance.now(), process.cpuUsage()];
    cost = (await program.run(variables, feeds))['cost']?.[0] ?? NaN;
    const { user, system } = process.cpuUsage(usage);
    if (step >= 2) times.push({ clock: performance.now() - began, processor: (user + system) / 1000 });
  }
  await program.dispose();
  variables.dispose();
  return {
    milliseconds: median(times.map(({ clock }) => clock)),
    processor: median(times.map((t) => t.processor)),
    cost,
  };
}
