import type { Unit } from '../../src/config/vocabulary.ts';
import type { Series } from '../../src/protocol/inference.ts';
import type { ProbePlace } from '../../src/protocol/probes.ts';
import { maxTokens, statesRequests } from '../../src/protocol/states.ts';
import type { ModelFacts, ShownToken, StatesRead, Weights } from '../../src/protocol/states.ts';
import type { Host } from '../shared/messenger.ts';
import { wordsOf } from '../shared/panelHost.ts';
import type { Grid } from './grid.ts';
import { nearestSeries, seriesOf } from './series.ts';
import { cutText } from './texts.ts';
import type { Tickets } from './work.ts';

/** What is wanted of a run: a text, or the probe that it recorded at a step of its training (null: the newest). */
export interface Wanted {
  readonly weights: Weights;
  readonly of: { readonly text: string } | { readonly probeStep: number | null };
  readonly series: Series;
}

/** What a run has made of a text. */
export interface Reading {
  readonly tokens: readonly ShownToken[];
  readonly grid: Grid;
  readonly series: Series;
  /** Tokens that are not shown. */
  readonly left: number;
  /** Of a probe: when it was recorded, and the likeliest words after it. */
  readonly place?: ProbePlace;
  readonly next?: readonly { readonly word: string; readonly probability: number }[];
  /** All that was read, as one: of another text the view begins anew. */
  readonly text: string;
  /** The same for all readings that may keep the order of their units: only the step of training differs. */
  readonly like: string;
}

const noProbes =
  'This run has recorded no probe. Runs record one while they train; those of older versions, or with it switched off, have none.';

/** One of the two runs on show: loads what is wanted of it, and only the newest wish counts. */
export class Side {
  facts: ModelFacts | undefined;
  /** The series that can be chosen. */
  available: readonly Series[] = [];
  reading: Reading | undefined;
  problem: string | undefined;
  isBusy = false;
  /** Where in its training the run recorded its probe; null while nobody has asked. */
  places: readonly ProbePlace[] | null = null;
  #wanted: string | undefined;
  #weights = '';
  #ticket: number | undefined;
  readonly #host: Host;
  readonly #tickets: Tickets;
  readonly #changed: () => void;

  constructor(host: Host, tickets: Tickets, changed: () => void) {
    this.#host = host;
    this.#tickets = tickets;
    this.#changed = changed;
  }

  /** What its tokens are. */
  get unit(): Unit {
    if (this.facts !== undefined) return this.facts.unit;
    // Of a record nobody has been told.
    const tokens = this.reading?.tokens ?? [];
    const isOfCharacters = tokens.every(({ token }) => token.startsWith('<') || Array.from(token).length === 1);
    return tokens.length > 0 && isOfCharacters ? 'character' : 'word';
  }

  /** Loads what is wanted, unless it is what was wanted before. */
  want(wanted: Wanted | null): void {
    const words = JSON.stringify(wanted);
    if (words === this.#wanted) return;
    this.#wanted = words;
    this.#giveUp();
    this.problem = undefined;
    const weights = JSON.stringify(wanted?.weights);
    if (weights !== this.#weights) {
      this.#weights = weights;
      this.facts = undefined;
      this.available = [];
      this.places = null;
      // Another run's states must not stand under this one's name.
      this.reading = undefined;
    }
    if (wanted === null) this.reading = undefined;
    else void this.#load(wanted);
  }

  /** What is wanted is loaded once more, with what the run has learned meanwhile. */
  invalidate(): void {
    this.#wanted = undefined;
    this.facts = undefined;
    this.places = null;
  }

  /** The run has recorded its probe once more. @param isShown whether that is what is on show */
  setPlaces(places: readonly ProbePlace[], isShown: boolean): void {
    const isNew = JSON.stringify(places) !== JSON.stringify(this.places);
    this.places = places;
    if (isShown && isNew) this.#wanted = undefined;
  }

  /** The run is not there any more. What it made stays on show. */
  fail(words: string): void {
    this.#giveUp();
    this.problem = words;
  }

  #giveUp(): void {
    if (this.#ticket !== undefined) this.#tickets.cancel(this.#ticket);
    this.#ticket = undefined;
    this.isBusy = false;
  }

  async #load(wanted: Wanted): Promise<void> {
    const ticket = this.#tickets.open();
    this.#ticket = ticket;
    this.isBusy = true;
    try {
      const reading =
        'text' in wanted.of ? await this.#read(wanted, wanted.of.text, ticket) : await this.#probe(wanted, wanted.of);
      if (this.#ticket !== ticket) return;
      this.reading = reading;
    } catch (error) {
      if (this.#ticket !== ticket) return;
      this.reading = undefined;
      this.problem = wordsOf(error);
    } finally {
      this.#tickets.close(ticket);
    }
    this.#ticket = undefined;
    this.isBusy = false;
    this.#changed();
  }

  async #read({ weights, series }: Wanted, text: string, ticket: number): Promise<Reading | undefined> {
    const isWanted = (): boolean => this.#ticket === ticket;
    const facts = this.facts ?? (await this.#host.request(statesRequests.open, { weights }));
    if (!isWanted()) return undefined;
    this.facts = facts;
    this.available = seriesOf(facts);
    const chosen = nearestSeries(series, this.available);
    if (chosen === undefined || text.trim() === '') return undefined;
    const cut = cutText(text, facts.unit);
    const read = await this.#host.request(statesRequests.read, { ticket, weights, text: cut, series: [chosen] });
    return readingOf(read, chosen, { weights, cut: cut.length < text.length });
  }

  async #probe({ weights, series }: Wanted, { probeStep }: { probeStep: number | null }): Promise<Reading> {
    const { key } = weights;
    const asked = this.#wanted;
    this.places ??= (await this.#host.request(statesRequests.probes, { key })).places;
    const place = nearestPlace(this.places, probeStep);
    if (place === undefined) throw new Error(noProbes);
    const { step } = place;
    const first = nearestSeries(series, this.available) ?? series;
    let probe = await this.#host.request(statesRequests.probe, { key, step, series: first });
    const recorded = nearestSeries(first, probe.series);
    if (probe.values === null && recorded !== undefined && asked === this.#wanted)
      probe = await this.#host.request(statesRequests.probe, { key, step, series: recorded });
    if (probe.values === null || recorded === undefined) throw new Error(`step ${step} has no states on record`);
    if (asked === this.#wanted) this.available = probe.series;
    const { tokens, units, values, next } = probe;
    return {
      tokens: tokens.map((token) => ({ token, readAs: token, known: true })),
      grid: { tokens: tokens.length, units, values },
      series: recorded,
      left: 0,
      place: { step: probe.step, epoch: probe.epoch },
      next,
      text: tokens.join(' '),
      like: JSON.stringify([key, recorded, tokens.length, units]),
    };
  }
}

function readingOf(read: StatesRead, series: Series, { weights, cut }: { weights: Weights; cut: boolean }): Reading {
  const { left } = read;
  const { units: [units = 0] = [], values: [values = new Float32Array()] = [] } = read;
  const tokens = read.tokens.slice(0, maxTokens);
  return {
    tokens,
    grid: { tokens: tokens.length, units, values: values.subarray(0, tokens.length * units) },
    series,
    // Of a text that was cut nobody knows how many more there are.
    left: cut ? Math.max(1, left) : left,
    text: tokens.map(({ token }) => token).join(' '),
    like: JSON.stringify([weights, series, tokens.map(({ readAs }) => readAs)]),
  };
}

/** The record of a step, or the nearest to it; of null the newest. */
export function nearestPlace(places: readonly ProbePlace[], step: number | null): ProbePlace | undefined {
  if (step === null) return places.at(-1);
  return places.reduce<ProbePlace | undefined>(
    (best, place) => (best === undefined || Math.abs(place.step - step) < Math.abs(best.step - step) ? place : best),
    undefined,
  );
}
