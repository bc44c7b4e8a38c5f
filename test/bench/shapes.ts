import { resolveConfiguration } from '../../src/config/parse.ts';
import type { Configuration } from '../../src/config/schema.ts';
import type { Graph } from '../../src/graph/node.ts';
import { random32, randomKey } from '../../src/util/random.ts';
import { buildTrainingGraph } from '../../src/training/trainingGraph.ts';

export const shapeNames = ['200', '650'] as const;
export type ShapeName = (typeof shapeNames)[number];

export interface BenchShape {
  /** As tables call it: `2×200`. */
  title: string;
  configuration: Configuration;
  vocabularySize: number;
  /** Steps that a side trains before it is the next one's turn: about a second of the slowest side. */
  stepsPerRound: number;
}

/** The rate stays at 1 throughout, so that steps are alike however long the benchmark runs. */
const alike = { epochs: 10_000, steps: 35, learningRate: 1, schedule: { kind: 'constant' } } as const;

/** The published shapes. `small` is published with 20 steps; 35 make its work a word that of `medium`'s unrolling. */
const shapes: Readonly<Record<ShapeName, { preset: string; stepsPerRound: number }>> = {
  '200': { preset: 'small', stepsPerRound: 8 },
  '650': { preset: 'medium', stepsPerRound: 3 },
};

export function benchShape(name: ShapeName): BenchShape {
  const { preset, stepsPerRound } = shapes[name];
  const configuration = resolveConfiguration({ preset, values: { training: alike } });
  const { layers, hiddenSize } = configuration.model;
  const { vocabularySize } = configuration.corpus;
  return { title: `${layers}×${hiddenSize}`, configuration, vocabularySize, stepsPerRound };
}

/** Words that one step trains on. */
export function wordsPerStep({ configuration: { training } }: BenchShape): number {
  return training.batchSize * training.steps;
}

/**
 * A text of token ids by Zipf's law (the chance of rank r is about 1 / r), as words of a language fall: a uniform draw
 * would meet nearly every embedding row once and favour whoever updates rows one by one.
 */
export function zipfIds(shape: BenchShape, windows: number): Uint16Array {
  const { batchSize, steps } = shape.configuration.training;
  const key = randomKey(7, 'weights', 0);
  return Uint16Array.from(
    { length: batchSize * (windows * steps + 1) },
    (_, index) => Math.floor(shape.vocabularySize ** (random32(key, index) / 2 ** 32)) - 1,
  );
}

/** Floating-point operations of one training step: 2·rows·inner·columns of every matrix product, and nothing else. */
export function flopsPerStep({ configuration, vocabularySize }: BenchShape): number {
  return flopsOf(buildTrainingGraph(configuration, vocabularySize).graph);
}

function flopsOf(graph: Graph): number {
  let flops = 0;
  for (const node of graph.nodes) {
    if (node.operation !== 'matmul') continue;
    const [rows = 0, columns = 0] = node.shape;
    const inner = node.inputs[0]?.shape[node.attributes.transposeA ? 0 : 1] ?? 0;
    flops += 2 * rows * inner * columns;
  }
  return flops;
}
