import { expect } from 'vitest';
import type { TestContext } from 'vitest';
import { createEngine } from '../../src/engine/index.ts';
import { differenceFrom, measureStep, readSizedFixture } from './gradients.ts';
import type { MeasuredStep, SizedFixture } from './gradients.ts';
import type { GradientsRow, RepeatsRow } from './rows.ts';
import type { SizedShape } from './shapes.ts';
import { digestOf, SizedTraining, worstDifference } from './training.ts';
import type { Difference, Values } from './training.ts';

/** The largest difference between one step's change on several threads and on one, of each parameter and state. */
export const threadsTolerance = 1e-6;

/**
 * The same for the weights of a first step of Adam, whose moments keep to `threadsTolerance`. Adam divides each element's
 * gradient by its own size, so that rounding in an element whose gradient is all but 0 decides a whole step of that element.
 */
export const adamThreadsTolerance = 5e-5;

function threadsToleranceOf({ configuration }: SizedShape): (name: string) => number {
  const { kind } = configuration.training.optimizer;
  const isAdam = kind === 'adam' || kind === 'adamw';
  return (name) => (isAdam && !name.startsWith('optimizer.') ? adamThreadsTolerance : threadsTolerance);
}

/** One step of a shape on one thread, computed when it is first asked for. */
export class OneThread {
  private values: Promise<Values> | undefined;

  constructor(private readonly shape: SizedShape) {}

  enlarged(): Promise<Values> {
    this.values ??= SizedTraining.create(this.shape, 1).then(async (training) => {
      try {
        return await training.trainEnlarged();
      } finally {
        await training.dispose();
      }
    });
    return this.values;
  }
}

/** Trains a shape again and again with so many threads, and once as one thread has done. */
async function measureRepeats(shape: SizedShape, threads: number, oneThread: OneThread): Promise<RepeatsRow> {
  const { title, repeats } = shape;
  const training = await SizedTraining.create(shape, threads);
  try {
    const first = await training.train();
    const ends = new Set([digestOf(first)]);
    let between: Difference = { name: '', relative: 0 };
    for (let repeat = 1; repeat < repeats; repeat++) {
      const values = await training.train();
      ends.add(digestOf(values));
      const difference = worstDifference(values, first, { before: training.initial });
      if (!(difference.relative <= between.relative)) between = difference;
    }
    const fromOneThread =
      threads === 1
        ? null
        : worstDifference(await training.trainEnlarged(), await oneThread.enlarged(), {
            before: training.initial,
            toleranceOf: threadsToleranceOf(shape),
          });
    return { kind: 'repeats', shape: title, threads, repeats, ends: ends.size, between, fromOneThread };
  } finally {
    await training.dispose();
  }
}

/** Fails where repeats end with other numbers than each other, or one step with others than on one thread. */
export async function expectRepeats(
  { task }: Pick<TestContext, 'task'>,
  { shape, threads, oneThread }: { shape: SizedShape; threads: number; oneThread: OneThread },
): Promise<void> {
  const row = await measureRepeats(shape, threads, oneThread);
  task.meta.sizeRow = row;
  expect.soft(row.ends, `different ends of ${row.repeats} repeats`).toBe(1);
  // Values that are no numbers may be equal bit for bit: their difference is none.
  expect.soft(row.between, 'the worst difference between repeats').toEqual({ name: '', relative: 0 });
  if (!row.fromOneThread) return;
  expectWithin(row.fromOneThread, threadsToleranceOf(shape)(row.fromOneThread.name), 'against one thread');
}

/** PyTorch's figures are float64: the cost and the norm are one sum each, a gradient is what many roundings left. */
export const costTolerance = 1e-6;
export const normTolerance = 1e-6;
export const gradientTolerance = 1e-5;

/** Fails where a step's cost, norm or gradients are not those of the fixture, unclipped or clipped to half the norm. */
export async function expectGradients(
  { task }: Pick<TestContext, 'task'>,
  { name, threads }: { name: string; threads: number },
): Promise<void> {
  const fixture = readSizedFixture(name);
  const engine = await createEngine({ name: 'onnx', device: 'cpu', threads });
  const whole = await measureStep(engine, fixture, null);
  const worst = worstGradient(fixture, whole);
  const { cost, norm, changes } = whole;
  const relative = { cost: Math.abs(cost / fixture.cost - 1), norm: Math.abs(norm / fixture.norm - 1) };
  expect([...changes.keys()], 'parameters').toEqual(Object.keys(fixture.gradients));
  const clipped = worstGradient(fixture, await measureStep(engine, fixture, fixture.norm / 2), 1 / 2);
  const row: GradientsRow = { kind: 'gradients', fixture: name, threads, ...relative, worst, clipped };
  task.meta.sizeRow = row;
  expectWithin({ name: 'cost', relative: relative.cost }, costTolerance, 'against PyTorch');
  expectWithin({ name: 'norm', relative: relative.norm }, normTolerance, 'against PyTorch');
  expectWithin(worst, gradientTolerance, 'against PyTorch');
  expectWithin(clipped, gradientTolerance, 'clipped, against PyTorch');
}

/** Of all parameters and figures the one that is furthest away, or the first that is not a number. */
function worstGradient(fixture: SizedFixture, step: MeasuredStep, scale?: number): Difference {
  let worst: Difference = { name: '', relative: 0 };
  for (const parameter of step.changes.keys()) {
    for (const [figure, relative] of Object.entries(differenceFrom(fixture, step, { name: parameter, scale }))) {
      const difference = { name: `${parameter}, ${figure}`, relative };
      if (Number.isNaN(relative)) return difference;
      if (relative > worst.relative) worst = difference;
    }
  }
  return worst;
}

function expectWithin({ name, relative }: Difference, tolerance: number, what: string): void {
  // NaN is not "at most" anything.
  const isWithin = relative <= tolerance;
  expect.soft(isWithin, `${name} ${what}: differs by ${relative}; allowed is ${tolerance}`).toBe(true);
}
