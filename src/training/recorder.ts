import { measureOf } from '../config/measures.ts';
import type { Configuration } from '../config/schema.ts';
import type { Checkpoint } from '../runs/checkpoints.ts';
import { removeLaterCheckpoints } from '../runs/checkpoints.ts';
import type { RunPhase, RunState } from '../runs/schema.ts';
import type { RunStore, StatusPatch } from '../runs/store.ts';
import { logLines } from './events.ts';
import type { SavedProgress, TrainingEvent } from './events.ts';
import { Meter } from './meter.ts';
import type { PatienceOptions } from './patience.ts';
import { PatientStore } from './patientStore.ts';
import { StopTimes } from './stopTimes.ts';
import type { StepResult, Trainer } from './trainer.ts';

/** A record goes to metrics.jsonl every so many steps, and every tenth of them is told as an event. */
const recordEvery = 10;
const tellEvery = 100;
const statusMilliseconds = 1000;

type EventListener = ((event: TrainingEvent) => void) | undefined;

/** Writes a run's folder while it trains: metrics, log, status and checkpoints. Keeps the figures and times of the run. */
export class Recorder {
  /** Words a second, as the last event told. */
  readonly told: Meter;
  /** How long a stop takes, which the status tells. */
  readonly stopTimes = new StopTimes();
  private current: RunPhase = 'train';
  private readonly recorded: Meter;
  private readonly saved: Omit<SavedProgress, 'position'>;
  /** What the newest checkpoint holds. */
  private lastSaved: { step: number; finishedEpochs: number } | undefined;
  /** The step of the newest checkpoint whose weights are sound: the step that was made of them was in no doubt. */
  private soundStep: number | undefined;
  /** The step of a newer checkpoint, of which the next step will tell. */
  private untriedStep: number | undefined;
  /** By the clock that nobody sets, as the one below. */
  private lastCheckpoint = performance.now();
  private lastStatus = -Infinity;
  private statusWrite: Promise<void> = Promise.resolve();
  private clock = performance.now();
  private readonly measure: ReturnType<typeof measureOf>;
  private warning: string | undefined;
  private readonly files: PatientStore;

  constructor(
    private readonly store: RunStore,
    private readonly trainer: Trainer,
    private readonly configuration: Configuration,
    checkpoint: Checkpoint<SavedProgress> | undefined,
    listener: Pick<PatienceOptions, 'signal' | 'onNotice'>,
  ) {
    this.files = new PatientStore(store, {
      ...listener,
      status: () => this.statusPatch(),
      leaveOut: (milliseconds) => this.leaveOut(milliseconds),
    });
    if (checkpoint) {
      const { finishedEpochs, soundStep } = checkpoint.progress;
      this.lastSaved = { step: checkpoint.step, finishedEpochs };
      this.soundStep = soundStep ?? undefined;
      if (!this.isDoubtful) this.untriedStep = checkpoint.step;
    }
    // A copy: it changes from step to step, and the checkpoint is its owner's.
    this.saved = structuredClone(checkpoint?.progress) ?? {
      finishedEpochs: 0,
      seconds: 0,
      epochSeconds: 0,
      validPerplexity: null,
      bestValidPerplexity: null,
      validPerplexities: [],
    };
    this.measure = measureOf(configuration.model);
    this.warning = store.status.warning;
    this.told = new Meter(trainer.wordsPerStep);
    this.recorded = new Meter(trainer.wordsPerStep);
  }

  /** Epochs that were validated and recorded. */
  get finishedEpochs(): number {
    return this.saved.finishedEpochs;
  }

  /** Of the last validation; NaN before the first. */
  get validPerplexity(): number {
    return this.saved.validPerplexity ?? NaN;
  }

  /** The step of the newest checkpoint. */
  get savedStep(): number | undefined {
    return this.lastSaved?.step;
  }

  /** Seconds that the rest of the run takes at the speed so far; null before the first step. */
  get secondsLeft(): number | null {
    const { step } = this.trainer.position;
    return step === 0 ? null : (this.saved.seconds / step) * (this.trainer.totalSteps - step);
  }

  /** What is computed just now. */
  get phase(): RunPhase {
    return this.current;
  }

  /**
   * Something else is computed from now on. Its first call may block for long: whoever wants to stop the run must not take
   * the times of the phase before for its own, so the status stands when this settles.
   */
  async enter(phase: RunPhase): Promise<void> {
    this.current = phase;
    this.lastStatus = -Infinity;
    await this.beat();
    // What the disk refuses is told by the next beat.
    await this.settle();
  }

  /** Starts the clocks anew: what lies between epochs is nobody's time. */
  restartClocks(): void {
    this.clock = performance.now();
    this.recorded.restart();
    this.told.restart();
  }

  /** Records a step, when one is due; beats the heart and saves a checkpoint when it is time. @throws FileError */
  async recordStep({ gradientFlow, ...result }: StepResult, onEvent: EventListener): Promise<void> {
    const { epoch, step, epochStep } = this.trainer.position;
    if (!this.isDoubtful) this.soundStep = this.untriedStep ?? this.soundStep;
    this.untriedStep = undefined;
    this.passTime();
    this.recorded.count();
    this.told.count();
    const isDue = (every: number) => (epochStep - 1) % every === 0 || this.trainer.isEpochDone;
    const figures = { epoch, step, epochStep, ...result };
    if (isDue(recordEvery)) {
      const { seconds } = this.saved;
      await this.files.append({ event: 'step', ...figures, wordsPerSecond: this.recorded.read(), seconds });
    }
    if (gradientFlow) await this.files.append({ event: 'gradientFlow', epoch, step, layers: gradientFlow });
    if (isDue(tellEvery)) await this.tell({ event: 'step', ...figures, wordsPerSecond: this.told.read() }, onEvent);
    await this.beat();
    if (performance.now() - this.lastCheckpoint >= this.configuration.training.checkpointSeconds * 1000)
      await this.save();
  }

  /** Records an epoch after its validation, and saves a checkpoint. @throws FileError */
  async recordEpoch(validPerplexity: number, onEvent: EventListener): Promise<void> {
    const { saved, trainer } = this;
    const { epoch, step } = trainer.position;
    this.passTime();
    saved.finishedEpochs = epoch;
    saved.validPerplexity = validPerplexity;
    saved.validPerplexities = [...trainer.validPerplexities];
    const isBest = validPerplexity < (saved.bestValidPerplexity ?? Infinity);
    if (isBest) saved.bestValidPerplexity = validPerplexity;
    const trainPerplexity = trainer.perplexity;
    const record = { epoch, trainPerplexity, validPerplexity, seconds: saved.epochSeconds };
    await this.files.append({ event: 'epoch', step, ...record });
    await this.tell({ event: 'epoch', ...record }, onEvent);
    saved.epochSeconds = 0;
    // Before the checkpoint that says so: a run that is killed between them does this epoch's end again.
    if (isBest) await this.saveBest();
    await this.save();
  }

  /** Records the test, if there was one, and that the run is done. @throws FileError */
  async recordEnd(testPerplexity: number | undefined, onEvent: EventListener): Promise<void> {
    // The test is of the best weights where a run may stop early: the validation that stands beside it is theirs too.
    const { earlyStoppingEpochs } = this.configuration.training;
    const best = earlyStoppingEpochs === null ? null : this.saved.bestValidPerplexity;
    const validPerplexity = best ?? this.validPerplexity;
    const figures = testPerplexity === undefined ? {} : { testPerplexity };
    if (testPerplexity !== undefined) {
      const { step } = this.trainer.position;
      await this.files.append({ event: 'test', step, testPerplexity, validPerplexity });
    }
    const event = { event: 'done', ...figures, validPerplexity } as const;
    for (const line of logLines(event, this.measure)) await this.log(line);
    await this.setState('done', 'Training is done.', { figures });
    onEvent?.(event);
  }

  /** The run goes on after a pause, which counts nowhere. @throws FileError */
  async resume(pausedMilliseconds: number): Promise<void> {
    this.leaveOut(pausedMilliseconds);
    await this.settle();
    await this.log(`Continued after step ${this.trainer.position.step}.`);
    await this.files.setStatus({ state: 'running', ...this.statusPatch(), message: undefined });
  }

  /** Sets the run's state, with a sentence for a person. @throws FileError */
  async setState(
    state: RunState,
    message: string,
    { figures, ...rest }: { figures?: { testPerplexity?: number } } & Pick<StatusPatch, 'ended'> = {},
  ): Promise<void> {
    await this.settle();
    await this.log(message);
    await this.files.setStatus({ state, ...this.statusPatch(figures), ...rest, message });
  }

  /** Writes the status, when the last one is old enough: the run's heartbeat. @throws FileError */
  async beat(): Promise<void> {
    const now = performance.now();
    if (now - this.lastStatus < statusMilliseconds) return;
    this.lastStatus = now;
    // The disk works while the next step computes; what it could not write is told by the beat after it.
    const refused = await this.statusWrite.then(
      () => false,
      () => true,
    );
    this.statusWrite = Promise.resolve();
    if (refused) return this.files.setStatus(this.statusPatch());
    const write = this.store.updateStatus(this.statusPatch());
    this.statusWrite = write;
    write.catch(() => undefined);
  }

  /** Waits for a status that is still being written. What the disk refuses now does not matter any more. */
  async settle(): Promise<void> {
    await this.statusWrite.catch(() => undefined);
  }

  /**
   * Saves a checkpoint, unless one with the same in it stands already. The last one that is known to be sound stays beside
   * it.
   *
   * @throws DivergedError where the weights are not finite: nothing is saved; FileError
   */
  async save(): Promise<void> {
    const { step } = this.trainer.position;
    const { finishedEpochs } = this.saved;
    if (this.lastSaved?.step === step && this.lastSaved.finishedEpochs === finishedEpochs) return;
    await this.files.save((write) =>
      this.stopTimes.measureCheckpoint(async () => {
        const tensors = await this.trainer.snapshot();
        if (!tensors.every(({ data }) => areFinite(data)))
          throw this.trainer.diverged('not all weights are finite numbers');
        const progress = { ...this.progress(), soundStep: this.soundStep ?? null };
        await write({ step, tensors, progress, beside: this.soundStep });
      }),
    );
    this.lastSaved = { step, finishedEpochs };
    this.untriedStep = this.isDoubtful ? undefined : step;
    this.lastCheckpoint = performance.now();
  }

  /** Makes the last checkpoint that is known to be sound the newest, where there is one: removes those after it. @throws FileError */
  async dropDoubtful(): Promise<void> {
    const { soundStep, lastSaved } = this;
    if (soundStep === undefined || lastSaved === undefined || soundStep >= lastSaved.step) return;
    if (await removeLaterCheckpoints(this.store.folder, soundStep)) this.lastSaved = { ...lastSaved, step: soundStep };
  }

  private get isDoubtful(): boolean {
    return this.trainer.costs.doubtfulSince !== null;
  }

  /** Keeps the weights as they are now as the run's best. @throws FileError */
  private async saveBest(): Promise<void> {
    const { step } = this.trainer.position;
    const tensors = await this.trainer.weights();
    await this.files.save((write) => write({ step, tensors, progress: this.progress() }), 'best');
  }

  /** What a checkpoint holds beside the tensors. */
  private progress() {
    return { ...this.saved, position: { ...this.trainer.position }, costs: this.trainer.costs.saved };
  }

  /** Tells a person in the log, and in the status from now on. @throws FileError */
  async warn(warning: string): Promise<void> {
    this.warning = warning;
    await this.log(`Warning: ${warning}`);
  }

  private async tell(event: TrainingEvent, onEvent: EventListener): Promise<void> {
    for (const line of logLines(event, this.measure)) await this.log(line);
    onEvent?.(event);
  }

  async log(line: string): Promise<void> {
    await this.files.log(line);
  }

  /** Time in which nothing was computed counts nowhere. */
  private leaveOut(milliseconds: number): void {
    this.clock += milliseconds;
    this.stopTimes.leaveOut(milliseconds);
    this.recorded.leaveOut(milliseconds);
    this.told.leaveOut(milliseconds);
  }

  /** Adds the time since the last call to the run's and the epoch's seconds. */
  private passTime(): void {
    const now = performance.now();
    this.saved.seconds += (now - this.clock) / 1000;
    this.saved.epochSeconds += (now - this.clock) / 1000;
    this.clock = now;
  }

  private statusPatch(figures: { testPerplexity?: number } = {}) {
    const { trainer, saved, secondsLeft } = this;
    const { step, epoch, epochStep } = trainer.position;
    const { totalSteps, stepsPerEpoch } = trainer;
    const { epochs } = this.configuration.training;
    const { phase } = this;
    const stopTimes = this.stopTimes.of(phase);
    return {
      stopTimes,
      progress: { epoch, epochs, step, totalSteps, fraction: step / totalSteps, secondsLeft, phase, stepsPerEpoch },
      latest: {
        ...(epochStep > 0 ? { trainPerplexity: trainer.perplexity } : {}),
        ...(saved.validPerplexity === null ? {} : { validPerplexity: saved.validPerplexity }),
        ...figures,
      },
      ...(this.warning === undefined ? {} : { warning: this.warning }),
      best: saved.bestValidPerplexity === null ? {} : { validPerplexity: saved.bestValidPerplexity },
    };
  }
}

/** Some ten milliseconds for ten million numbers; Array.every takes several times as long. */
function areFinite(data: Float32Array): boolean {
  let zero = 0;
  for (let index = 0; index < data.length; index++) zero += (data[index] ?? 0) * 0;
  return zero === 0;
}
