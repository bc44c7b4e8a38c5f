import { implausible } from '../config/measures.ts';
import type { Configuration } from '../config/schema.ts';
import { BatchStream } from '../corpus/batches.ts';
import type { TokenIds } from '../corpus/batches.ts';
import type { Corpus } from '../corpus/corpus.ts';
import type { Engine, Variables } from '../engine/engine.ts';
import { loadCheckpoint } from '../runs/checkpoints.ts';
import type { Checkpoint } from '../runs/checkpoints.ts';
import type { RunStore } from '../runs/store.ts';
import { ConfigurationError, DivergedError, FileError, InterruptedError, messageOf } from '../util/errors.ts';
import { EndRequest } from './endRequest.ts';
import { Evaluator } from './evaluation.ts';
import { progressSchema } from './events.ts';
import type { RunProgress, SavedProgress, TrainingEvent } from './events.ts';
import { parametersFrom } from '../trainedModel/weights.ts';
import { Probe } from './probe.ts';
import { ProbeWriter } from './probeWriter.ts';
import { Recorder } from './recorder.ts';
import type { Steered, Steering } from './steering.ts';
import { Trainer } from './trainer.ts';

/**
 * A model that is worse than this on another text has diverged, even where every number is finite: gates saturate before
 * anything overflows, and engines cap the cost of a word near 87 nats (the least float32). On the training text a stricter
 * rule holds (CostWatch): one that has learned a small text by heart may be far worse than an even guess on others.
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
  /** Who else has a say in how the run goes on. */
  steering: Steering;
  onEvent?: ((event: TrainingEvent) => void) | undefined;
  onProgress?: ((progress: RunProgress) => void) | undefined;
  /** A sentence that a person should read. */
  onNotice?: ((sentence: string) => void) | undefined;
}

/** What computes a run, ready for its first step. */
export interface PreparedRun {
  readonly trainer: Trainer;
  readonly evaluator: Evaluator;
  /** Undefined where none is recorded. */
  readonly probe: Probe | undefined;
  dispose(): Promise<void>;
}

/**
 * Makes ready whatever a run computes with, so that a network, a device, a text or a checkpoint that cannot be used is
 * said before the run's folder is touched.
 *
 * @throws EngineError; ConfigurationError when a text is too short; FileError when the checkpoint is of another network
 */
export async function prepareRun(
  options: Pick<RunOptions, 'configuration' | 'corpus' | 'engine' | 'checkpoint' | 'onNotice'>,
): Promise<PreparedRun> {
  const { configuration, corpus, engine, checkpoint, onNotice } = options;
  const { training, evaluation } = configuration;
  const { train: ids, valid, test } = corpus.splits;
  const vocabularySize = corpus.vocabulary.size;
  // Else a text that is too short would be found out after the epoch before it.
  requireWindow('training', ids, training);
  requireWindow('validation', valid, evaluation);
  if (evaluation.test) requireWindow('test', test, evaluation);
  const trainer = await Trainer.create(configuration, { engine, ids, vocabularySize, onNotice });
  try {
    if (checkpoint) {
      trainer.restore(checkpoint.progress.position, checkpoint.tensors);
      trainer.validPerplexities = [...checkpoint.progress.validPerplexities];
      if (checkpoint.progress.costs !== undefined) trainer.costs.restore(checkpoint.progress.costs);
    }
    const { variables, totalSteps } = trainer;
    const { vocabulary } = corpus;
    const probe = Probe.create({ configuration, vocabulary, valid, engine, variables, totalSteps, onNotice });
    const evaluator = await Evaluator.create(engine, { ...configuration, vocabularySize });
    const dispose = async () => {
      await probe?.dispose();
      await evaluator.dispose();
      await trainer.dispose();
    };
    return { trainer, evaluator, probe, dispose };
  } catch (error) {
    await trainer.dispose();
    throw error;
  }
}

/**
 * Trains a run to its end: epochs with a validation each, then the test. Everything is recorded in the run's folder, and
 * the state there is set to how it ended.
 *
 * @throws InterruptedError when it was asked to end: the step was finished and a checkpoint stands
 * @throws DivergedError naming the last good checkpoint; FileError when the folder cannot be written
 */
export async function trainRun(options: RunOptions): Promise<void> {
  await new Run(options).train();
}

/** @throws ConfigurationError that says which text is too short */
function requireWindow(what: string, ids: TokenIds, { batchSize, steps }: { batchSize: number; steps: number }): void {
  try {
    new BatchStream(ids, batchSize, steps);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new ConfigurationError(`The ${what} text cannot be used. ${error.message}`, { cause: error });
  }
}

class Run implements Steered {
  private readonly trainer: Trainer;
  private readonly evaluator: Evaluator;
  private readonly recorder: Recorder;
  private readonly probe: ProbeWriter;

  constructor(private readonly options: RunOptions) {
    const { prepared, store, configuration, checkpoint, onNotice } = options;
    this.trainer = prepared.trainer;
    this.evaluator = prepared.evaluator;
    const { signal } = options.steering;
    this.recorder = new Recorder(store, this.trainer, configuration, checkpoint, { signal, onNotice });
    this.probe = new ProbeWriter(prepared.probe, store.folder, onNotice);
  }

  async train(): Promise<void> {
    const { trainer, recorder } = this;
    try {
      if (this.options.checkpoint) await recorder.log(`Resumed after step ${trainer.position.step}.`);
      // Even the untrained model is a checkpoint: from now on the run can be resumed and evaluated.
      await recorder.save();
      await this.probe.begin(trainer.position, recorder.finishedEpochs);
      if (recorder.finishedEpochs === trainer.position.epoch && !this.isOver) trainer.startNextEpoch();
      while (recorder.finishedEpochs < trainer.position.epoch) {
        await this.trainEpoch();
        await this.validate();
        if (this.isOver) break;
        trainer.startNextEpoch();
      }
      await this.finish();
    } catch (error) {
      throw await this.ended(error);
    } finally {
      await this.probe.settle();
      await recorder.settle();
    }
  }

  async save(): Promise<number> {
    await this.recorder.save();
    return this.trainer.position.step;
  }

  async pause(): Promise<void> {
    await this.recorder.setState('paused', `Paused after step ${this.trainer.position.step}.`);
  }

  async resume(milliseconds: number): Promise<void> {
    await this.recorder.resume(milliseconds);
  }

  async beat(): Promise<void> {
    await this.recorder.beat();
  }

  /** Whether no further epoch is to come: all are done, or too many brought nothing. */
  private get isOver(): boolean {
    return this.trainer.isDone || this.stopsEarly;
  }

  private get stopsEarly(): boolean {
    const { earlyStoppingEpochs } = this.options.configuration.training;
    const { validPerplexities } = this.trainer;
    if (earlyStoppingEpochs === null) return false;
    const best = validPerplexities.indexOf(Math.min(...validPerplexities));
    return validPerplexities.length - 1 - best >= earlyStoppingEpochs;
  }

  private async validate(): Promise<void> {
    const { trainer, recorder, options } = this;
    const { configuration, corpus } = options;
    const validPerplexity = await this.evaluate('valid', await trainer.evaluatedVariables());
    trainer.validPerplexities.push(validPerplexity);
    const warning = implausible(validPerplexity, { ...configuration, floor: corpus.floor?.perplexity.valid });
    if (warning !== undefined) {
      await recorder.warn(warning);
      options.onNotice?.(warning);
    }
    // Before the checkpoint that has the epoch's end: a run that goes on from an earlier one writes it again.
    await this.probe.afterValidation(trainer.position);
    await recorder.recordEpoch(validPerplexity, options.onEvent);
  }

  private async trainEpoch(): Promise<void> {
    const { trainer, recorder, options } = this;
    await recorder.enter('train');
    recorder.restartClocks();
    while (!trainer.isEpochDone) {
      await this.hearRequests();
      const result = await trainer.step();
      await recorder.recordStep(result, options.onEvent);
      await this.probe.afterStep(trainer.position);
      this.tellProgress('train', trainer.position.epochStep / trainer.stepsPerEpoch);
    }
  }

  private async finish(): Promise<void> {
    const { recorder, options, trainer } = this;
    await this.probe.end(trainer.position);
    const { evaluation, training } = options.configuration;
    if (this.stopsEarly && !trainer.isDone) {
      await recorder.log(`Stopped early: no better validation perplexity for ${training.earlyStoppingEpochs} epochs.`);
    }
    const best = training.earlyStoppingEpochs === null ? undefined : await this.bestWeights();
    try {
      const testPerplexity = evaluation.test
        ? await this.evaluate('test', best ?? (await trainer.evaluatedVariables()))
        : undefined;
      await recorder.recordEnd(testPerplexity, options.onEvent);
    } finally {
      best?.dispose();
    }
  }

  /** The weights of the best validation: what early stopping is for. Undefined, with a notice, when they are not there. */
  private async bestWeights(): Promise<Variables | undefined> {
    const { configuration, corpus, engine, store, onNotice } = this.options;
    const best = await loadCheckpoint(store.folder, progressSchema, 'best').catch(async (error: unknown) => {
      if (!(error instanceof FileError)) throw error;
      const notice = `The newest weights are tested, because the best ones cannot be read: ${messageOf(error)}`;
      await this.recorder.log(notice);
      onNotice?.(notice);
      return undefined;
    });
    if (best === undefined) return undefined;
    const { tensors, step } = best;
    await this.recorder.log(`The best weights are those of step ${step}.`);
    const variables = engine.createVariables();
    const parameters = parametersFrom(tensors, configuration, corpus.vocabulary.size);
    for (const [name, tensor] of parameters) variables.set(name, tensor);
    return variables;
  }

  /** The perplexity of a split with the weights that a set of variables holds. */
  private async evaluate(split: 'valid' | 'test', variables: Variables): Promise<number> {
    const { corpus } = this.options;
    await this.recorder.enter(split);
    const { perplexity } = await this.evaluator.evaluate(variables, corpus.splits[split], {
      between: () => this.hearRequests(),
      onProgress: (fraction) => {
        this.tellProgress(split, fraction);
        // What the disk refuses is thrown again by the next write that is waited for.
        this.recorder.beat().catch(() => undefined);
      },
    });
    if (perplexity < hopelessPerplexity) return perplexity;
    throw this.trainer.diverged(`the ${split} perplexity is ${perplexity.toPrecision(3)}`);
  }

  /** An occasion for what others ask. @throws EndRequest when the run is to end */
  private async hearRequests(): Promise<void> {
    const { recorder, options } = this;
    recorder.stopTimes.endCall();
    await options.steering.between(this);
    recorder.stopTimes.beginCall(recorder.phase);
  }

  /** Turns whatever ended the run early into the error that says so, with the run's state set and a checkpoint saved. */
  private async ended(error: unknown): Promise<unknown> {
    const lost = error instanceof FileError ? await this.whenFolderIsLost(error) : undefined;
    if (lost) return lost;
    if (!(error instanceof InterruptedError)) return this.failed(error);
    try {
      return await this.interrupted(error);
    } catch (failure) {
      return this.failed(failure);
    }
  }

  private async interrupted(error: InterruptedError): Promise<InterruptedError> {
    const { recorder } = this;
    await recorder.save();
    const request = error instanceof EndRequest ? error : new EndRequest({ by: 'signal' }, { cause: error });
    const message = request.after(this.trainer.position.step);
    await recorder.setState('interrupted', message, { ended: { by: request.reason.by } });
    return new InterruptedError(message, { cause: error });
  }

  /** A run whose folder was moved ends there, with a checkpoint; one whose folder is gone leaves nothing behind. */
  private async whenFolderIsLost(error: FileError): Promise<FileError | undefined> {
    const { store } = this.options;
    const before = store.folder;
    const became = await store.follow().catch(() => 'there' as const);
    if (became === 'there') return undefined;
    if (became === 'gone')
      return new FileError(
        `The run's folder ${before} is gone: it was deleted or moved while the run trained, so training has ended.`,
        { cause: error },
      );
    try {
      await this.recorder.save();
      const { step } = this.trainer.position;
      const message = `Interrupted after step ${step}: the run's folder was moved to ${store.folder}.`;
      await this.recorder.setState('interrupted', message, { ended: { by: 'accident' } });
      return new FileError(`${message} Resume it there.`, { cause: error });
    } catch (failure) {
      return new FileError(`The run's folder was moved to ${store.folder}: ${messageOf(failure)}`, { cause: failure });
    }
  }

  private async failed(error: unknown): Promise<unknown> {
    const { recorder } = this;
    // A full disk may be why the run ended: then nothing can be written, and the cause is what matters.
    await recorder.settle();
    const isDivergence = error instanceof DivergedError;
    const told = isDivergence ? await this.afterDivergence(error) : error;
    const ending = isDivergence
      ? { state: 'diverged' as const, lowerLearningRate: this.trainer.lowerLearningRate }
      : { state: 'failed' as const };
    await this.options.store.updateStatus({ ...ending, message: messageOf(told) }).catch(() => undefined);
    await recorder.log(messageOf(told)).catch(() => undefined);
    return told;
  }

  /** Leaves the last sound checkpoint as the newest, and says so. */
  private async afterDivergence(error: DivergedError): Promise<DivergedError> {
    const { recorder, trainer } = this;
    await recorder.dropDoubtful().catch(() => undefined);
    const { savedStep } = recorder;
    if (savedStep === undefined)
      return new DivergedError(`${error.message} There is no checkpoint yet.`, { cause: error });
    const saved = `The last good checkpoint was saved at step ${savedStep}.`;
    const { lowerLearningRate } = trainer;
    return new DivergedError(`${error.message} ${saved}`, { cause: error, lowerLearningRate });
  }

  private tellProgress(phase: RunProgress['phase'], fraction: number): void {
    const { trainer, recorder, options } = this;
    options.onProgress?.({
      phase,
      epoch: trainer.position.epoch,
      epochs: options.configuration.training.epochs,
      fraction,
      perplexity: trainer.perplexity,
      wordsPerSecond: recorder.told.latest,
      secondsLeft: recorder.secondsLeft,
    });
  }
}
