import type { CurveRun, RunPoints } from '../../src/protocol/curves.ts';
import { curvesNews, curvesNotices, curvesRequests } from '../../src/protocol/curves.ts';
import type { PageFile } from '../../src/protocol/saving.ts';
import { Emitter } from '../shared/emitter.ts';
import type { Host } from '../shared/messenger.ts';
import { wordsOf } from '../shared/panelHost.ts';
import { onRunsNews } from '../shared/runsNews.ts';
import { RunData } from './runData.ts';
import * as selection from './selection.ts';
import type { PanelState } from './state.ts';
import { readState } from './state.ts';

/** What has changed: the list of runs or what is shown of it, a run's figures, or how they are drawn. */
export type Change = 'runs' | 'figures' | 'view';

/** A run's figures, as far as they are here. */
export interface Loaded {
  data: RunData | undefined;
  /** Whether the history has been asked for and not come. */
  loading: boolean;
  /** Why there is nothing: the request failed. */
  problem: string | undefined;
}

/** A run in the legend. */
export interface ShownRun {
  readonly run: CurveRun;
  readonly loaded: Loaded;
  readonly hidden: boolean;
  readonly slot: number;
}

/** A run whose lines are drawn. */
export interface DrawnRun {
  readonly run: CurveRun;
  readonly data: RunData;
  readonly slot: number;
}

/** What the panel knows, and its talk with the host. Views read it and are told when it changes. */
export class Model {
  /** Null until the list has come. */
  runs: readonly CurveRun[] | null = null;
  /** Why the list did not come. */
  problem: string | undefined;
  state: PanelState;
  readonly changes = new Emitter<Change>();
  readonly #host: Host;
  readonly #loaded = new Map<string, Loaded>();
  #watched = '';

  constructor(host: Host) {
    this.#host = host;
    this.state = readState(host.kept());
    onRunsNews(host, curvesNews.runs, { known: () => this.runs, take: (runs) => this.#setRuns(runs) });
    host.on(curvesNews.points, (points) => this.#take(points));
    host.on(curvesNews.show, (asked) => this.#select(selection.showAsked(this.state, asked)));
    host.on(curvesNews.visible, () => void this.refresh());
    host.start();
  }

  /** The runs in the legend, in its order. */
  shown(): ShownRun[] {
    const byKey = new Map(this.runs?.map((run) => [run.key, run]));
    return this.state.selected.flatMap((key) => {
      const run = byKey.get(key);
      if (run === undefined) return [];
      const loaded = this.#loaded.get(key) ?? { data: undefined, loading: true, problem: undefined };
      return [{ run, loaded, hidden: this.state.hidden.includes(key), slot: this.state.slots[key] ?? 0 }];
    });
  }

  /** Of these, the ones whose lines are drawn. */
  drawn(): DrawnRun[] {
    return this.shown().flatMap(({ run, loaded: { data }, hidden, slot }) =>
      hidden || data === undefined ? [] : [{ run, data, slot }],
    );
  }

  /** Asks for everything again: messages to a hidden panel are lost. What is drawn stays until the answers come. */
  async refresh(): Promise<void> {
    try {
      const { runs, asked } = await this.#host.request(curvesRequests.runs, {});
      this.problem = undefined;
      // Runs that began while the panel was hidden are seen first: what was asked for is shown without them.
      this.state = selection.showAsked(selection.afterList(this.state, runs), asked);
      this.#watched = '';
      this.#setRuns(runs);
      for (const key of this.state.selected) void this.#load(key);
    } catch (error) {
      this.problem = wordsOf(error);
      this.#changed('runs');
    }
  }

  /** Changes how the figures are drawn. */
  set(change: Partial<PanelState>): void {
    this.state = { ...this.state, ...change };
    this.#changed('view');
  }

  show(key: string, on: boolean): void {
    this.#select(on ? selection.add(this.state, key) : selection.remove(this.state, key));
  }

  showOnly(keys: readonly string[]): void {
    this.#select(selection.showOnly(this.state, keys));
  }

  hide(key: string, on: boolean): void {
    this.#select(selection.setHidden(this.state, key, on));
  }

  follow(on: boolean): void {
    this.#select(selection.setFollow(this.state, on, this.runs ?? []));
  }

  /** Has the host save a file. Null when the user did not want to. */
  async save(file: PageFile): Promise<string | null> {
    return (await this.#host.request(curvesRequests.save, file)).path;
  }

  command(command: 'trainPtb' | 'showLog', key?: string): void {
    this.#host.notify(curvesNotices.command, key === undefined ? { command } : { command, key });
  }

  #setRuns(runs: readonly CurveRun[]): void {
    this.runs = runs;
    this.#select(selection.afterList(this.state, runs));
  }

  #select(state: PanelState): void {
    this.state = state;
    // Before the list has come nothing is known of the keys: what was kept may be gone.
    if (this.runs !== null) {
      const there = new Set(this.runs.map(({ key }) => key));
      this.#watch(state.selected.filter((key) => there.has(key)));
    }
    this.#changed('runs');
  }

  #watch(keys: readonly string[]): void {
    for (const key of [...this.#loaded.keys()]) if (!keys.includes(key)) this.#loaded.delete(key);
    const watched = JSON.stringify([...keys].sort());
    if (watched === this.#watched) return;
    this.#watched = watched;
    this.#host.notify(curvesNotices.watch, { keys: [...keys] });
    for (const key of keys) if (!this.#loaded.has(key)) void this.#load(key);
  }

  async #load(key: string): Promise<void> {
    const loaded: Loaded = this.#loaded.get(key) ?? { data: undefined, loading: false, problem: undefined };
    if (loaded.loading) return;
    loaded.loading = true;
    this.#loaded.set(key, loaded);
    try {
      loaded.data = new RunData(await this.#host.request(curvesRequests.history, { key }));
      loaded.problem = undefined;
    } catch (error) {
      loaded.problem = wordsOf(error);
    }
    loaded.loading = false;
    if (this.#loaded.get(key) === loaded) this.#changed('figures');
  }

  #take(points: RunPoints): void {
    const loaded = this.#loaded.get(points.key);
    // While the history is on its way it will hold these rows, or the next points will not fit it.
    if (loaded === undefined || loaded.loading) return;
    if (loaded.data?.take(points) === true) this.#changed('figures');
    else void this.#load(points.key);
  }

  #changed(change: Change): void {
    if (change !== 'figures') this.#host.keep(this.state);
    this.changes.tell(change);
  }
}
