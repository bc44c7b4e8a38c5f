import { setTimeout as wait } from 'node:timers/promises';
import { FileError, messageOf } from '../util/errors.ts';
import { mayPass } from '../util/fileErrors.ts';
import { describeDuration } from '../util/durations.ts';

/** The first wait, doubled after each refusal up to the longest. */
const firstMilliseconds = 500;
const longestMilliseconds = 60_000;
/** A run that cannot write for so long is given up: nobody would know how it stands. */
const patienceMilliseconds = 30 * 60_000;

export interface PatienceOptions {
  /** Aborts when the run is to end: nothing is waited for then. */
  readonly signal: AbortSignal;
  /** Told when waiting begins, why, and when it ends. */
  readonly onNotice: ((sentence: string) => void) | undefined;
  /** While it waits, before each further try. @param sentence why it waits. That it rejects does not matter */
  readonly onTry: (sentence: string) => Promise<void>;
  /** All is written again. @param milliseconds since the first refusal. That it rejects does not matter */
  readonly onGoOn: (sentence: string, milliseconds: number) => Promise<void>;
  /** How long is waited in all; half an hour where it is left out. */
  readonly milliseconds?: number;
}

/**
 * Writes of a run that the disk refuses for a while: a disk that is full for a minute, a quota, a network folder that is
 * away. They are tried again with growing distance, and training waits meanwhile.
 */
export class Patience {
  private waiting: Promise<void> | undefined;
  private refusal: { readonly since: number; readonly sentence: string } | undefined;
  private distance = firstMilliseconds;
  private isPatient = false;

  constructor(private readonly options: PatienceOptions) {}

  /** From now on refusals are waited for: until then somebody is there who can be told. */
  begin(): void {
    this.isPatient = true;
  }

  /**
   * Writes, and again where that is refused for a reason that may pass.
   * @throws the error of the last try where the reason cannot pass, the run is to end, or half an hour is over
   */
  async write<T>(write: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const written = await write();
        await this.succeeded();
        return written;
      } catch (error) {
        await this.next(error);
      }
    }
  }

  /** Writes that overlap wait together. */
  private async next(error: unknown): Promise<void> {
    const { signal, milliseconds = patienceMilliseconds } = this.options;
    if (!(error instanceof FileError) || !mayPass(error) || !this.isPatient || signal.aborted) throw error;
    this.refusal ??= this.refused(messageOf(error));
    if (performance.now() - this.refusal.since > milliseconds)
      throw new FileError(`${messageOf(error)}. It was tried again for ${describeDuration(milliseconds / 1000)}.`, {
        cause: error,
      });
    this.waiting ??= this.rest().finally(() => (this.waiting = undefined));
    await this.waiting;
  }

  private async rest(): Promise<void> {
    // A run that is to end does not wait; the last try tells how it ends.
    await wait(this.distance, undefined, { signal: this.options.signal }).catch(() => undefined);
    this.distance = Math.min(2 * this.distance, longestMilliseconds);
    await this.options.onTry(this.refusal?.sentence ?? '').catch(() => undefined);
  }

  private refused(why: string) {
    const sentence = `Training waits, because ${why}. It is tried again until it works.`;
    this.options.onNotice?.(sentence);
    return { since: performance.now(), sentence };
  }

  private async succeeded(): Promise<void> {
    const { refusal } = this;
    if (refusal === undefined || this.waiting) return;
    this.refusal = undefined;
    this.distance = firstMilliseconds;
    const milliseconds = performance.now() - refusal.since;
    const sentence = `Training continues after a wait of ${describeDuration(milliseconds / 1000)}: it can write again.`;
    this.options.onNotice?.(sentence);
    await this.options.onGoOn(sentence, milliseconds).catch(() => undefined);
  }
}
