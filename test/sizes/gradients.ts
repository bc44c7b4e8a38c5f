import { readdirSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import { configurationSchema } from '../../src/config/schema.ts';
import type { Engine, Feeds } from '../../src/engine/engine.ts';
import { sizeOf } from '../../src/graph/node.ts';
import { feedNames, textSteps } from '../../src/model/languageModel.ts';
import { buildTrainingGraph, learningRateInput } from '../../src/training/trainingGraph.ts';
import type { TrainingGraph } from '../../src/training/trainingGraph.ts';
import { dotsWithSigns, keptUnits, placesIn, uniformNumbers, zipfLikeIds } from './generated.ts';

/** Of one parameter's gradient; test/fixtures/pytorch_sizes.py says how each figure is made. */
const figuresSchema = z.object({
  shape: z.array(z.int()),
  norm: z.number().positive(),
  sum: z.number(),
  dots: z.array(z.number()).nonempty(),
  elements: z.array(z.number()).nonempty(),
});
export type Figures = z.output<typeof figuresSchema>;

const fixtureSchema = z.object({
  vocabularySize: z.int(),
  configuration: configurationSchema,
  cost: z.number(),
  /** Over looked-up rows before those of equal words are added up, as `buildTrainingGraph` takes it. */
  norm: z.number().positive(),
  normAddedFirst: z.number(),
  gradients: z.record(z.string(), figuresSchema),
});
export type SizedFixture = z.output<typeof fixtureSchema>;

const folder = new URL('../fixtures/pytorch_sizes/', import.meta.url);

/** The names of the fixtures that there are. */
export const sizedFixtureNames: readonly string[] = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.replace('.json', ''))
  .sort();

export function readSizedFixture(name: string): SizedFixture {
  return fixtureSchema.parse(JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')));
}

/** As in the generator of the fixtures. */
const [weightScale, stateScale] = [1 / 16, 1 / 2];

/**
 * Large against the weights' own rounding. A step of SGD changes a weight w to w − rate · gradient, and in float32 keeps of
 * the gradient what is left beside w: with this rate the change outweighs w, so the gradient that the product itself
 * trains with can be read from the weights, to a float32's digits.
 */
const readableRate = 2 ** 10;

export interface MeasuredStep {
  cost: number;
  norm: number;
  /** What was taken from each parameter, divided by the rate: the gradient, as it was clipped. */
  changes: ReadonlyMap<string, Float64Array>;
}

/**
 * One step of the product's training graph from the fixture's weights.
 * @param gradientClip the norm to which the gradient is shortened, null for none
 */
export async function measureStep(
  engine: Engine,
  { configuration, vocabularySize, gradients }: SizedFixture,
  gradientClip: number | null,
): Promise<MeasuredStep> {
  const { training } = configuration;
  const { graph, masks } = buildTrainingGraph(
    { ...configuration, training: { ...training, gradientClip } },
    vocabularySize,
  );
  const program = await engine.compile(graph);
  const variables = engine.createVariables();
  try {
    for (const [name, { shape }] of graph.variables) {
      const scale = name.startsWith('state.') ? stateScale : weightScale;
      variables.set(name, { shape, data: uniformNumbers(name, sizeOf(shape), scale) });
    }
    const { tokens, targets } = idsOf(configuration, vocabularySize);
    const outputs = await program.run(variables, {
      [feedNames.tokens]: tokens,
      [feedNames.targets]: targets,
      [learningRateInput]: Float32Array.of(readableRate),
      ...masksOf(masks),
    });
    const changes = new Map<string, Float64Array>();
    for (const name of Object.keys(gradients)) {
      const { data } = await variables.get(name);
      changes.set(name, changeOf(data, uniformNumbers(name, data.length, weightScale)));
    }
    return { cost: outputs['cost']?.[0] ?? NaN, norm: outputs['gradientNorm']?.[0] ?? NaN, changes };
  } finally {
    variables.dispose();
    await program.dispose();
  }
}

function changeOf(after: Float32Array, before: Float32Array): Float64Array {
  const change = new Float64Array(before);
  for (let index = 0; index < change.length; index++) {
    change[index] = ((change[index] ?? NaN) - (after[index] ?? NaN)) / readableRate;
  }
  return change;
}

type Described = Pick<SizedFixture, 'configuration' | 'vocabularySize'>;

/** The tokens that a step reads and the words that it predicts, [steps, batch] each, step after step. */
function idsOf({ model, training }: Described['configuration'], vocabularySize: number) {
  const { batchSize, steps } = training;
  const length = textSteps(model, steps) + 1;
  const text = zipfLikeIds('text', batchSize * length, vocabularySize);
  const from = (start: number, count: number) =>
    Int32Array.from({ length: count * batchSize }, (_, place) => {
      const step = Math.floor(place / batchSize);
      return text[(place % batchSize) * length + start + step] ?? NaN;
    });
  return { tokens: from(0, length - 1), targets: from(1, steps) };
}

function masksOf(masks: TrainingGraph['masks']): Feeds {
  return Object.fromEntries(
    masks.map(({ name, shape, keepProbability }) => [name, keptUnits(name, sizeOf(shape), keepProbability)]),
  );
}

/** How far a gradient is from the fixture's. */
export type GradientDifference = {
  /** Of the norms, relative. */
  norm: number;
  /** Of the sums, to the norm times the root of the number of elements, which is the most that a sum can be. */
  sum: number;
  /** Root of the mean square over the dots, to the norm: on average ‖difference‖ / ‖gradient‖. */
  dots: number;
  /** ‖difference‖ / ‖gradient‖ over the elements that the fixture has. */
  elements: number;
};

/** @param scale what the gradient was multiplied with by the clipping; 1 for nothing */
export function differenceFrom(
  fixture: SizedFixture,
  { changes }: MeasuredStep,
  { name, scale = 1 }: { name: string; scale?: number | undefined },
): GradientDifference {
  const figures = fixture.gradients[name];
  const change = changes.get(name);
  if (!figures || !change) throw new Error(`there is no gradient of ${name}`);
  const gradient = scale === 1 ? change : change.map((value) => value / scale);
  const { norm } = figures;
  const size = sizeOf(figures.shape);
  return {
    norm: Math.abs(normOf(gradient) - norm) / norm,
    sum: Math.abs(sumOf(gradient) - figures.sum) / (norm * Math.sqrt(size)),
    dots: rootMeanSquare(dotsWithSigns(`signs.${name}`, gradient, figures.dots.length), figures.dots) / norm,
    elements:
      rootMeanSquare(
        placesOf(name, fixture, figures).map((place) => gradient[place] ?? NaN),
        figures.elements,
      ) / rootMeanSquare(figures.elements),
  };
}

/** Which elements of a gradient a fixture has; of the embedding, elements of rows that were looked up. */
function placesOf(name: string, { configuration, vocabularySize }: Described, { shape, elements }: Figures): number[] {
  const count = elements.length;
  if (name !== 'embedding') return placesIn(`places.${name}`, count, sizeOf(shape));
  const [, width = 0] = shape;
  const { tokens } = idsOf(configuration, vocabularySize);
  const columns = placesIn(`columns.${name}`, count, width);
  return placesIn(`rows.${name}`, count, tokens.length).map(
    (row, index) => (tokens[row] ?? NaN) * width + (columns[index] ?? NaN),
  );
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

function normOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value ** 2;
  return Math.sqrt(sum);
}

/** Of the differences between two lists, or of one list. */
function rootMeanSquare(actual: readonly number[], expected?: readonly number[]): number {
  const squares = actual.map((value, index) => (value - (expected ? (expected[index] ?? NaN) : 0)) ** 2);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
}
