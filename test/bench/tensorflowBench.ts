import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { configurationSchema } from '../../src/config/schema.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { createEngine } from '../../src/engine/index.ts';
import { createTensorflowEngine } from '../../src/engine/tensorflow/engine.ts';
import { sizeOf } from '../../src/graph/node.ts';
import { feedNames } from '../../src/model/languageModel.ts';
import { buildTrainingGraph, learningRateInput } from '../../src/training/trainingGraph.ts';
import { messageOf } from '../../src/util/errors.ts';
import { median } from '../../src/util/percentile.ts';
import { randomSource, uniform, wholeNumbers } from '../numeric/random.ts';
import { machine } from './machine.ts';

/**
 * Prints words a second of training steps on each backend of the engine `tensorflow` and on `onnx`, each in a process of
 * its own: a small model that plain JavaScript can do too, and the 2 × 200 model of the Penn Treebank.
 * `npm run bench:tensorflow`; with `-- --memory`, the memory of 1,000 steps on the native library.
 */
const shapes = {
  'small: 1 × 32, 8 × 10 words of 500': {
    model: { layers: 1, hiddenSize: 32 },
    training: { batchSize: 8, steps: 10 },
    vocabularySize: 500,
    slow: [],
  },
  'PTB: 2 × 200, 20 × 20 words of 10,000': {
    model: { layers: 2, hiddenSize: 200 },
    training: { batchSize: 20, steps: 20 },
    vocabularySize: 10_000,
    slow: ['cpu'],
  },
  'PTB: 2 × 200, 20 × 35 words of 10,000': {
    model: { layers: 2, hiddenSize: 200 },
    training: { batchSize: 20, steps: 35 },
    vocabularySize: 10_000,
    slow: ['cpu'],
  },
} as const;

type Shape = (typeof shapes)[keyof typeof shapes];

const options = { device: 'cpu', threads: 0 } as const;
const engines: Readonly<Record<string, () => Promise<Engine>>> = {
  onnx: () => createEngine({ ...options, name: 'onnx' }),
  tensorflow: () => createTensorflowEngine({ ...options, backend: 'tensorflow' }),
  wasm: () => createTensorflowEngine({ ...options, backend: 'wasm' }),
  cpu: () => createTensorflowEngine({ ...options, backend: 'cpu' }),
};

const measuredMilliseconds = 4000;

/** A step of training, with weights and words of its own. */
async function trainingStep(engine: Engine, shape: Shape): Promise<() => Promise<number>> {
  const { model, training, vocabularySize } = shape;
  const { graph } = buildTrainingGraph(configurationSchema.parse({ model, training }), vocabularySize);
  const next = randomSource(3);
  const variables = engine.createVariables();
  for (const [name, { shape: extents }] of graph.variables)
    variables.set(name, { shape: extents, data: uniform(next, sizeOf(extents), -0.05, 0.05) });
  const words = training.batchSize * training.steps;
  const feeds = {
    [feedNames.tokens]: wholeNumbers(next, words, vocabularySize),
    [feedNames.targets]: wholeNumbers(next, words, vocabularySize),
    [learningRateInput]: Float32Array.of(1),
  };
  const program = await engine.compile(graph);
  return async () => (await program.run(variables, feeds))['cost']?.[0] ?? NaN;
}

/** The median times of a step, after two that warm up: by the clock, and of all processors together. */
async function speed(engine: Engine, shape: Shape): Promise<string> {
  const step = await trainingStep(engine, shape);
  const times: { clock: number; processor: number }[] = [];
  const start = performance.now();
  for (let count = 0; count < 5 || performance.now() - start < measuredMilliseconds; count++) {
    const [began, usage] = [performance.now(), process.cpuUsage()];
    await step();
    const { user, system } = process.cpuUsage(usage);
    if (count >= 2) times.push({ clock: performance.now() - began, processor: (user + system) / 1000 });
  }
  const milliseconds = median(times.map(({ clock }) => clock));
  const processor = median(times.map((time) => time.processor));
  const perSecond = Math.round((1000 * shape.training.batchSize * shape.training.steps) / milliseconds);
  return `${milliseconds.toFixed(1)} ms a step (${processor.toFixed(1)} ms of processor time), ${perSecond} words/s`;
}

async function memory(engine: Engine, shape: Shape): Promise<string> {
  const step = await trainingStep(engine, shape);
  const after: string[] = [];
  for (let count = 1; count <= 1000; count++) {
    await step();
    if ([10, 100, 250, 500, 750, 1000].includes(count)) {
      after.push(`${count}: ${Math.round(process.memoryUsage.rss() / 1e6)}`);
    }
  }
  return `resident memory in MB after so many steps: ${after.join(', ')}`;
}

function inChild(...parameters: string[]): string {
  const program = [fileURLToPath(import.meta.url), ...parameters];
  return execFileSync(process.execPath, program, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
}

const [what, title, name] = process.argv.slice(2);
const shape = Object.entries(shapes).find(([key]) => key === title)?.[1];
const create = engines[name ?? ''];
if (shape && create) {
  try {
    const engine = await create();
    console.log(`${engine.description}: ${await (what === 'memory' ? memory : speed)(engine, shape)}`);
  } catch (error) {
    console.log(`${name}: ${messageOf(error)}`);
  }
} else {
  const { cpu, cores } = machine();
  console.log(`${cpu}, ${cores} cores, Node ${process.version}`);
  for (const [key, { slow }] of Object.entries(shapes)) {
    console.log(key);
    if (what === '--memory') console.log(`  ${inChild('memory', key, 'tensorflow')}`);
    else
      for (const engine of Object.keys(engines))
        if (!(slow as readonly string[]).includes(engine)) console.log(`  ${inChild('speed', key, engine)}`);
  }
}
