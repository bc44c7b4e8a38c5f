import { systemClock } from '../../util/clock.ts';
import type { Clock } from '../../util/clock.ts';
import { messageOf } from '../../util/errors.ts';

/** Where a suggestion is asked for. */
export interface Place {
  /** The document: a suggestion is for the same place of the same document only. */
  readonly document: string;
  /** The text before the cursor, and behind it where the model reads that, too. */
  readonly before: string;
  readonly after: string;
}

export interface Suggestion {
  /** Undefined: none. */
  readonly text?: string;
  /** Why there is none, in words. */
  readonly why?: string;
  readonly failed?: boolean;
}

interface SuggesterParts {
  readonly ask: (place: Place, signal: AbortSignal) => Promise<Suggestion>;
  readonly clock?: Clock;
}

const kept = 20;
/** After a failure nothing is asked automatically for so long: each key would start the process anew. */
const pauseMilliseconds = 10_000;

/**
 * What is suggested at a place. Who types what was suggested keeps the rest of it without another question; who types on
 * before an answer has come is not answered any more.
 */
export class Suggester {
  private readonly known: (Place & { text: string })[] = [];
  private readonly clock: Clock;
  private pausedUntil = -Infinity;
  private failure = '';
  /** How often all was forgotten. */
  private generation = 0;

  constructor(private readonly parts: SuggesterParts) {
    this.clock = parts.clock ?? systemClock;
  }

  /** What is known to be suggested here: the rest of what was suggested where less had been typed. */
  recall({ document, before, after }: Place): string | undefined {
    for (const entry of this.known) {
      if (entry.document !== document || entry.after !== after || !before.startsWith(entry.before)) continue;
      const typed = before.slice(entry.before.length);
      if (typed.length < entry.text.length && entry.text.startsWith(typed)) return entry.text.slice(typed.length);
    }
    return undefined;
  }

  /**
   * @param wait milliseconds in which more may be typed before it is asked
   * @param invoked a person has asked for it
   * @returns undefined where the signal aborted, or all was forgotten before the answer came
   */
  async suggest(
    place: Place,
    { wait, invoked, signal }: { wait: number; invoked: boolean; signal: AbortSignal },
  ): Promise<Suggestion | undefined> {
    const text = this.recall(place);
    if (text !== undefined) return { text };
    if (!invoked && this.clock.now() < this.pausedUntil) return { why: this.failure, failed: true };
    if (!(await this.rest(wait, signal))) return undefined;
    const { generation } = this;
    const isLate = (): boolean => signal.aborted || generation !== this.generation;
    try {
      const suggestion = await this.parts.ask(place, signal);
      if (isLate()) return undefined;
      if (suggestion.text !== undefined) this.keep({ ...place, text: suggestion.text });
      return suggestion;
    } catch (error) {
      if (isLate()) return undefined;
      this.pausedUntil = this.clock.now() + pauseMilliseconds;
      this.failure = messageOf(error);
      return { why: this.failure, failed: true };
    }
  }

  /** Forgets all: another run suggests, or differently. */
  clear(): void {
    this.generation++;
    this.known.length = 0;
    this.pausedUntil = -Infinity;
  }

  private keep(entry: Place & { text: string }): void {
    this.known.unshift(entry);
    this.known.length = Math.min(this.known.length, kept);
  }

  /** @returns whether the time has passed without the signal */
  private rest(milliseconds: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted || milliseconds <= 0) return Promise.resolve(!signal.aborted);
    return new Promise((resolve) => {
      const timer = this.clock.after(milliseconds, () => {
        signal.removeEventListener('abort', stop);
        resolve(true);
      });
      const stop = (): void => {
        timer.dispose();
        resolve(false);
      };
      signal.addEventListener('abort', stop, { once: true });
    });
  }
}

/** UTF-16 units that are read before the cursor, at least (where they are there); at most so many more. */
const readBefore = 1000;
const stride = 2000;

/**
 * Where the text that is read before a cursor starts. It stays where it is while a page is typed: a prefix that was read
 * once is not read again.
 *
 * @param offset of the cursor
 * @param lineStart the first offset of the line that an offset is on
 */
export function readFrom(offset: number, lineStart: (offset: number) => number): number {
  const start = Math.floor(Math.max(0, offset - readBefore) / stride) * stride;
  const line = lineStart(start);
  // A line that is longer than a page has no better start.
  return start - line < stride ? line : start;
}

/** What stands around a cursor on its line. */
export interface LineAround {
  readonly before: string;
  readonly after: string;
}

/**
 * Why nothing is suggested at a place before a model is asked.
 *
 * @param bidirectional the model reads what stands behind the cursor
 * @param invoked a person has asked for it
 */
export function silenceOf(
  text: string,
  { after }: Pick<LineAround, 'after'>,
  { bidirectional, invoked }: { bidirectional: boolean; invoked: boolean },
): string | undefined {
  if (/^[\p{L}\p{N}]/u.test(after)) {
    // An apostrophe between letters parts no word.
    const isInside = /[\p{L}\p{N}]\p{M}*['’]?$/u.test(text);
    return isInside ? 'the cursor is inside a word' : 'the cursor is right before a word';
  }
  if (invoked) return undefined;
  if (text.trim() === '') return 'there is no text yet';
  // Closing brackets and quotation marks are written by the editor itself.
  if (!bidirectional && /[\p{L}\p{N}]/u.test(after))
    return 'there is text after the cursor on this line, which this model does not read';
  return undefined;
}
