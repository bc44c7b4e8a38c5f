import type { TrainerHello } from '../protocol/trainer.ts';
import { InterruptedError } from '../util/errors.ts';

/** A request takes a turn of the event loop to connect, one to be read, one to be taken apart and one to be handled. */
const turnsOfRequest = 4;
/** Whoever asks without end does not keep a run from its next step. */
const maxTurns = 200;
/** A little more than the least time between two heartbeats, so that none is left out. */
const pausedBeatMilliseconds = 1020;

/** Why a run ends before it is done, by somebody's wish. */
export class EndRequest extends InterruptedError {
  /** @param why what the wish came from, as the end of a sentence */
  constructor(
    private readonly verb: 'Interrupted' | 'Stopped',
    private readonly why?: string,
    options?: ErrorOptions,
  ) {
    super(`${verb} before training began${why === undefined ? '' : `: ${why}`}.`, options);
  }

  /** @param step steps done */
  after(step: number): string {
    return `${this.verb} after step ${step}${this.why === undefined ? '' : `: ${this.why}`}.`;
  }
}

/** What a run can do between two calls of the engine. */
export interface Steered {
  /** Makes a checkpoint of this moment stand. @returns its step */
  save(): Promise<number>;
  /** Tells that the run is paused. */
  pause(): Promise<void>;
  /** Tells that the run goes on. @param milliseconds how long it was paused */
  resume(milliseconds: number): Promise<void>;
  /** Beats the run's heart. */
  beat(): Promise<void>;
}

/**
 * What others ask of a run: windows over the control socket, signals. The run asks it between two calls of the engine
 * (`between`), and only there does anything happen; each request is answered when it has.
 */
export class Steering {
  private wanted: 'training' | 'paused' = 'training';
  private isPaused = false;
  private isUnderWay = false;
  /** Thrown at the next occasion; the run is then at its end. */
  private ending: Error | undefined;
  private isClosed = false;
  private wake: (() => void) | undefined;
  private readonly pauses = new Requests<void>();
  private readonly resumptions = new Requests<void>();
  private readonly stops = new Requests<void>();
  private readonly checkpoints = new Requests<number>();
  private readonly controller = new AbortController();

  /** Counts what came of late. */
  private heard = 0;

  /** @param signal interrupts the run */
  constructor(signal?: AbortSignal) {
    const interrupt = () => {
      this.end(new EndRequest('Interrupted', undefined, { cause: signal?.reason }));
    };
    if (signal?.aborted) interrupt();
    else signal?.addEventListener('abort', interrupt, { once: true });
  }

  /** Something came over a connection, or is to be sent: it is given its time before the next step. */
  hear(): void {
    this.heard++;
  }

  /**
   * Lets the event loop look at sockets, signals and timers until all is quiet: the engine's runs block it, and else a
   * request and its answer would take several steps. Takes some microseconds where nothing has come.
   */
  async letRequestsIn(): Promise<void> {
    for (let turn = 0, quiet = 0; quiet < turnsOfRequest && turn < maxTurns; turn++) {
      const { heard } = this;
      await new Promise((settle) => setImmediate(settle));
      quiet = this.heard === heard ? quiet + 1 : 0;
    }
  }

  /** Aborts when the run is to end: for what comes before the first step. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get activity(): TrainerHello['activity'] {
    if (this.ending || this.isClosed) return 'stopping';
    return this.isPaused ? 'paused' : 'training';
  }

  /** Settles when the run is paused and a checkpoint stands. */
  async pause(): Promise<void> {
    this.refuseWhenOver();
    this.wanted = 'paused';
    this.resumptions.fail(new Error('the run was paused again before it continued'));
    if (!this.isPaused) await this.pauses.join();
  }

  /** Settles when training goes on. */
  async resume(): Promise<void> {
    this.refuseWhenOver();
    this.wanted = 'training';
    this.pauses.fail(new Error('the run was resumed before it had paused'));
    if (!this.isPaused) return;
    this.wake?.();
    await this.resumptions.join();
  }

  /** Settles when the last step is done. @param why as the end of a sentence */
  async stop(why?: string): Promise<void> {
    const isAtRest = this.isClosed || !this.isUnderWay;
    this.end(new EndRequest('Stopped', why));
    if (!isAtRest) await this.stops.join();
  }

  /** Saves a checkpoint. @returns its step */
  async checkpoint(): Promise<number> {
    this.refuseWhenOver();
    this.wake?.();
    return this.checkpoints.join();
  }

  /** Ends the run with an error that has nothing to do with what it computes. */
  fail(error: Error): void {
    this.end(error);
  }

  /**
   * Does what was asked for. The run calls it between two calls of the engine.
   * @throws EndRequest, or what `fail` was given, when the run is to end
   */
  async between(run: Steered): Promise<void> {
    this.isUnderWay = true;
    await this.letRequestsIn();
    this.throwWhenEnding();
    if (this.checkpoints.isEmpty && this.wanted === 'training') return;
    if (!this.checkpoints.isEmpty) await this.saveNow(run);
    if (this.wanted === 'paused') await this.rest(run);
    // The answers leave before the next step.
    await this.letRequestsIn();
    this.throwWhenEnding();
  }

  /** No more requests: the run is over. */
  close(): void {
    this.isClosed = true;
    this.stops.settle();
    const over = new Error('the training has ended');
    for (const requests of [this.pauses, this.resumptions, this.checkpoints]) requests.fail(over);
  }

  private end(error: Error): void {
    if (this.ending || this.isClosed) return;
    this.ending = error;
    const over = new Error('the training is ending');
    for (const requests of [this.pauses, this.resumptions]) requests.fail(over);
    this.wake?.();
    this.controller.abort(error);
  }

  private refuseWhenOver(): void {
    if (this.isClosed) throw new Error('the training has ended');
    if (this.ending) throw new Error('the training is ending');
  }

  private throwWhenEnding(): void {
    if (!this.ending) return;
    this.isUnderWay = false;
    this.stops.settle();
    throw this.ending;
  }

  /** What the disk refuses is told to who asked, and training goes on. @returns whether it was saved */
  private async saveNow(run: Steered): Promise<boolean> {
    try {
      this.checkpoints.settle(await run.save());
      return true;
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      this.checkpoints.fail(failure);
      this.pauses.fail(failure);
      return false;
    }
  }

  private async rest(run: Steered): Promise<void> {
    const since = performance.now();
    if (!(await this.saveNow(run))) this.wanted = 'training';
    if (this.wanted === 'training') return;
    this.isPaused = true;
    await run.pause();
    this.pauses.settle();
    while (this.wanted === 'paused' && !this.ending) {
      if (this.checkpoints.isEmpty) await this.wokenAfter(pausedBeatMilliseconds);
      else await this.saveNow(run);
      // A disk that is full for a while is no reason to give up a run that does nothing.
      await run.beat().catch(() => undefined);
    }
    this.isPaused = false;
    this.throwWhenEnding();
    await run.resume(performance.now() - since);
    this.resumptions.settle();
  }

  private async wokenAfter(milliseconds: number): Promise<void> {
    await new Promise<void>((settle) => {
      const timer = setTimeout(settle, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        settle();
      };
    });
    this.wake = undefined;
  }
}

/** Those that asked for the same and wait for it. */
class Requests<T> {
  private waiting: { settle: (value: T) => void; fail: (error: Error) => void }[] = [];

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  join(): Promise<T> {
    return new Promise((settle, fail) => this.waiting.push({ settle, fail }));
  }

  settle(value: T): void {
    for (const { settle } of this.waiting.splice(0)) settle(value);
  }

  fail(error: Error): void {
    for (const { fail } of this.waiting.splice(0)) fail(error);
  }
}
