import { createHash } from 'node:crypto';
import type { Configuration } from '../../src/config/schema.ts';
import { createEngine } from '../../src/engine/index.ts';
import { Trainer } from '../../src/training/trainer.ts';
import { zipfLikeIds } from './generated.ts';
import type { SizedShape } from './shapes.ts';

/** Values by name: parameters, optimiser slots and recurrent states, as the trainer's snapshot has them. */
export type Values = ReadonlyMap<string, Float32Array>;

/**
 * In the first epoch the rate is so many times the recipe's, from the second on it is the recipe's. A float32 weight keeps
 * of a change what is left beside the weight; a change that outweighs the weight shows its own digits.
 */
const enlargement = 2 ** 10;
const epochs = { enlarged: 1, usual: 2 };

/** A shape made ready to be trained from the same weights, on the same text, as often as is asked for. */
export class SizedTraining {
  private constructor(
    readonly shape: SizedShape,
    private readonly trainer: Trainer,
    private readonly before: Awaited<ReturnType<Trainer['snapshot']>>,
  ) {}

  /** @param threads may be more than the machine has cores */
  static async create(shape: SizedShape, threads: number): Promise<SizedTraining> {
    const { configuration, vocabularySize, steps } = shape;
    const { training } = configuration;
    const engine = await createEngine({ name: 'onnx', device: 'cpu', threads });
    const ids = zipfLikeIds('text', training.batchSize * (steps * training.steps + 1), vocabularySize);
    const enlarged: Configuration = {
      ...configuration,
      training: {
        ...training,
        learningRate: training.learningRate * enlargement,
        schedule: { kind: 'stepDecay', afterEpoch: epochs.enlarged, divisor: enlargement },
      },
    };
    const trainer = await Trainer.create(enlarged, { engine, ids, vocabularySize });
    return new SizedTraining(shape, trainer, await trainer.snapshot());
  }

  /** What training starts from. */
  get initial(): Values {
    return valuesOf(this.before);
  }

  /** Trains the shape's steps from the start again. */
  async train(): Promise<Values> {
    return this.trainFrom(epochs.usual, this.shape.steps);
  }

  /** One step from the start, the change enlarged. */
  async trainEnlarged(): Promise<Values> {
    return this.trainFrom(epochs.enlarged, 1);
  }

  async dispose(): Promise<void> {
    await this.trainer.dispose();
  }

  private async trainFrom(epoch: number, steps: number): Promise<Values> {
    this.trainer.restore({ epoch, epochStep: 0, step: 0, costSum: 0 }, this.before);
    for (let step = 0; step < steps; step++) await this.trainer.step();
    return valuesOf(await this.trainer.snapshot());
  }
}

function valuesOf(tensors: readonly { name: string; data: Float32Array }[]): Values {
  return new Map(tensors.map(({ name, data }) => [name, data]));
}

/** Equal where, and only where, every bit is. */
export function digestOf(values: Values): string {
  const hash = createHash('sha1');
  for (const [name, data] of values) hash.update(name).update(data);
  return hash.digest('hex');
}

/** Which value differs the most, and by how much. */
export interface Difference {
  name: string;
  /** ‖actual − expected‖ / ‖expected − before‖: a share of what training changed. NaN where a number is not finite. */
  relative: number;
}

/**
 * Of all values the one whose change differs the most, or the first one with a difference that is not a number.
 *
 * @param toleranceOf where values may differ by unlike amounts: the most is then the largest share of a value's tolerance
 */
export function worstDifference(
  actual: Values,
  expected: Values,
  { before, toleranceOf = () => 1 }: { before: Values; toleranceOf?: (name: string) => number },
): Difference {
  let worst: Difference = { name: '', relative: 0 };
  let worstShare = 0;
  for (const [name, values] of expected) {
    const relative = relativeDifference(actual.get(name) ?? [], values, before.get(name) ?? []);
    if (Number.isNaN(relative)) return { name, relative };
    const share = relative / toleranceOf(name);
    if (share > worstShare) [worst, worstShare] = [{ name, relative }, share];
  }
  return worst;
}

function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>, before: ArrayLike<number>): number {
  let [difference, change] = [0, 0];
  for (let index = 0; index < expected.length; index++) {
    const [a, e, b] = [actual[index] ?? NaN, expected[index] ?? NaN, before[index] ?? NaN];
    difference += (a - e) ** 2;
    change += (e - b) ** 2;
  }
  // What is not finite on either side ends as NaN (infinity − infinity), and so does what training has not changed.
  return Math.sqrt(difference / change);
}
