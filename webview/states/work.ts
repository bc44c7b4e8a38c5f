import { wordsOf } from '../shared/panelHost.ts';

/** Long work of the host's that can be given up: how far it is, what it has found, or why not. */
export class Work<R> {
  /** What it was asked for; a result of something else is not shown. */
  of = '';
  result: R | undefined;
  problem: string | undefined;
  /** Null while nothing is under way. */
  fraction: number | null = null;
  #ticket: number | undefined;
  readonly #tickets: Tickets;
  readonly #changed: () => void;

  constructor(tickets: Tickets, changed: () => void) {
    this.#tickets = tickets;
    this.#changed = changed;
  }

  /** What it has found, if that is what it was asked for. */
  resultOf(subject: string): R | undefined {
    return this.of === subject ? this.result : undefined;
  }

  /** Begins anew; what was under way is given up. Never rejects: what goes wrong is its `problem`. */
  async start(of: string, ask: (ticket: number) => Promise<R>): Promise<void> {
    this.cancel();
    const ticket = this.#tickets.open((fraction) => {
      this.fraction = fraction;
      this.#changed();
    });
    this.#ticket = ticket;
    this.of = of;
    this.result = undefined;
    this.problem = undefined;
    this.fraction = 0;
    this.#changed();
    try {
      const result = await ask(ticket);
      if (this.#ticket !== ticket) return;
      this.result = result;
    } catch (error) {
      if (this.#ticket !== ticket) return;
      this.problem = wordsOf(error);
    } finally {
      this.#tickets.close(ticket);
    }
    this.#ticket = undefined;
    this.fraction = null;
    this.#changed();
  }

  /** Gives up what is under way. */
  cancel(): void {
    if (this.#ticket === undefined) return;
    this.#tickets.cancel(this.#ticket);
    this.#ticket = undefined;
    this.fraction = null;
    this.#changed();
  }
}

/** Numbers of requests, and who wants to know how far each is. */
export class Tickets {
  readonly #listeners = new Map<number, (fraction: number) => void>();
  readonly #tellHost: (ticket: number) => void;
  // Those of the page before a reload may still be under way at the host.
  #last = Date.now();

  /** @param tellHost that a ticket's work is not wanted any more */
  constructor(tellHost: (ticket: number) => void) {
    this.#tellHost = tellHost;
  }

  open(progress: (fraction: number) => void = () => undefined): number {
    this.#last += 1;
    this.#listeners.set(this.#last, progress);
    return this.#last;
  }

  progress(ticket: number, fraction: number): void {
    this.#listeners.get(ticket)?.(fraction);
  }

  /** Its work has ended. */
  close(ticket: number): void {
    this.#listeners.delete(ticket);
  }

  /** Its work is not wanted any more. */
  cancel(ticket: number): void {
    if (this.#listeners.delete(ticket)) this.#tellHost(ticket);
  }
}
