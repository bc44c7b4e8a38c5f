import { flopsPerToken } from '../config/cost.ts';
import type { Configuration } from '../config/schema.ts';
import type { TokenIds } from '../corpus/batches.ts';
import type { Engine } from '../engine/engine.ts';
import { describeThreads, readProcessors } from '../engine/processors.ts';
import type { Processors } from '../engine/processors.ts';
import { SequenceLabError } from '../util/errors.ts';
import { twoDigits } from '../util/figures.ts';
import { median } from '../util/percentile.ts';
import { noticeableShare, othersSince } from './otherPrograms.ts';
import { countParameters } from './parameters.ts';
import { Trainer } from './trainer.ts';

/**
 * How many threads a run computes with where its configuration says 0. The number with the least time cannot be known
 * from the processor alone: hyper-threads share the units that products need, a product that is divided into equal parts
 * waits for the slowest core, and small products lose more by being divided than they gain. So it is measured.
 */

/** About a millisecond of one core: operators of such a network are too short to be divided. */
const tinyFlops = 30e6;
/** A measured step has no more arithmetic than this, about a tenth of a second of one core. */
const maxFlops = 4e9;
/** Above this (100 MB of weights a candidate, as much again for gradients) a measurement takes too much memory and time. */
const maxParameters = 25e6;
/** From the start to the last round; what was begun is ended. */
const measuredMilliseconds = 1200;
const maxRounds = 9;
/**
 * A larger number must be so much faster than a smaller one to be taken. Below it the gain is within what the measurement
 * varies, while every thread more is one that other programs can hold up, and that they lack.
 */
const worthwhile = 1.05;

/** The time of a step with so many threads. */
export interface ThreadTiming {
  readonly threads: number;
  readonly milliseconds: number;
}

/** An engine with the number of threads that was chosen. */
export interface ChosenThreads {
  readonly engine: Engine;
  readonly threads: number;
  /** Why so many, in words that follow the number: "found by measurement: …". */
  readonly reason: string;
}

/**
 * Numbers of threads that are worth a trial, each once, in ascending order: 1, parts of the cores of the fastest kind, those
 * cores, all physical cores and all processors that can be used. Where the cores are not known, three quarters and a half
 * of the processors stand for what may be the physical cores or the fast ones.
 */
export function threadCandidates({ usable, physical, performance }: Processors): number[] {
  const fast = performance ?? physical ?? usable;
  const guesses = physical === undefined ? [(3 * usable) / 4] : [physical, fast];
  const counts = [1, fast / 4, fast / 2, ...guesses, usable].map(Math.round);
  return [...new Set(counts)].filter((count) => count >= 1 && count <= usable).sort((one, other) => one - other);
}

/** The least number of threads that is nearly as fast as the fastest. @param timings in ascending order, at least one */
export function fewestFastThreads(timings: readonly ThreadTiming[]): number {
  const best = Math.min(...timings.map(({ milliseconds }) => milliseconds));
  const found = timings.find(({ milliseconds }) => milliseconds <= best * worthwhile);
  if (found === undefined) throw new Error('no number of threads was measured');
  return found.threads;
}

/**
 * Finds the number of threads for a run, in one or two seconds: steps of its own network on its own text, of a
 * shorter window where the whole one takes long. They are computed with weights of their own, so that nothing of the run
 * is touched, and a run with the number that was found is the same bit for bit as one that was given it.
 *
 * A tiny network takes one thread and a very large one all physical cores, without a measurement; so does a run that
 * cannot be computed: what is wrong with it is said when it is made ready.
 *
 * @returns undefined where the engine's threads cannot be chosen: on a GPU, and in TensorFlow.js
 * @throws the reason of `signal` when it aborts
 */
export async function chooseThreads(
  engine: Engine,
  options: {
    configuration: Configuration;
    ids: TokenIds;
    vocabularySize: number;
    signal?: AbortSignal | undefined;
    processors?: Processors;
  },
): Promise<ChosenThreads | undefined> {
  const { configuration, vocabularySize, signal, processors = readProcessors() } = options;
  const withThreads = engine.withThreads?.bind(engine);
  if (withThreads === undefined) return undefined;
  const choice = (threads: number, reason: string) => ({ engine: withThreads(threads), threads, reason });
  const { model, training } = configuration;
  const candidates = threadCandidates(processors);
  if (candidates.length === 1) return choice(1, 'because only one can be used here');
  if (flopsPerToken(model, vocabularySize) * training.batchSize * training.steps < tinyFlops) {
    return choice(1, 'because the network is too small to benefit from more');
  }
  const cores = Math.min(processors.physical ?? processors.usable, processors.usable);
  const unmeasured = (reason: string) => choice(cores, `one per core, because the network ${reason}`);
  if (countParameters(model, vocabularySize) > maxParameters) return unmeasured('is too large for a short measurement');
  try {
    const measured = shortened(configuration, vocabularySize);
    const shareOfOthers = othersSince();
    const timings = await timeSteps(candidates, withThreads, { ...options, configuration: measured });
    const words = measured.training.batchSize * measured.training.steps;
    const figures = timings.map(
      ({ threads, milliseconds }) => `${describeThreads(threads)} ${figureOf(milliseconds)} ms`,
    );
    // What others take of the processor can change what is found, and the run keeps it.
    const share = shareOfOthers();
    const beside =
      share < noticeableShare ? '' : ` while other programs used ${Math.round(share * 100)} % of the processor`;
    return choice(
      fewestFastThreads(timings),
      `found by measurement: ${figures.join(', ')} for ${words} words${beside}`,
    );
  } catch (error) {
    if (signal?.aborted || !(error instanceof SequenceLabError)) throw error;
    return unmeasured('could not be measured');
  }
}

/** The configuration of what is measured: windows that a tenth of a second is enough for, and weights that stay. */
function shortened(configuration: Configuration, vocabularySize: number): Configuration {
  const { model, training } = configuration;
  const maxTokens = maxFlops / flopsPerToken(model, vocabularySize);
  const batchSize = Math.min(training.batchSize, Math.max(1, Math.floor(maxTokens / 3)));
  // At least three steps: a shorter window is unrolled instead of run as a loop.
  const steps = Math.min(training.steps, Math.max(3, Math.floor(maxTokens / batchSize)));
  const schedule = { kind: 'constant' } as const;
  const unchangedWeights = { learningRate: 0, schedule, gradientFlowSteps: null, maxSteps: null };
  return { ...configuration, training: { ...training, ...unchangedWeights, batchSize, steps } };
}

/** The median time of a step with each number of threads. They take turns, so that a load that comes and goes meets all. */
async function timeSteps(
  candidates: readonly number[],
  withThreads: (threads: number) => Engine,
  options: { configuration: Configuration; ids: TokenIds; vocabularySize: number; signal?: AbortSignal | undefined },
): Promise<ThreadTiming[]> {
  const { configuration, signal, ...text } = options;
  const start = performance.now();
  const measured: { threads: number; trainer: Trainer; times: number[] }[] = [];
  const step = async (trainer: Trainer) => {
    signal?.throwIfAborted();
    if (trainer.isEpochDone) trainer.startNextEpoch();
    const before = performance.now();
    await trainer.step();
    return performance.now() - before;
  };
  try {
    for (const threads of candidates) {
      signal?.throwIfAborted();
      const trainer = await Trainer.create(configuration, { ...text, engine: withThreads(threads) });
      measured.push({ threads, trainer, times: [] });
      // The first step is slower: it makes room for what it computes.
      await step(trainer);
    }
    for (let round = 0; round < maxRounds; round++) {
      if (round > 0 && performance.now() - start > measuredMilliseconds) break;
      for (const { trainer, times } of measured) times.push(await step(trainer));
    }
    return measured.map(({ threads, times }) => ({ threads, milliseconds: median(times) }));
  } finally {
    await Promise.allSettled(measured.map(({ trainer }) => trainer.dispose()));
  }
}

function figureOf(milliseconds: number): string {
  return milliseconds < 10 ? milliseconds.toFixed(1) : twoDigits(milliseconds);
}
