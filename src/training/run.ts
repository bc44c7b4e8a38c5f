import { z } from 'zod';
import type { Configuration } from '../config/schema.ts';
import { BatchStream } from '../corpus/batches.ts';
import type { Corpus } from '../corpus/corpus.ts';
import type { Engine } from '../engine/engine.ts';
import type { Checkpoint } from '../runs/checkpoints.ts';
import { saveCheckpoint } from '../runs/checkpoints.ts';
import type { RunStore } from '../runs/store.ts';
import { DivergedError, InterruptedError } from '../util/errors.ts';
import { Evaluator } from './evaluation.ts';
import { Meter } from './meter.ts';
import { Trainer } from './trainer.ts';
import type { StepResult } from './trainer.ts';

/** What a run tells while it goes on; the fields are those of the command line's JSON. */
export type TrainingEvent =
  | {
      event: 'step';
      epoch: number;
      /** Steps done over all epochs. */
      step: number;
      /** Steps done in this epoch, from 1. */
      epochStep: number;
      perplexity: number;
      learningRate: number;
      gradientNorm: number;
      wordsPerSecond: number;
    }
  | { event: 'epoch'; epoch: number; trainPerplexity: number; validPerplexity: number; seconds: number }
  | { event: 'done'; testPerplexity?: number; validPerplexity: number };

/** How far a run is, told after every step and every call of an evaluation. */
export interface RunProgress {
  phase: 'train' | 'valid' | 'test';
  epoch: number;
  epochs: number;
  /** Of this epoch's steps, or of the evaluation, from 0 to 1. */
  fraction: number;
  perplexity: number;
  wordsPerSecond: number;
  /** Seconds left of the run; null while it cannot be told. */
  secondsLeft: number | null;
}

export const progressSchema = z.object({
  position: z.object({ epoch: z.int(), epochStep: z.int(), step: z.int(), costSum: z.number() }),
  finishedEpochs: z.int(),
  /** Seconds of training so far, without interruptions. */
  seconds: z.number(),
  /** Seconds of the epoch under way. */
  epochSeconds: z.number(),
  validPerplexity: z.number().nullable(),
  bestValidPerplexity: z.number().nullable(),
});
export type SavedProgress = z.output<typeof progressSchema>;

/** A record goes to metrics.jsonl every so many steps, and every tenth of them is told as an event. */
const recordEvery = 10;
const tellEvery = 100;
const statusMilliseconds = 1000;

/**
 * A model that is worse than this has diverged, even where every number is finite: gates saturate before anything
 * overflows, and engines cap the cost of a word near 87 nats (the least float32). An even guess among a million words
 * is at 1e6.
 */
const hopelessPerplexity = 1e20;

export interface RunOptions {
  configuration: Configuration;
  corpus: Corpus;
  engine: Engine;
  store: RunStore;
  /** By prepareRun, with the same checkpoint. Who made it disposes of it. */
  prepared: PreparedRun;
  checkpoint?: Checkpoint<SavedProgress> | undefined;
  signal?: AbortSignal | undefined;
  onEvent?: ((event: TrainingEvent) => void) | undefined;
  onProgress?: ((progress: RunProgress) => void) | undefined;
}

/** What computes a run, ready for its first step. */
export interface PreparedRun {
  readonly trainer: Trainer;
  readonly evaluator: Evaluator;
  dispose(): Promise<void>;
}

/**
 * Makes ready whatever a run computes with, so that a network, a device, a text or a checkpoint that cannot be used is
 * said before the run's folder is touched.
 *
 * @throws EngineError; ConfigurationError when a text is too short; FileError when the checkpoint is of another network
 */
export async function prepareRun(options: Omit<RunOptions, 'store' | 'prepared'>): Promise<PreparedRun> {
  const { configuration, corpus, engine, checkpoint } = options;
  const { evaluation } = configuration;
  const { train: ids, valid, test } = corpus.splits;
  const vocabularySize = corpus.vocabulary.size;
  // Else a text that is too short would be found out after the epoch before it.
  for (const text of evaluation.test ? [valid, test] : [valid]) {
    new BatchStream(text, evaluation.batchSize, evaluation.steps);
  }
  const trainer = await Trainer.create(configuration, { engine, ids, vocabularySize });
  try {
    if (checkpoint) trainer.restore(checkpoint.progress.position, checkpoint.tensors);
    const evaluator = await Evaluator.create(engine, { ...configuration, vocabularySize });
    const dispose = async () => {
      await evaluator.dispose();
      await trainer.dispose();
    };
    return { trainer, evaluator, dispose };
  } catch (error) {
    await trainer.dispose();
    throw error;
  }
}

/**
 * Trains a run to its end: epochs with a validation each, then the test. Everything is recorded in the run's folder, and
 * the state there is set to how it ended.
 *
 * @throws InterruptedError after `signal` aborted: the step was finished and a checkpoint stands
 * @throws DivergedError naming the last good checkpoint; FileError when the folder cannot be written
 */
export async function trainRun(options: RunOptions): Promise<void> {
  await new Run(options).train();
}

class Run {
  private readonly saved: Omit<SavedProgress, 'position'>;
  /** What the newest checkpoint holds. */
  private lastSaved: { step: number; finishedEpochs: number } | undefined;
  private lastCheckpoint = Date.now();
  private lastStatus = 0;
  private statusWrite: Promise<void> = Promise.resolve();
  private readonly records: Meter;
  private readonly told: Meter;
  private clock = performance.now();

  private readonly trainer: Trainer;
  private readonly evaluator: Evaluator;

  constructor(private readonly options: RunOptions) {
    const { checkpoint, prepared } = options;
    this.trainer = prepared.trainer;
    this.evaluator = prepared.evaluator;
    if (checkpoint) {
      this.lastSaved = { step: checkpoint.step, finishedEpochs: checkpoint.progress.finishedEpochs };
    }
    this.saved = checkpoint?.progress ?? {
      finishedEpochs: 0,
      seconds: 0,
      epochSeconds: 0,
      validPerplexity: null,
      bestValidPerplexity: null,
    };
    this.records = new Meter(this.trainer.wordsPerStep);
    this.told = new Meter(this.trainer.wordsPerStep);
  }

  async train(): Promise<void> {
    const { trainer } = this;
    try {
      // Even the untrained model is a checkpoint: from now on the run can be resumed and evaluated.
      await this.save();
      if (this.saved.finishedEpochs === trainer.position.epoch && !trainer.isDone) trainer.startNextEpoch();
      while (this.saved.finishedEpochs < trainer.position.epoch) {
        await this.trainEpoch();
        await this.finishEpoch();
        if (trainer.isDone) break;
        trainer.startNextEpoch();
        this.saved.epochSeconds = 0;
      }
      await this.finish();
    } catch (error) {
      throw await this.ended(error);
    } finally {
      await this.statusWrite.catch(() => undefined);
    }
  }

  private async trainEpoch(): Promise<void> {
    const { trainer, options } = this;
    this.clock = performance.now();
    this.records.restart();
    this.told.restart();
    while (!trainer.isEpochDone) {
      if (options.signal?.aborted) throw new InterruptedError('Interrupted.');
      const result = await trainer.step();
      this.refuseHopeless('training', result.perplexity);
      this.records.count();
      this.told.count();
      await this.afterStep(result);
    }
  }

  private async afterStep(result: StepResult): Promise<void> {
    const { trainer, options } = this;
    const { epoch, step, epochStep } = trainer.position;
    this.passTime();
    const isDue = (every: number) => (epochStep - 1) % every === 0 || trainer.isEpochDone;
    if (isDue(recordEvery)) {
      const { seconds } = this.saved;
      const wordsPerSecond = this.records.read();
      await options.store.appendMetrics({ event: 'step', epoch, step, epochStep, ...result, wordsPerSecond, seconds });
    }
    if (isDue(tellEvery)) {
      options.onEvent?.({ event: 'step', epoch, step, epochStep, ...result, wordsPerSecond: this.told.read() });
      // The document counts a step from 0 and prints after it.
      await this.log(`After ${epochStep - 1} steps, perplexity is ${result.perplexity.toFixed(3)}`, epochStep === 1);
    }
    this.tellProgress('train', epochStep / trainer.stepsPerEpoch);
    await this.writeStatus();
    const { checkpointSeconds } = options.configuration.training;
    if (Date.now() - this.lastCheckpoint >= checkpointSeconds * 1000) await this.save();
  }

  private async finishEpoch(): Promise<void> {
    const { trainer, options, saved } = this;
    const { epoch, step } = trainer.position;
    const trainPerplexity = trainer.perplexity;
    const valid = await this.evaluate('valid');
    this.passTime();
    const validPerplexity = valid.perplexity;
    saved.finishedEpochs = epoch;
    saved.validPerplexity = validPerplexity;
    saved.bestValidPerplexity = Math.min(validPerplexity, saved.bestValidPerplexity ?? Infinity);
    const record = { epoch, trainPerplexity, validPerplexity, seconds: saved.epochSeconds };
    await options.store.appendMetrics({ event: 'epoch', step, ...record });
    await this.log(`Epoch: ${epoch} Train Perplexity: ${trainPerplexity.toFixed(3)}`);
    await this.log(`Epoch: ${epoch} Validation Perplexity: ${validPerplexity.toFixed(3)}`);
    options.onEvent?.({ event: 'epoch', ...record });
    await this.save();
  }

  private async finish(): Promise<void> {
    const { options, saved } = this;
    const { store, configuration } = options;
    const validPerplexity = saved.validPerplexity ?? NaN;
    let testPerplexity: number | undefined;
    if (configuration.evaluation.test) {
      testPerplexity = (await this.evaluate('test')).perplexity;
      const step = this.trainer.position.step;
      await store.appendMetrics({ event: 'test', step, testPerplexity, validPerplexity });
      await this.log(`Test Perplexity: ${testPerplexity.toFixed(3)}`);
    }
    await this.statusWrite;
    const figures = testPerplexity === undefined ? {} : { testPerplexity };
    await store.updateStatus({ state: 'done', ...this.statusPatch(figures), message: 'Training is done.' });
    options.onEvent?.({ event: 'done', ...figures, validPerplexity });
  }

  private async evaluate(split: 'valid' | 'test') {
    const { corpus, signal } = this.options;
    const result = await this.evaluator.evaluate(this.trainer.variables, corpus.splits[split], {
      signal,
      onProgress: (fraction) => {
        this.tellProgress(split, fraction);
        // What the disk refuses is thrown again by the next write that is waited for.
        this.writeStatus().catch(() => undefined);
      },
    });
    this.refuseHopeless(split, result.perplexity);
    return result;
  }

  private refuseHopeless(what: string, perplexity: number): void {
    if (perplexity < hopelessPerplexity) return;
    const { step, epoch } = this.trainer.position;
    const { learningRate, gradientClip } = this.options.configuration.training;
    const clip = gradientClip === null ? ' and set training.gradientClip (5 is usual)' : '';
    throw new DivergedError(
      `Training diverged by step ${step} (epoch ${epoch}): the ${what} perplexity is ${perplexity.toPrecision(3)}. ` +
        `Take a smaller training.learningRate (it is ${learningRate})${clip}.`,
    );
  }

  /** Turns whatever ended the run early into the error that says so, with the run's state set and a checkpoint saved. */
  private async ended(error: unknown): Promise<unknown> {
    const { store } = this.options;
    await this.statusWrite.catch(() => undefined);
    if (error instanceof InterruptedError) {
      await this.save();
      const message = `Interrupted after step ${this.trainer.position.step}.`;
      await store.updateStatus({ state: 'interrupted', ...this.statusPatch(), message });
      return new InterruptedError(message, { cause: error });
    }
    const isDivergence = error instanceof DivergedError;
    const last =
      this.lastSaved === undefined
        ? 'There is no checkpoint yet.'
        : `The last good checkpoint is of step ${this.lastSaved.step}.`;
    const told = isDivergence ? new DivergedError(`${error.message} ${last}`, { cause: error }) : error;
    const message = told instanceof Error ? told.message : String(told);
    const state = isDivergence ? 'diverged' : 'failed';
    // A full disk may be why the run ended: then the status cannot be written either, and the cause is what matters.
    await store.updateStatus({ state, message }).catch(() => undefined);
    await this.log(message).catch(() => undefined);
    return told;
  }

  /** Saves a checkpoint, unless one with the same in it stands already. */
  private async save(): Promise<void> {
    const { trainer, saved } = this;
    const content = { ...saved, position: { ...trainer.position } };
    const isSaved =
      this.lastSaved?.step === trainer.position.step && this.lastSaved.finishedEpochs === saved.finishedEpochs;
    if (isSaved) return;
    await saveCheckpoint(this.options.store.folder, {
      step: trainer.position.step,
      tensors: await trainer.snapshot(),
      progress: content,
    });
    this.lastSaved = { step: trainer.position.step, finishedEpochs: saved.finishedEpochs };
    this.lastCheckpoint = Date.now();
  }

  /** Adds the time since the last call to the run's and the epoch's seconds. */
  private passTime(): void {
    const now = performance.now();
    this.saved.seconds += (now - this.clock) / 1000;
    this.saved.epochSeconds += (now - this.clock) / 1000;
    this.clock = now;
  }

  private tellProgress(phase: RunProgress['phase'], fraction: number): void {
    const { trainer, options } = this;
    options.onProgress?.({
      phase,
      epoch: trainer.position.epoch,
      epochs: options.configuration.training.epochs,
      fraction,
      perplexity: trainer.perplexity,
      wordsPerSecond: this.told.latest,
      secondsLeft: this.secondsLeft(),
    });
  }

  private secondsLeft(): number | null {
    const { step } = this.trainer.position;
    if (step === 0) return null;
    return (this.saved.seconds / step) * (this.trainer.totalSteps - step);
  }

  private async writeStatus(): Promise<void> {
    const now = Date.now();
    if (now - this.lastStatus < statusMilliseconds) return;
    this.lastStatus = now;
    // The disk works while the next step computes; what it could not write is told by the write after it.
    await this.statusWrite;
    const write = this.options.store.updateStatus(this.statusPatch());
    this.statusWrite = write;
    write.catch(() => undefined);
  }

  private statusPatch(figures: { testPerplexity?: number } = {}) {
    const { trainer, saved } = this;
    const { step, epoch } = trainer.position;
    return {
      progress: {
        epoch,
        epochs: this.options.configuration.training.epochs,
        step,
        totalSteps: trainer.totalSteps,
        fraction: step / trainer.totalSteps,
        secondsLeft: this.secondsLeft(),
      },
      latest: {
        ...(trainer.position.epochStep > 0 ? { trainPerplexity: trainer.perplexity } : {}),
        ...(saved.validPerplexity === null ? {} : { validPerplexity: saved.validPerplexity }),
        ...figures,
      },
      best: saved.bestValidPerplexity === null ? {} : { validPerplexity: saved.bestValidPerplexity },
    };
  }

  private async log(line: string, startsIteration = false): Promise<void> {
    if (startsIteration) await this.options.store.appendLog(`In iteration: ${this.trainer.position.epoch}`);
    await this.options.store.appendLog(line);
  }
}
