import { exportersOf } from '../../src/config/exporters.ts';
import type { ExporterIdOf } from '../../src/config/exporters.ts';
import { statesNews, statesNotices, statesRequests } from '../../src/protocol/states.ts';
import type { AskedStates, Context, StateRun, Weights } from '../../src/protocol/states.ts';
import type { ProbePlace } from '../../src/protocol/probes.ts';
import type { PageFile } from '../../src/protocol/saving.ts';
import type { Host } from '../shared/messenger.ts';
import { withFirst } from '../shared/comparison.ts';
import { Emitter } from '../shared/emitter.ts';
import { wordsOf } from '../shared/panelHost.ts';
import { onRunsNews } from '../shared/runsNews.ts';
import { CorpusQuestions } from './corpusQuestions.ts';
import type { Searched, Subject } from './corpusQuestions.ts';
import { unitsOn } from './grid.ts';
import type { OnUnit } from './grid.ts';
import { Pictures } from './pictures.ts';
import type { Shown } from './pictures.ts';
import { Side } from './side.ts';
import type { Wanted } from './side.ts';
import { maxCharacters, readState, togglePin } from './state.ts';
import type { PanelState, SideName } from './state.ts';
import { asText, cutText } from './texts.ts';
import { wordsOfSpan } from './tokens.ts';
import { Tickets, Work } from './work.ts';

/** Tokens of a passage of the corpus, about. */
const passageLength = 120;

const gone = 'This run no longer exists. Choose another one above.';

interface KeptCheckpoints {
  readonly steps: readonly number[];
  readonly best: boolean;
}

/** What the panel shows, and what it does about it. */
export class Model {
  readonly changes = new Emitter();
  state: PanelState;
  /** Newest first; null until the host has told. */
  runs: readonly StateRun[] | null = null;
  /** Why something that was asked for did not come. */
  problem: string | undefined;
  /** The name of the editor whose text is read. */
  editorName = '';
  readonly first: Side;
  readonly second: Side;
  readonly corpus: CorpusQuestions;
  /** By format, where the states of the text were saved; null where the user did not want to. */
  readonly exported: ReadonlyMap<ExporterIdOf<'host'>, Work<string | null>>;
  readonly #pictures: Pictures;
  readonly #host: Host;
  #watched = '';
  /** The step of each run's newest checkpoint, as far as one has been told. */
  readonly #newest = new Map<string, number | null>();
  /** What each run keeps, and how it stood when it was asked for that. */
  readonly #checkpoints = new Map<string, KeptCheckpoints>();
  readonly #askedCheckpoints = new Map<string, string>();
  /** The tokens of a context that was opened: the span moves there when its text is read. */
  #opened: { readonly text: string; readonly from: number; readonly to: number } | undefined;

  constructor(host: Host) {
    this.#host = host;
    this.state = readState(host.kept());
    const changed = (): void => this.#bring();
    const tickets = new Tickets((ticket) => host.notify(statesNotices.cancel, { ticket }));
    this.first = new Side(host, tickets, changed);
    this.second = new Side(host, tickets, changed);
    const tell = (): void => this.changes.tell();
    this.#pictures = new Pictures(this.first, this.second, tell);
    this.corpus = new CorpusQuestions(host, tickets, tell);
    this.exported = new Map(exportersOf('host').map((format) => [format, new Work(tickets, tell)]));
    host.on(statesNews.trusted, () => this.again());
    onRunsNews(host, statesNews.runs, { known: () => this.runs, take: (runs) => this.#takeRuns(runs) });
    host.on(statesNews.show, (asked) => this.#takeAsked(asked));
    host.on(statesNews.progress, ({ ticket, fraction }) => tickets.progress(ticket, fraction));
    host.on(statesNews.editorText, ({ text, name }) => this.#takeEditor(text, name));
    host.on(statesNews.probes, (news) => this.#takeProbes(news));
    host.start();
  }

  /** Asks for the runs, and for the editor's text where that is followed: a hidden panel misses the news of them. */
  async refresh(): Promise<void> {
    try {
      const { runs, asked } = await this.#host.request(statesRequests.runs, {});
      this.problem = undefined;
      this.#takeRuns(runs);
      if (asked !== undefined) this.#takeAsked(asked);
    } catch (error) {
      this.problem = `The runs cannot be listed: ${wordsOf(error)}`;
      this.changes.tell();
    }
    this.#watched = '';
    this.#bring();
    await this.#followEditor();
  }

  set(change: Partial<PanelState>): void {
    const isOtherText = change.text !== undefined && change.text !== this.state.text;
    // Of another text the same places mean nothing.
    this.state = { ...this.state, ...(isOtherText ? { span: null } : {}), ...change };
    this.#host.keep(this.state);
    this.#bring();
  }

  /** Another run, or other weights of it, on one of the sides. */
  choose(side: SideName, weights: Weights | null): void {
    this.set(side === 'first' ? withFirst(this.state, weights) : { second: weights });
  }

  setText(text: string): void {
    this.set({ text: text.slice(0, maxCharacters), source: 'typed' });
  }

  async setSource(source: PanelState['source']): Promise<void> {
    this.set({ source });
    if (source === 'corpus') await this.readPassage();
    else await this.#followEditor();
  }

  /** Reads once more what is on show, with what the runs have learned meanwhile. */
  again(): void {
    this.first.invalidate();
    this.second.invalidate();
    this.#bring();
  }

  /** A passage of the validation text: a random one. */
  async readPassage(): Promise<void> {
    const weights = this.state.first;
    if (weights === null) return;
    await this.#asking(async () => {
      const { text } = await this.#host.request(statesRequests.passage, { weights, length: passageLength });
      this.set({ text, source: 'corpus', span: null });
    });
  }

  /** A context that was found, with the sentences around it; its span is marked. */
  async openContext(context: Context): Promise<void> {
    const weights = this.state.first;
    if (weights === null) return;
    const { position, before, span, after } = context;
    const mark = (text: string, from: number): void => {
      this.#opened = { text, from, to: from + span.length - 1 };
      this.set({ text, source: 'corpus' });
    };
    const length = Math.max(passageLength, span.length);
    try {
      const passage = await this.#host.request(statesRequests.passage, { weights, position, length });
      mark(passage.text, position - passage.position);
    } catch {
      // What is known of it is enough to be read.
      const tokens = [...before, ...span, ...after];
      // A text does not begin with the end of a line.
      const begin = tokens.findIndex((token) => token !== '<eos>');
      mark(asText(tokens.slice(Math.max(0, begin)), this.first.unit), before.length - Math.max(0, begin));
    }
  }

  look(unit: number | null): void {
    this.set({ unit });
  }

  /** A unit of the heatmap was chosen: it is looked at, and its line is drawn. Chosen once more, it is neither. */
  pick(unit: number): void {
    const { pins, unit: before } = this.state;
    if (pins.includes(unit) && before !== unit) return this.set({ unit });
    this.set({ unit: pins.includes(unit) ? null : unit, pins: togglePin(pins, unit) });
  }

  unpin(unit: number): void {
    this.set({ pins: this.state.pins.filter((pin) => pin !== unit) });
  }

  /** What a side shows: the difference on the second, where that is wanted and possible. */
  shown(side: SideName): Shown | undefined {
    return this.#pictures.shown(side, this.state.difference);
  }

  /** Whether the difference is wanted, but the two do not have the same shape. */
  get isIncomparable(): boolean {
    const [one, other] = [this.first.reading, this.second.reading];
    if (!this.state.difference || one === undefined || other === undefined) return false;
    return one.grid.tokens !== other.grid.tokens || one.grid.units !== other.grid.units;
  }

  get isOrdering(): boolean {
    return this.#pictures.isOrdering;
  }

  /** |value| from which on a unit is on. */
  get threshold(): number {
    const shown = this.shown('first');
    return shown === undefined ? this.state.threshold : this.state.threshold * shown.scale.high;
  }

  /** The units that are on over the whole span. */
  onUnits(): OnUnit[] {
    const { span } = this.state;
    const reading = this.first.reading;
    return span === null || reading === undefined ? [] : unitsOn(reading.grid, span, this.threshold);
  }

  /** What the sections below are asked about: results of something else are not shown. */
  get subject(): string {
    return JSON.stringify([this.state.first, this.first.facts?.checkpointStep, this.first.reading?.series]);
  }

  /** What would be looked for now; undefined where there is no span. */
  get question(): Searched | undefined {
    const { span } = this.state;
    const { reading, unit } = this.first;
    if (span === null || reading === undefined) return undefined;
    const { threshold } = this;
    const words = wordsOfSpan(reading.tokens, span, unit);
    return { words, threshold, question: JSON.stringify([words, span.to - span.from, threshold, this.onUnits()]) };
  }

  findContexts(): void {
    const { span } = this.state;
    const about = this.#about();
    const units = this.onUnits();
    const searched = this.question;
    if (about === undefined || span === null || searched === undefined || units.length === 0) return;
    this.corpus.findContexts(this.subject, about, { searched, units, length: span.to - span.from + 1 });
  }

  reportUnit(): void {
    const { unit } = this.state;
    const about = this.#about();
    if (about !== undefined && unit !== null) this.corpus.reportUnit(`${this.subject} ${unit}`, about, unit);
  }

  findFollowers(): void {
    const about = this.#about();
    if (about !== undefined) this.corpus.findFollowers(this.subject, about);
  }

  /** The checkpoints that a run keeps, as far as it has told. */
  checkpointsOf(key: string): KeptCheckpoints {
    return this.#checkpoints.get(key) ?? { steps: [], best: false };
  }

  /** @returns where it was saved; null where the user did not want to */
  async save(file: PageFile): Promise<string | null> {
    return (await this.#host.request(statesRequests.save, file)).path;
  }

  /** Whether there is a text whose states can be saved: the record of a probe is none. */
  get canSaveStates(): boolean {
    const { first, source, text } = this.state;
    return first !== null && source !== 'training' && this.first.facts !== undefined && text.trim() !== '';
  }

  /** Has the host save all series of the text: see `exported`. */
  async saveStates(format: ExporterIdOf<'host'>): Promise<void> {
    const { first: weights, text } = this.state;
    const { facts, available } = this.first;
    if (!this.canSaveStates || weights === null || facts === undefined) return;
    const asked = { format, weights, text: cutText(text, facts.unit), series: [...available] };
    await this.exported.get(format)?.start('', async (ticket) => {
      const { path } = await this.#host.request(statesRequests.saveStates, { ticket, ...asked });
      return path;
    });
  }

  trainPtb(): void {
    this.#host.notify(statesNotices.command, { command: 'trainPtb' });
  }

  #about(): Subject | undefined {
    const { first: weights } = this.state;
    const series = this.first.reading?.series;
    return weights === null || series === undefined ? undefined : { weights, series };
  }

  /** Brings everything in line with the state. */
  #bring(): void {
    this.first.want(this.#wanted('first'));
    this.second.want(this.#wanted('second'));
    for (const side of ['first', 'second'] as const) {
      const key = this.state[side]?.key;
      if (key !== undefined && this.runs?.every((run) => run.key !== key) === true) this[side].fail(gone);
    }
    this.#askCheckpoints();
    this.#pictures.order(this.state);
    this.#markOpened();
    this.#watch();
    this.changes.tell();
  }

  #wanted(side: SideName): Wanted | null {
    const { source, text, probeStep, series } = this.state;
    const weights = this.state[side];
    if (weights === null || this.runs === null) return null;
    return { weights, series, of: source === 'training' ? { probeStep } : { text } };
  }

  /** Once a run, and again when its state has changed, or it keeps a newer one. */
  #askCheckpoints(): void {
    const shown = [this.state.first?.key, this.state.second?.key];
    for (const { key, state } of this.runs ?? []) {
      const standing = `${state} ${this.#newest.get(key) ?? ''}`;
      if (!shown.includes(key) || this.#askedCheckpoints.get(key) === standing) continue;
      this.#askedCheckpoints.set(key, standing);
      this.#host.request(statesRequests.checkpoints, { key }).then(
        (kept) => {
          this.#checkpoints.set(key, kept);
          this.changes.tell();
        },
        // Without a list there are the usual weights, and what is wrong with them is said when they are read.
        () => undefined,
      );
    }
  }

  #markOpened(): void {
    const opened = this.#opened;
    if (opened === undefined || opened.text !== this.state.text || this.first.isBusy) return;
    this.#opened = undefined;
    const tokens = this.first.reading?.tokens.length ?? 0;
    if (opened.to < tokens) this.set({ span: { from: opened.from, to: opened.to } });
  }

  #watch(): void {
    const { source, first, second } = this.state;
    const editor = source === 'selection' || source === 'editor' ? source : null;
    const keys = [first, second].flatMap((one) => (one === null ? [] : [one.key]));
    const words = JSON.stringify({ editor, keys });
    if (words === this.#watched) return;
    this.#watched = words;
    this.#host.notify(statesNotices.watch, { editor, keys });
  }

  async #followEditor(): Promise<void> {
    const { source } = this.state;
    if (source !== 'selection' && source !== 'editor') return;
    await this.#asking(async () => {
      const { text, name } = await this.#host.request(statesRequests.editorText, { source });
      if (this.state.source === source) this.#takeEditor(text, name);
    });
  }

  #takeEditor(text: string, name: string): void {
    const { source } = this.state;
    if (source !== 'selection' && source !== 'editor') return;
    this.editorName = name;
    // An empty selection is a place: what was on show stays.
    if (text.trim() === '') this.changes.tell();
    else this.set({ text: text.slice(0, maxCharacters) });
  }

  /** A run that trains has learned more. */
  #takeProbes({ key, places, newest }: { key: string; places: ProbePlace[]; newest: number | null }): void {
    const before = this.#newest.get(key);
    this.#newest.set(key, newest);
    for (const side of ['first', 'second'] as const) {
      if (this.state[side]?.key !== key) continue;
      this[side].setPlaces(places, this.state.source === 'training');
      // The first news tell how it stands now: it is being read.
      const known = before ?? this[side].facts?.checkpointStep;
      if (known !== undefined && newest !== null && newest !== known) this.#readAgain(side);
    }
    this.#bring();
  }

  /** With the weights that stand for the run now; those of a step stay as they are. */
  #readAgain(side: SideName): void {
    const isFixed = typeof this.state[side]?.checkpoint === 'number';
    if (!isFixed && this.state.source !== 'training') this[side].invalidate();
  }

  #takeRuns(runs: readonly StateRun[]): void {
    for (const side of ['first', 'second'] as const) {
      const stateIn = (list: readonly StateRun[] | null): string | undefined =>
        list?.find(({ key }) => key === this.state[side]?.key)?.state;
      const [before, now] = [stateIn(this.runs), stateIn(runs)];
      // It has ended, or goes on: other weights may stand for it.
      if (before !== undefined && now !== undefined && before !== now) this.#readAgain(side);
    }
    this.runs = runs;
    const newest = runs[0];
    if (this.state.first === null && newest !== undefined) this.set({ first: { key: newest.key } });
    else this.#bring();
  }

  #takeAsked({ number, key, source }: AskedStates): void {
    if (number === this.state.asked) return;
    const sameRun = key === undefined || key === this.state.first?.key;
    this.set({ asked: number, ...(sameRun ? {} : withFirst(this.state, { key })) });
    if (source !== undefined) void this.setSource(source);
  }

  async #asking(ask: () => Promise<void>): Promise<void> {
    try {
      this.problem = undefined;
      await ask();
    } catch (error) {
      this.problem = wordsOf(error);
    }
    this.changes.tell();
  }
}
