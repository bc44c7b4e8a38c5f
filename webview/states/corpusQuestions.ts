import type { Series } from '../../src/protocol/inference.ts';
import { statesRequests } from '../../src/protocol/states.ts';
import type { Followers, FoundContexts, UnitReport, Weights } from '../../src/protocol/states.ts';
import type { Host } from '../shared/messenger.ts';
import type { OnUnit } from './grid.ts';
import { Work } from './work.ts';
import type { Tickets } from './work.ts';

/** What was looked for in the corpus. */
export interface Searched {
  /** The words of the span. */
  readonly words: string;
  /** |value| from which on a unit is on. */
  readonly threshold: number;
  /** The same for the same span of the same text, and the same units. */
  readonly question: string;
}

/** The weights and the series that are asked about. */
export interface Subject {
  readonly weights: Weights;
  readonly series: Series;
}

/** The span whose units are looked for. */
export interface Span {
  readonly searched: Searched;
  readonly units: readonly OnUnit[];
  /** Tokens. */
  readonly length: number;
}

/** A longer span is looked for by its units over so many tokens. */
export const maxSpan = 100;

/**
 * What the panel asks about a run's whole corpus; each is long work of the host's. `of` names what is asked about: the answer
 * is shown as long as that is on show.
 */
export class CorpusQuestions {
  /** Where else the units of a span are on. */
  readonly contexts: Work<FoundContexts & { readonly searched: Searched }>;
  /** What one unit responds to. */
  readonly report: Work<UnitReport>;
  /** Which units follow what. */
  readonly followers: Work<Followers>;
  readonly #host: Host;

  constructor(host: Host, tickets: Tickets, changed: () => void) {
    this.#host = host;
    this.contexts = new Work(tickets, changed);
    this.report = new Work(tickets, changed);
    this.followers = new Work(tickets, changed);
  }

  findContexts(of: string, subject: Subject, { searched, units, length }: Span): void {
    const asked = { ...subject, units: [...units], threshold: searched.threshold, length: Math.min(maxSpan, length) };
    void this.contexts.start(of, async (ticket) => {
      const found = await this.#host.request(statesRequests.findContexts, { ticket, ...asked });
      return { ...found, searched };
    });
  }

  reportUnit(of: string, subject: Subject, unit: number): void {
    void this.report.start(of, (ticket) => this.#host.request(statesRequests.unitReport, { ticket, ...subject, unit }));
  }

  findFollowers(of: string, subject: Subject): void {
    void this.followers.start(of, (ticket) => this.#host.request(statesRequests.followers, { ticket, ...subject }));
  }
}
