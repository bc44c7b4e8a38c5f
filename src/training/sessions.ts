import { basename } from 'node:path';
import { version } from '../../package.json';
import { measureOf } from '../config/measures.ts';
import type { Configuration, EngineConfiguration } from '../config/schema.ts';
import { loadCorpus } from '../corpus/corpus.ts';
import type { Corpus } from '../corpus/corpus.ts';
import { createEngine } from '../engine/index.ts';
import type { Engine } from '../engine/engine.ts';
import { describeThreads } from '../engine/processors.ts';
import { hasCheckpoints, loadCheckpoint } from '../runs/checkpoints.ts';
import type { Checkpoint } from '../runs/checkpoints.ts';
import { readConfig, readStatus } from '../runs/files.ts';
import { configurationToResume } from '../runs/keptConfiguration.ts';
import { changeLearningRate } from '../runs/learningRate.ts';
import { hasMetrics } from '../runs/metrics.ts';
import type { RunConfig } from '../runs/schema.ts';
import { mendStatus } from '../runs/sideFiles.ts';
import { createRun, openRun, refuseOthers } from '../runs/store.ts';
import type { RunStore } from '../runs/store.ts';
import { sumsNotice } from '../runs/sumsNotice.ts';
import { ConfigurationError, FileError } from '../util/errors.ts';
import { errorCode } from '../util/fileErrors.ts';
import { countParameters } from './parameters.ts';
import { progressSchema } from './events.ts';
import type { RunProgress, SavedProgress, TrainingEvent } from './events.ts';
import { RunControl } from './control.ts';
import { prepareRun, trainRun } from './run.ts';
import { chooseThreads } from './threads.ts';
import { describeCorpus, loadRunCorpus } from '../trainedModel/runCorpus.ts';
import type { WindowTie } from './windows.ts';

/** What a run is, told once before its first step; the fields are those of the command line's JSON. */
export interface StartEvent {
  event: 'start';
  /** The run's id. */
  run: string;
  directory: string;
  parameters: number;
  vocabulary: number;
  trainTokens: number;
  /** What the figures that follow are: those of a bidirectional model must not be compared with a perplexity. */
  measure: ReturnType<typeof measureOf>;
  /** The least perplexity that any model can reach on the test text, where it is known. */
  floor?: number;
  /** Steps that were done before, when a run is resumed. */
  resumedAt?: number;
}

/** Everything that a session tells. The last event can be read alone: it says which run it is of. */
export type SessionEvent =
  | StartEvent
  | Exclude<TrainingEvent, { event: 'done' }>
  | (Extract<TrainingEvent, { event: 'done' }> & Pick<StartEvent, 'run' | 'directory'>);

export interface SessionListener {
  onEvent?: (event: SessionEvent) => void;
  onProgress?: (progress: RunProgress) => void;
  /** A sentence that a person should read. */
  onNotice?: (sentence: string) => void;
  signal?: AbortSignal;
}

/** Who has a run made or resumed. */
export interface SessionOptions extends SessionListener {
  /** How the run is tied to windows; left out for one that was started from a terminal. */
  windows?: WindowTie;
  /** Told first of all of what steers the run: for faults of the whole process. */
  onControl?: (control: RunControl) => void;
}

/**
 * Makes a run from a configuration and trains it to its end.
 * @throws what loadCorpus, createEngine, prepareRun, createRun and trainRun throw; whatever can be found out before the
 *   first step leaves nothing behind
 */
export async function startRun(
  options: SessionOptions & { configuration: Configuration; runsFolder: string },
): Promise<void> {
  await controlled(options, async (control) => {
    const corpus = await loadCorpus(options.configuration.corpus, { signal: control.steering.signal });
    const computed = await engineFor(options.configuration, { corpus, options, control, measures: true });
    const { configuration, engine, sentence } = computed;
    const openStore = () =>
      createRun({
        runsFolder: options.runsFolder,
        configuration,
        versions: { sequenceLab: version, node: process.version, engine: engine.description },
        corpus: describeCorpus(configuration, corpus),
        vocabulary: corpus.vocabulary.toJSON(),
        onFolder: (folder) => control.hold(folder),
        log: [sentence, engine.repeatability].filter((line) => line !== undefined),
      });
    await train(options, { configuration, corpus, engine, openStore, control });
  });
}

/**
 * Goes on with a run that was interrupted, from its newest good checkpoint, and ends with the numbers that it would have
 * ended with.
 *
 * @param options.engine replaces the device or the threads that the run was made with; 0 threads are measured anew
 * @param options.acceptConfig takes config.json as it is now where it differs from what the checkpoint was made with
 * @param options.learningRate replaces the run's from the checkpoint on, for good: a run that has diverged may then go on
 * @throws ConfigurationError when the run is done already
 * @throws FileError when the run is damaged or still being trained, or its corpus is gone or has changed
 */
export async function resumeRun(options: SessionOptions & Resumption): Promise<void> {
  await controlled(options, async (control) => {
    // First of all: what is read of the run must not change while it is made ready.
    await control.hold(options.folder);
    await resumeHeld(options, control);
  });
}

interface Resumption {
  folder: string;
  engine?: Partial<EngineConfiguration>;
  learningRate?: number | undefined;
  acceptConfig?: boolean | undefined;
}

async function resumeHeld(options: SessionOptions & Resumption, control: RunControl): Promise<void> {
  const { folder, onNotice } = options;
  const mended = await mendStatus(folder);
  if (mended !== undefined) onNotice?.(mended);
  const status = await readStatus(folder);
  if (status.state === 'done') throw new ConfigurationError(`The run ${folder} is done: there is nothing to resume.`);
  refuseOthers(folder, status);
  const checkpoint = await newestCheckpoint(folder);
  const { config, sentence: changed } = await configurationOf(folder, { checkpoint, accept: options.acceptConfig });
  if (changed !== undefined) onNotice?.(changed);
  const corpus = await loadRunCorpus(folder, config, { signal: control.steering.signal });
  if (corpus.digest !== config.corpus.digest) {
    throw new FileError(
      `The corpus of ${folder} (${config.corpus.path ?? config.corpus.kind}) has changed since the run was created: ` +
        'resuming would mix two texts. Restore the old files, or train a new run.',
    );
  }
  for (const warning of checkpoint?.warnings ?? [
    'No checkpoint was saved before the run ended: training starts from the beginning.',
  ]) {
    onNotice?.(warning);
  }
  const { training } = config.configuration;
  const { learningRate = training.learningRate } = options;
  const asked = {
    ...config.configuration,
    training: { ...training, learningRate },
    engine: { ...config.configuration.engine, ...options.engine },
  };
  // A stored 0 that is not touched stays what the run was made with: all cores. On another device or engine than that of the
  // run it means what it means for a new run.
  const { threads, device, name } = options.engine ?? {};
  const measures = threads === 0 || (threads === undefined && (device !== undefined || name !== undefined));
  const { configuration, engine, sentence } = await engineFor(asked, { corpus, options, control, measures });
  const point = { step: checkpoint?.step ?? 0, finishedEpochs: checkpoint?.progress.finishedEpochs ?? 0 };
  const sums = sumsNotice({ config, status });
  const openStore = async () => {
    if (engine.description !== config.versions.engine) {
      onNotice?.(
        `The run was created with ${config.versions.engine}; with ${engine.description} the last digits can differ.`,
      );
    }
    const rate =
      learningRate === training.learningRate
        ? undefined
        : `The learning rate is ${learningRate} after step ${point.step} (before: ${training.learningRate}).`;
    if (rate !== undefined) await changeLearningRate(folder, { step: point.step, learningRate });
    const store = await openRun(folder, point, onNotice);
    if (sums !== undefined) onNotice?.(sums);
    for (const line of [changed, sums, sentence, engine.repeatability, rate])
      if (line !== undefined) await logOrClose(store, line);
    return store;
  };
  await train(options, { configuration, corpus, engine, openStore, checkpoint, control });
}

/**
 * The engine that a configuration names, and the configuration with the number of threads that was found for it.
 *
 * @param given.measures whether 0 threads are a number to be found; else they are all cores
 * @returns also a sentence for the log where a number was looked for
 */
async function engineFor(
  configuration: Configuration,
  given: { corpus: Corpus; options: SessionListener; control: RunControl; measures: boolean },
): Promise<{ configuration: Configuration; engine: Engine; sentence?: string }> {
  const { corpus, options, control, measures } = given;
  const engine = await createEngine({ ...configuration.engine, ...noticeOf(options) });
  if (!measures || configuration.engine.threads !== 0) return { configuration, engine };
  const { signal } = control.steering;
  const text = { ids: corpus.splits.train, vocabularySize: corpus.vocabulary.size };
  const chosen = await chooseThreads(engine, { configuration, ...text, signal });
  if (chosen === undefined) return { configuration, engine };
  const { threads, reason } = chosen;
  const settings = { ...configuration.engine, threads };
  return {
    configuration: { ...configuration, engine: settings },
    engine: chosen.engine,
    sentence: `${describeThreads(threads)}, ${reason}.`,
  };
}

/** Writes a sentence into the log of a run that is resumed. @throws FileError; the store is then closed */
async function logOrClose(store: RunStore, sentence: string): Promise<void> {
  try {
    await store.appendLog(sentence);
  } catch (error) {
    await store.close().catch(() => undefined);
    throw error;
  }
}

/** Runs a session that others can steer while it goes on. */
async function controlled(options: SessionOptions, session: (control: RunControl) => Promise<void>): Promise<void> {
  const control = new RunControl(options);
  options.onControl?.(control);
  try {
    await session(control);
  } finally {
    await control.release();
  }
}

/** Undefined for a run that ended before its first checkpoint, when it had not made a step either. */
async function newestCheckpoint(folder: string): Promise<Checkpoint<SavedProgress> | undefined> {
  const hasBegun = (await hasCheckpoints(folder)) || (await hasRecords(folder));
  return hasBegun ? loadCheckpoint(folder, progressSchema) : undefined;
}

async function train(
  listener: SessionListener,
  parts: {
    configuration: Configuration;
    corpus: Corpus;
    engine: Engine;
    /** Called when all is ready for the first step. */
    openStore: () => Promise<RunStore>;
    checkpoint?: Checkpoint<SavedProgress> | undefined;
    control: RunControl;
  },
): Promise<void> {
  const { configuration, corpus, checkpoint, control } = parts;
  const { steering } = control;
  steering.signal.throwIfAborted();
  const prepared = await prepareRun({ ...parts, onNotice: listener.onNotice });
  try {
    steering.signal.throwIfAborted();
    const store = await parts.openStore();
    try {
      const place = { run: basename(store.folder), directory: store.folder };
      control.begin();
      listener.onEvent?.({
        event: 'start',
        ...place,
        parameters: countParameters(configuration.model, corpus.vocabulary.size),
        vocabulary: corpus.vocabulary.size,
        trainTokens: corpus.splits.train.length,
        measure: measureOf(configuration.model),
        ...(corpus.floor ? { floor: corpus.floor.perplexity.test } : {}),
        ...(checkpoint ? { resumedAt: checkpoint.step } : {}),
      });
      const onEvent = (event: TrainingEvent) =>
        listener.onEvent?.(event.event === 'done' ? { ...event, ...place } : event);
      const { onProgress, onNotice } = listener;
      await trainRun({ ...parts, onEvent, onProgress, onNotice, steering, store, prepared });
    } finally {
      await store.close();
    }
  } finally {
    await prepared.dispose();
  }
}

function noticeOf({ onNotice }: Pick<SessionListener, 'onNotice'>) {
  return onNotice ? { onNotice } : {};
}

/** The run's config.json with the configuration that the checkpoint keeps. @throws FileError */
async function configurationOf(
  folder: string,
  { checkpoint, accept = false }: { checkpoint: Checkpoint<SavedProgress> | undefined; accept: boolean | undefined },
): Promise<{ config: RunConfig; sentence?: string }> {
  const config = await readConfig(folder);
  return checkpoint === undefined ? { config } : configurationToResume(folder, config, { checkpoint, accept });
}

/** Whether a step was recorded. Metrics that are damaged had records once; a file that is gone says nothing. */
async function hasRecords(folder: string): Promise<boolean> {
  return hasMetrics(folder).catch((error: unknown) => {
    if (!(error instanceof FileError)) throw error;
    return errorCode(error.cause) !== 'ENOENT';
  });
}
