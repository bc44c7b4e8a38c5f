import { gateNames } from '../../src/config/cells.ts';
import { resolveConfiguration } from '../../src/config/parse.ts';
import type { Configuration, ModelConfiguration } from '../../src/config/schema.ts';
import { lastLayerSize, layerSizes } from '../../src/config/sizes.ts';
import { random32, randomKey } from '../../src/util/random.ts';
import type { Work } from './protocol.ts';

export const shapeNames = ['200', '650', 'gru', 'rnn', 'gru-650', 'rnn-650'] as const;
export type ShapeName = (typeof shapeNames)[number];

/** The two published networks. */
export const defaultShapes: readonly ShapeName[] = ['200', '650'];

export interface BenchShape {
  /** As tables call it: `LSTM 2×200`. */
  title: string;
  work: Work;
  configuration: Configuration;
  vocabularySize: number;
  /** Steps that a side trains before it is the next one's turn: about a second of the slowest side. */
  stepsPerRound: number;
  /** Before the first round. Who prepares an evaluation has evaluated a part of the text. */
  warmUpSteps: number;
  /** Words that one step trains on, or that one evaluation scores. */
  wordsPerStep: number;
}

/** The rate stays the same throughout, so that steps are alike however long the benchmark runs. */
const alike = { epochs: 10_000, steps: 35, schedule: { kind: 'constant' } } as const;

/** Words of the Penn Treebank's test text. */
const evaluatedWords = 82_430;

interface Recipe {
  cell: ModelConfiguration['cell'];
  preset: 'small' | 'medium';
  /** At 1, a plain network's gradient is clipped at nearly every step and its cost stays where it began. */
  learningRate: number;
  stepsPerRound: number;
}

/** The published networks, and the same with other cells. `small` is published with 20 steps; 35 are `medium`'s. */
const shapes: Readonly<Record<ShapeName, Recipe>> = {
  '200': { cell: 'lstm', preset: 'small', learningRate: 1, stepsPerRound: 8 },
  '650': { cell: 'lstm', preset: 'medium', learningRate: 1, stepsPerRound: 3 },
  gru: { cell: 'gru', preset: 'small', learningRate: 0.5, stepsPerRound: 8 },
  rnn: { cell: 'rnn', preset: 'small', learningRate: 0.1, stepsPerRound: 10 },
  'gru-650': { cell: 'gru', preset: 'medium', learningRate: 0.5, stepsPerRound: 3 },
  'rnn-650': { cell: 'rnn', preset: 'medium', learningRate: 0.1, stepsPerRound: 5 },
};

export interface ShapeOptions {
  work?: Work;
  /** Threads of our engine; 0 for all cores. */
  threads?: number;
  /** Steps of a window instead of 35. */
  steps?: number;
}

export function benchShape(name: ShapeName, { work = 'training', threads = 0, steps }: ShapeOptions = {}): BenchShape {
  const { preset, cell, learningRate, stepsPerRound } = shapes[name];
  const training = { ...alike, learningRate, ...(steps !== undefined && { steps }) };
  const configuration = resolveConfiguration({
    preset,
    values: { model: { cell }, training, engine: { name: 'onnx', threads } },
  });
  const { layers, hiddenSize } = configuration.model;
  const { vocabularySize } = configuration.corpus;
  const isTraining = work === 'training';
  return {
    title: `${cell === 'rnn' ? 'plain RNN' : cell.toUpperCase()} ${layers}×${String(hiddenSize)}`,
    work,
    configuration,
    vocabularySize,
    stepsPerRound: isTraining ? stepsPerRound : 1,
    warmUpSteps: isTraining ? stepsPerRound : 0,
    // The first word of the text is not predicted.
    wordsPerStep: isTraining ? configuration.training.batchSize * configuration.training.steps : evaluatedWords - 1,
  };
}

/** Windows of the text that is trained on. */
const windows = 400;

/** The text of a shape, as token ids. */
export function textOf({ work, vocabularySize, configuration }: BenchShape): Uint16Array {
  const { batchSize, steps } = configuration.training;
  return zipfIds(work === 'training' ? batchSize * (windows * steps + 1) : evaluatedWords, vocabularySize);
}

/**
 * Token ids by Zipf's law (the chance of rank r is about 1 / r), as words of a language fall: a uniform draw would meet
 * nearly every embedding row once and favour whoever updates rows one by one.
 */
export function zipfIds(length: number, vocabularySize: number): Uint16Array {
  const key = randomKey(7, 'weights', 0);
  return Uint16Array.from({ length }, (_, index) => Math.floor(vocabularySize ** (random32(key, index) / 2 ** 32)) - 1);
}

/**
 * Floating-point operations of one training step, or of one evaluation: 2·rows·inner·columns of every matrix product, and
 * nothing else. Training has three products for each one of the forward pass: itself, and the gradients of its two operands.
 */
export function flopsPerStep({ configuration, vocabularySize, wordsPerStep, work }: BenchShape): number {
  return 2 * wordsPerStep * multipliedWeights(configuration.model, vocabularySize) * (work === 'training' ? 3 : 1);
}

/** Weights that a word is multiplied with: of every layer's input and state, and of the output layer. */
function multipliedWeights(model: Configuration['model'], vocabularySize: number): number {
  const sizes = layerSizes(model);
  const ofLayers = sizes.map(
    (size, layer) => gateNames(model.cell).length * size * (size + (sizes[layer - 1] ?? size)),
  );
  return ofLayers.reduce((all, count) => all + count, lastLayerSize(model) * vocabularySize);
}
