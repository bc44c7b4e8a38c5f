import type { TrainerHello } from '../protocol/trainer.ts';
import { EndRequest } from './endRequest.ts';
import type { EndReason } from './endRequest.ts';

/** A request takes a turn of the event loop to connect, one to be read, one to be taken apart and one to be handled. */
const turnsOfRequest = 4;
/** Whoever asks without end does not keep a run from its next step. */
const maxTurns = 200;
/** A little more than the least time between two heartbeats, so that none is left out. */
const pausedBeatMilliseconds = 1020;

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

/** Where a run stands, and what was asked of it that it has not done yet. */
type Standing =
  /** Before its first occasion. A pause that was asked for begins there. */
  | { readonly is: 'preparing'; readonly next: 'training' | 'pausing' }
  /** A call of the engine is under way. */
  | { readonly is: 'training' }
  /** The same; the run is to pause at its next occasion. */
  | { readonly is: 'pausing' }
  | { readonly is: 'paused' }
  /** Paused; it is to go on as soon as it looks. */
  | { readonly is: 'resuming' }
  /** A call of the engine is under way, or a pause; the error is thrown at the next occasion. */
  | { readonly is: 'ending'; readonly error: Error }
  /** Nothing is under way any more: the error was thrown, or stands for whoever is still to begin. */
  | { readonly is: 'ended'; readonly error: Error }
  /** The run is over, and everything that was to be written of it is. */
  | { readonly is: 'closed' };

const activities: Readonly<Record<Standing['is'], TrainerHello['activity']>> = {
  preparing: 'training',
  training: 'training',
  pausing: 'training',
  paused: 'paused',
  resuming: 'paused',
  ending: 'stopping',
  ended: 'stopping',
  closed: 'stopping',
};

/**
 * What others ask of a run: windows over the control socket, signals. The run asks it between two calls of the engine
 * (`between`), and only there does anything happen; each request is answered when it has.
 */
export class Steering {
  private standing: Standing = { is: 'preparing', next: 'training' };
  private wake: (() => void) | undefined;
  private readonly pauses = new Requests<void>();
  private readonly resumptions = new Requests<void>();
  private readonly stops = new Requests<void>();
  private readonly checkpoints = new Requests<number>();
  private readonly controller = new AbortController();

  /** Counts what came of late. */
  private heard = 0;

  /** @param signal interrupts the run; where its reason is an EndRequest, that says why, else it counts as a signal */
  constructor(signal?: AbortSignal) {
    const interrupt = () => {
      const reason: unknown = signal?.reason;
      this.end(reason instanceof EndRequest ? reason : new EndRequest({ by: 'signal' }, { cause: reason }));
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
    return activities[this.standing.is];
  }

  /** Settles when the run is paused and a checkpoint stands. */
  async pause(): Promise<void> {
    this.refuseWhenOver();
    this.resumptions.fail(new Error('the run was paused again before it continued'));
    switch (this.standing.is) {
      case 'preparing':
        this.standing = { is: 'preparing', next: 'pausing' };
        break;
      case 'training':
        this.standing = { is: 'pausing' };
        break;
      case 'resuming':
        this.standing = { is: 'paused' };
        return;
      case 'paused':
        return;
      default:
    }
    await this.pauses.join();
  }

  /** Settles when training goes on. */
  async resume(): Promise<void> {
    this.refuseWhenOver();
    this.pauses.fail(new Error('the run was resumed before it had paused'));
    switch (this.standing.is) {
      case 'preparing':
        this.standing = { is: 'preparing', next: 'training' };
        return;
      case 'pausing':
        this.standing = { is: 'training' };
        return;
      case 'paused':
        this.standing = { is: 'resuming' };
        this.wake?.();
        break;
      case 'resuming':
        break;
      default:
        return;
    }
    await this.resumptions.join();
  }

  /** Settles when the last step is done. @param reason left out: its user's wish */
  async stop(reason: EndReason = { by: 'user' }): Promise<void> {
    this.end(new EndRequest(reason));
    if (this.standing.is === 'ending') await this.stops.join();
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
    if (this.standing.is === 'preparing') this.standing = { is: this.standing.next };
    await this.letRequestsIn();
    this.throwWhenEnding();
    if (this.checkpoints.isEmpty && !this.isAt('pausing')) return;
    if (!this.checkpoints.isEmpty) await this.saveNow(run);
    if (this.isAt('pausing')) await this.rest(run);
    // The answers leave before the next step.
    await this.letRequestsIn();
    this.throwWhenEnding();
  }

  /** No more requests: the run is over. */
  close(): void {
    this.standing = { is: 'closed' };
    this.stops.settle();
    const over = new Error('the training has ended');
    for (const requests of [this.pauses, this.resumptions, this.checkpoints]) requests.fail(over);
  }

  /** Asked anew after each wait: a request may have come meanwhile. */
  private isAt(place: Standing['is']): boolean {
    return this.standing.is === place;
  }

  private end(error: Error): void {
    const { is } = this.standing;
    if (is === 'ending' || is === 'ended' || is === 'closed') return;
    this.standing = { is: is === 'preparing' ? 'ended' : 'ending', error };
    const over = new Error('the training is ending');
    for (const requests of [this.pauses, this.resumptions]) requests.fail(over);
    this.wake?.();
    this.controller.abort(error);
  }

  private refuseWhenOver(): void {
    const { is } = this.standing;
    if (is === 'closed') throw new Error('the training has ended');
    if (is === 'ending' || is === 'ended') throw new Error('the training is ending');
  }

  private throwWhenEnding(): void {
    const { standing } = this;
    if (standing.is !== 'ending' && standing.is !== 'ended') return;
    this.standing = { is: 'ended', error: standing.error };
    this.stops.settle();
    throw standing.error;
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
    const isSaved = await this.saveNow(run);
    if (!this.isAt('pausing')) return;
    this.standing = { is: isSaved ? 'paused' : 'training' };
    if (!isSaved) return;
    await run.pause();
    this.pauses.settle();
    while (this.isAt('paused')) {
      if (this.checkpoints.isEmpty) await this.wokenAfter(pausedBeatMilliseconds);
      else await this.saveNow(run);
      // A disk that is full for a while is no reason to give up a run that does nothing.
      await run.beat().catch(() => undefined);
    }
    this.throwWhenEnding();
    this.standing = { is: 'training' };
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
