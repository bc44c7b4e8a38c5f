import { predictionsNews, predictionsNotices, predictionsRequests } from '../../src/protocol/predictions.ts';
import type { AskedPrediction, KeptWeights, Learning, PredictionRun } from '../../src/protocol/predictions.ts';
import type { NotificationMessage } from '../../src/protocol/message.ts';
import { withFirst } from '../shared/comparison.ts';
import { Emitter } from '../shared/emitter.ts';
import type { PanelHost } from '../shared/panelHost.ts';
import { wordsOf } from '../shared/panelHost.ts';
import { onRunsNews } from '../shared/runsNews.ts';
import { History } from './history.ts';
import type { Asked } from './lane.ts';
import { Lane, modelOf } from './lane.ts';
import type { Choice, Options, PanelState } from './state.ts';
import { keptState, readState } from './state.ts';
import type { Place, Replacement } from './text.ts';
import { contextStart, replaced, withWord } from './text.ts';

export interface PredictionsHost extends PanelHost {
  notify<P>(message: NotificationMessage<P>, params: P): void;
}

/** `next` comes with each key, and is drawn at once. */
export type Change = 'next' | 'all';

type Snapshot = Pick<PanelState, 'text' | 'caret' | 'replacement'>;

/** Texts of this length and more are kept less often, in UTF-16 units: to keep one sends it to VS Code. */
const longText = 20_000;
const keepMilliseconds = { short: 150, long: 500 } as const;
const bars = 12;

/** The text, the models that read it and what they make of it. Views read it and are told when it changes. */
export class Model {
  state: PanelState;
  readonly lanes: readonly [Lane, Lane];
  readonly changes = new Emitter<Change>();
  /** Null until they are listed. */
  runs: readonly PredictionRun[] | null = null;
  /** Why the runs cannot be listed, or words could not be written. */
  problem: string | undefined;
  learning: (Learning & { key: string }) | undefined;
  /** Words are being written. */
  writing: { readonly number: number; readonly before: string; readonly after: string; written: string } | undefined;
  readonly weights = new Map<string, KeptWeights>();
  readonly #host: PredictionsHost;
  readonly #history = new History<Snapshot>();
  // Words of the page before may still come.
  #writings = Date.now();
  #keeping: ReturnType<typeof setTimeout> | undefined;
  #watched = '';

  constructor(host: PredictionsHost) {
    this.#host = host;
    this.state = readState(host.kept());
    const lane = (number: number): Lane =>
      new Lane({
        number,
        host,
        asked: () => this.#asked(),
        changed: (change) => this.changes.tell(change === 'next' ? 'next' : 'all'),
      });
    this.lanes = [lane(0), lane(1)];
    onRunsNews(host, predictionsNews.runs, { known: () => this.runs, take: (runs) => this.#takeRuns(runs) });
    host.on(predictionsNews.trusted, () => {
      if (this.runs !== null) this.#takeRuns(this.runs);
    });
    host.on(predictionsNews.show, (asked) => this.#take(asked));
    host.on(predictionsNews.weights, (weights) => this.#takeWeights(weights));
    host.on(predictionsNews.learning, ({ key }) => {
      if (key === this.state.first?.key) void this.#learn(key);
    });
    host.on(predictionsNews.words, ({ number, text }) => this.#takeWords(number, text));
    host.start();
  }

  /** The lanes that have a model. */
  get shown(): readonly Lane[] {
    return this.lanes.filter(({ choice }) => choice !== null);
  }

  /** Asks for the runs and what was asked for: a hidden panel misses the news of it. */
  async refresh(): Promise<void> {
    try {
      const { runs, asked } = await this.#host.request(predictionsRequests.runs, {});
      this.problem = undefined;
      this.#watched = '';
      this.#takeRuns(runs);
      if (asked !== undefined) this.#take(asked);
    } catch (error) {
      this.problem = `The runs cannot be listed: ${wordsOf(error)}`;
      this.changes.tell('all');
    }
  }

  /** Gives VS Code the state to keep, at once: the page may be gone in a moment. */
  keep(): void {
    clearTimeout(this.#keeping);
    this.#host.keep(keptState(this.state));
  }

  trainPtb(): void {
    this.#host.notify(predictionsNotices.command, { command: 'trainPtb' });
  }

  // The text

  /** The text was typed or pasted. */
  type(text: string, caret: number): void {
    if (text === this.state.text) return this.setCaret(caret);
    this.stopWriting();
    this.#history.remember(this.#snapshot(), Math.abs(text.length - this.state.text.length) <= 1);
    this.#setText({ text, caret, replacement: null });
  }

  setCaret(caret: number): void {
    if (caret === this.state.caret) return;
    this.#set({ ...this.state, caret });
    for (const lane of this.shown) lane.askNext();
    this.changes.tell('next');
  }

  /** Puts a likely word at the caret. */
  append(word: string): void {
    this.stopWriting();
    this.#history.remember(this.#snapshot());
    this.#setText({ ...withWord(this.state, word, this.lanes[0].facts?.unit ?? 'word'), replacement: null });
  }

  /** Puts another word in a token's place. @returns where the word begins; none where nothing has changed */
  replace(token: { start: number; end: number }, word: string): number | undefined {
    const change = replaced(this.state, token, word, this.lanes[0].facts?.unit ?? 'word');
    if (change === undefined) return undefined;
    this.stopWriting();
    this.#history.remember(this.#snapshot());
    this.#setText(change);
    return change.wordStart;
  }

  /** The marks of what a replacement changed go; the text stays. */
  endComparison(): void {
    this.#set({ ...this.state, replacement: null });
    for (const lane of this.lanes) lane.endComparison();
    this.changes.tell('all');
  }

  get canUndo(): boolean {
    return this.#history.canUndo;
  }

  get canRedo(): boolean {
    return this.#history.canRedo;
  }

  undo(): void {
    this.stopWriting();
    const before = this.#history.undo(this.#snapshot());
    if (before !== undefined) this.#setText(before);
  }

  redo(): void {
    const after = this.#history.redo(this.#snapshot());
    if (after !== undefined) this.#setText(after);
  }

  // The models

  /** @param which 0 for the first lane, 1 for what it is compared with */
  choose(which: 0 | 1, choice: Choice | null): void {
    this.#set({ ...this.state, ...(which === 0 ? withFirst(this.state, choice) : { second: choice }) });
    this.#chooseLanes();
    this.changes.tell('all');
  }

  /** The choice of a run by its key, with the run's own weights. */
  choiceOf(key: string): Choice | null {
    const run = this.runs?.find((one) => one.key === key);
    return run === undefined ? null : { key, name: run.name, checkpoint: null };
  }

  /** The run that is chosen; undefined where it is gone. */
  runOf(choice: Choice | null): PredictionRun | undefined {
    return this.runs?.find(({ key }) => key === choice?.key);
  }

  setOptions(change: Partial<Options>): void {
    this.#set({ ...this.state, options: { ...this.state.options, ...change } });
    for (const lane of this.shown) lane.askNext();
    this.changes.tell('all');
  }

  /** A seed that nobody has thought of. */
  newSeed(): void {
    const [seed = 0] = crypto.getRandomValues(new Uint32Array(1));
    // Short enough to be written down.
    this.setOptions({ seed: (seed % 999_999) + 1 });
  }

  // Writing on

  async write(): Promise<void> {
    const lane = this.lanes[0];
    if (lane.choice === null || lane.isBidirectional || this.writing !== undefined) return;
    const { text, caret, options } = this.state;
    const { words, seed } = options;
    this.#history.remember(this.#snapshot());
    const writing = {
      number: ++this.#writings,
      before: text.slice(0, caret),
      after: text.slice(caret),
      written: '',
    };
    this.writing = writing;
    this.problem = undefined;
    this.changes.tell('all');
    try {
      const { text: written } = await this.#host.request(predictionsRequests.write, {
        number: writing.number,
        model: modelOf(lane.choice),
        prompt: text.slice(contextStart(text, caret), caret),
        words,
        sampling: this.#asked().sampling,
        seed,
      });
      if (this.writing !== writing) return;
      // Whatever was lost on the way.
      this.#showWritten(written);
    } catch (error) {
      if (this.writing !== writing) return;
      this.problem = `The text could not be continued: ${wordsOf(error)}`;
    }
    this.#endWriting();
  }

  /** What was written so far stays. */
  stopWriting(): void {
    if (this.writing === undefined) return;
    this.#host.notify(predictionsNotices.stop, {});
    this.#endWriting();
  }

  #endWriting(): void {
    this.writing = undefined;
    this.#askAll();
    this.changes.tell('all');
  }

  #takeWords(number: number, text: string): void {
    if (this.writing?.number === number) this.#showWritten(this.writing.written + text);
  }

  #showWritten(written: string): void {
    if (this.writing === undefined) return;
    this.writing.written = written;
    const { before, after } = this.writing;
    this.#set({
      ...this.state,
      text: before + written + after,
      caret: before.length + written.length,
      replacement: null,
    });
    this.changes.tell('all');
  }

  // What comes from the host

  #takeRuns(runs: readonly PredictionRun[]): void {
    this.runs = runs;
    const newest = runs[0];
    if (this.state.first === null && newest !== undefined)
      this.#set({ ...this.state, first: { key: newest.key, name: newest.name, checkpoint: null } });
    this.#chooseLanes();
    for (const lane of this.shown) {
      const run = this.runOf(lane.choice);
      if (run === undefined)
        lane.lose(`The run “${lane.choice?.name ?? ''}” no longer exists. Choose another one; your text is kept.`);
      // It was refused, or its run was gone: that may be over.
      else if (lane.problem !== undefined) void lane.load();
    }
    this.changes.tell('all');
  }

  #take({ number, key, text }: AskedPrediction): void {
    if (number === this.state.asked) return;
    this.#set({ ...this.state, asked: number });
    if (key !== undefined) this.choose(0, this.choiceOf(key) ?? { key, name: key, checkpoint: null });
    if (text !== undefined) {
      this.#history.remember(this.#snapshot());
      // As a text area has them.
      const lines = text.replace(/\r\n?/gu, '\n');
      this.#setText({ text: lines, caret: lines.length, replacement: null });
    }
  }

  #takeWeights(weights: KeptWeights): void {
    const isNew = JSON.stringify(this.weights.get(weights.key)) !== JSON.stringify(weights);
    this.weights.set(weights.key, weights);
    if (!isNew) return;
    for (const lane of this.shown) {
      // A step that was chosen has the same weights for ever.
      if (lane.choice?.key === weights.key && typeof lane.choice.checkpoint !== 'number') void lane.load();
    }
    this.changes.tell('all');
  }

  #chooseLanes(): void {
    const { first, second } = this.state;
    // Before the list is there nobody knows whether a run is.
    if (this.runs === null) return;
    const hadRun = this.lanes[0].choice?.key;
    this.lanes[0].choose(first);
    this.lanes[1].choose(second);
    if (first !== null && first.key !== hadRun) void this.#learn(first.key);
    const keys = [...new Set([first, second].flatMap((choice) => choice?.key ?? []))];
    if (keys.join('\n') === this.#watched) return;
    this.#watched = keys.join('\n');
    this.#host.notify(predictionsNotices.watch, { keys });
  }

  async #learn(key: string): Promise<void> {
    // Without its records a run predicts as well.
    const learning = await this.#host.request(predictionsRequests.learning, { key }).catch(() => undefined);
    if (this.state.first?.key !== key) return;
    this.learning = learning && { ...learning, key };
    this.changes.tell('all');
  }

  // The state

  #asked(): Asked {
    const { text, caret, options, replacement } = this.state;
    const { temperature, topK, topP, banUnknown } = options;
    return { text, caret, replacement, bars, sampling: { temperature, topK, topP, banUnknown } };
  }

  #snapshot(): Snapshot {
    const { text, caret, replacement } = this.state;
    return { text, caret, replacement };
  }

  #setText({ text, caret, replacement }: Place & { replacement: Replacement | null }): void {
    this.#set({ ...this.state, text, caret, replacement });
    this.#askAll();
    this.changes.tell('all');
  }

  #askAll(): void {
    for (const lane of this.shown) lane.askNext();
    for (const lane of this.shown) lane.askScoreSoon();
  }

  #set(state: PanelState): void {
    this.state = state;
    clearTimeout(this.#keeping);
    // When nothing is typed: what is asked for is waited for, and would have to wait behind it.
    const { short, long } = keepMilliseconds;
    this.#keeping = setTimeout(() => this.keep(), state.text.length < longText ? short : long);
  }
}
