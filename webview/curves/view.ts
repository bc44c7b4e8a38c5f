import { element, setText } from '../shared/dom.ts';
import { button } from '../shared/toolkit.ts';
import type { Theme } from '../shared/theme.ts';
import { readTheme } from '../shared/theme.ts';
import { Chart, plotWidth } from './chart.ts';
import { lookOf } from './colours.ts';
import { Cursor } from './cursor.ts';
import { Legend } from './legend.ts';
import type { Change, Model } from './model.ts';
import { navigator } from './navigator.ts';
import { Picker } from './picker.ts';
import { csvOf, pngOf } from './export.ts';
import { FlowSection } from './flowSection.ts';
import { referenceWords } from './references.ts';
import type { Scene } from './scene.ts';
import { scenes, visibleCharts } from './scene.ts';
import { scheduler } from '../shared/scheduler.ts';
import type { ChartId } from './state.ts';
import { chartIds } from './state.ts';
import { TableView } from './tableView.ts';
import { toolbar } from './toolbar.ts';
import { axisTitles, chartSummary, chartTitles, standing, validationNews } from './words.ts';
import { wordsOf } from '../shared/messenger.ts';

/** Heights in CSS pixels: perplexity takes what the others leave, but not less than this. */
const leastPerplexity = 220;
const otherHeight = 92;

/** How long it can be read that a file was saved, in ms. */
const noticeTime = 10_000;

const keysHelp =
  'Left and right arrow: read values. Plus and minus: zoom. Shift with left and right: move. ' +
  'Shift with up and down: zoom the vertical axis, up and down: move it. 0: show all.';

/** The panel: puts the parts together and draws them when the model has changed. */
export class View {
  readonly #model: Model;
  readonly #legend: Legend;
  readonly #picker: Picker;
  readonly #toolbar: { element: HTMLElement; update(): void };
  readonly #charts: ReadonlyMap<ChartId, Chart>;
  readonly #cursor: Cursor;
  readonly #table: TableView;
  readonly #flow: FlowSection;
  readonly #live = element('p', { class: 'sr-only', role: 'status', 'aria-live': 'polite' });
  readonly #notice = element('p', { class: 'notice', role: 'alert', hidden: true });
  readonly #empty = element('section', { class: 'empty', hidden: true });
  readonly #axisTitle = element('p', { class: 'axis-title' });
  readonly #stack = element('div', { class: 'charts' });
  readonly #body = element('main', { class: 'body' });
  readonly #schedule = scheduler(() => this.#draw());
  #theme: Theme = readTheme();
  #highlighted: string | null = null;
  #scenes: readonly Scene[] = [];
  #announced = new Map<string, number>();
  #legendStale = true;
  #said = '';
  #saidTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(root: HTMLElement, model: Model) {
    this.#model = model;
    this.#legend = new Legend(model, (key) => this.#highlight(key));
    this.#picker = new Picker(model);
    const navigate = navigator(model, () => this.#scenes);
    this.#cursor = new Cursor(model, () => this.#theme, this.#live);
    this.#flow = new FlowSection(model, this.#live);
    this.#table = new TableView(model);
    this.#charts = new Map(
      chartIds.map((id) => [
        id,
        new Chart(id, {
          ...navigate,
          hover: (chart, part) => this.#cursor.hover(chart, part),
          key: (chart, event) => {
            if (navigate.key(chart, event, this.#cursor.part) || this.#cursor.key(chart, event)) event.preventDefault();
          },
        }),
      ]),
    );
    this.#cursor.attach(this.#charts, () => this.#scenes);
    this.#toolbar = toolbar(model, this.#picker.element, {
      zoom: (factor) => navigate.zoom(factor, 0.5),
      move: navigate.move,
      reset: navigate.reset,
      savePng: () => void this.#save('png'),
      saveCsv: () => void this.#save('csv'),
    });
    const help = element('p', { class: 'sr-only', id: 'chart-keys' }, keysHelp);
    this.#body.append(this.#legend.element, this.#stack, this.#table.element);
    root.append(this.#toolbar.element, this.#notice, this.#empty, this.#body, this.#cursor.element, this.#live, help);
    new ResizeObserver(() => this.#schedule.soon()).observe(this.#body);
    addEventListener('resize', () => this.#schedule.soon());
    model.onChange((change) => this.#changed(change));
    this.#changed('runs');
  }

  /** Reads the theme anew. */
  redraw(): void {
    this.#theme = readTheme();
    this.#legendStale = true;
    this.#schedule.soon();
  }

  #changed(change: Change): void {
    this.#legendStale ||= change !== 'view';
    this.#toolbar.update();
    if (change === 'figures') {
      this.#announce();
      this.#schedule.later();
      return;
    }
    this.#picker.update();
    this.#schedule.soon();
  }

  #highlight(key: string | null): void {
    if (key === this.#highlighted) return;
    this.#highlighted = key;
    this.#schedule.soon();
  }

  /** Everything that can be seen, once a frame at most. */
  #draw(): void {
    const { runs, state } = this.#model;
    const shown = this.#model.shown();
    this.#showEmpty();
    this.#showNotice();
    this.#body.hidden = runs === null || runs.length === 0 || shown.length === 0;
    this.#stack.hidden = state.table;
    this.#table.element.hidden = !state.table;
    if (this.#legendStale) {
      const light = this.#theme.kind.endsWith('light');
      this.#legend.update(shown, (slot) => lookOf(slot, light));
      this.#legendStale = false;
    }
    if (this.#body.hidden) return;
    if (state.table) this.#table.update(shown);
    else this.#drawCharts();
  }

  #drawCharts(): void {
    const { state } = this.#model;
    const shown = this.#model.shown();
    const visible = visibleCharts(state);
    const width = Math.max(160, Math.floor(this.#stack.clientWidth));
    this.#flow.update(this.#highlighted, this.#theme, width);
    const flow = this.#flow.isShown ? [this.#flow.element] : [];
    const wanted = [...visible.map((id) => this.#chart(id).element), this.#axisTitle, ...flow];
    const there = [...this.#stack.children];
    if (wanted.length !== there.length || wanted.some((chart, index) => chart !== there[index]))
      this.#stack.replaceChildren(...wanted);
    setText(this.#axisTitle, axisTitles[state.axis]);
    const columns = Math.round(plotWidth(width) * devicePixelRatio);
    this.#scenes = scenes({ state, shown, highlighted: this.#highlighted, theme: this.#theme, columns });
    for (const { chart, references } of this.#scenes) this.#chart(chart).references = referenceWords(references);
    const heights = this.#heights(visible);
    for (const scene of this.#scenes) {
      const chart = this.#chart(scene.chart);
      const height = scene.chart === 'perplexity' ? heights.perplexity : otherHeight + (scene.axisWords ? 20 : 0);
      chart.draw(scene, { width, height });
      chart.summary = chartSummary(
        scene.chart,
        shown.filter(({ hidden }) => !hidden).map(({ run, loaded }) => ({ name: run.name, data: loaded.data })),
      );
    }
    this.#cursor.refresh();
  }

  /** Fills the window where there is room, else the page scrolls. */
  #heights(charts: readonly ChartId[]): { perplexity: number } {
    const top = this.#stack.getBoundingClientRect().top + scrollY;
    const heads = charts.reduce((sum, id) => sum + this.#chart(id).headHeight, 0);
    const others = (charts.length - 1) * otherHeight + (charts.length > 1 ? 20 : 0);
    const below = 32 + this.#flow.element.offsetHeight;
    return { perplexity: Math.max(leastPerplexity, Math.floor(innerHeight - top - others - heads - below)) };
  }

  #chart(id: ChartId): Chart {
    return this.#charts.get(id) as Chart;
  }

  #showEmpty(): void {
    const { runs, problem, state } = this.#model;
    const kind =
      problem !== undefined && runs === null
        ? ''
        : runs === null
          ? 'loading'
          : runs.length === 0
            ? 'none'
            : state.selected.length === 0
              ? 'unchosen'
              : '';
    this.#empty.hidden = kind === '';
    if (this.#empty.dataset['kind'] === kind) return;
    this.#empty.dataset['kind'] = kind;
    const contents: Record<string, (Node | string)[]> = {
      loading: [element('p', { role: 'status' }, 'Loading runs…')],
      none: [
        element('h2', {}, 'No experiments yet'),
        element('p', {}, 'Train a language model, and its curves appear here while it learns.'),
        button('Train PTB Model', () => this.#model.command('trainPtb'), { appearance: 'primary' }),
      ],
      unchosen: [
        element('h2', {}, 'No run is shown'),
        element('p', {}, 'Choose runs above, or follow the newest one.'),
        button('Follow Newest Run', () => this.#model.follow(true), { appearance: 'primary' }),
      ],
    };
    this.#empty.replaceChildren(...(contents[kind] ?? []));
  }

  /** Says a run's new validation perplexity, once. What was there when the history came is no news. */
  #announce(): void {
    for (const { run, loaded } of this.#model.shown()) {
      const { data } = loaded;
      if (data === undefined) continue;
      const before = this.#announced.get(run.key);
      this.#announced.set(run.key, data.epochs.length);
      if (before === undefined || data.epochs.length <= before) continue;
      const words = validationNews(run.name, data);
      if (words !== undefined) setText(this.#live, words);
    }
  }

  async #save(kind: 'png' | 'csv'): Promise<void> {
    const shown = this.#model.shown().filter(({ hidden, loaded }) => !hidden && loaded.data !== undefined);
    const first = shown[0];
    if (first === undefined) return this.#say('There is nothing to save: no run is drawn.');
    const name = shown.length === 1 ? first.run.id : `${shown.length}-runs`;
    try {
      const bytes = kind === 'csv' ? await this.#csv() : await this.#png();
      const path = await this.#model.save(`curves-${name}.${kind}`, kind, bytes);
      if (path !== null) this.#say(`Saved to ${path}`);
    } catch (error) {
      this.#say(`The ${kind === 'csv' ? 'table' : 'picture'} could not be saved: ${wordsOf(error)}`);
    }
  }

  async #csv(): Promise<Uint8Array> {
    const shown = this.#model
      .shown()
      .flatMap(({ run, hidden, loaded: { data } }) =>
        hidden || data === undefined
          ? []
          : [{ id: run.id, name: run.name, steps: data.steps, epochs: data.epochs, flow: data.flow }],
      );
    return csvOf(shown);
  }

  async #png(): Promise<Uint8Array> {
    const { table } = this.#model.state;
    if (table) {
      // Charts are not drawn while the table is there; uPlot draws after the current task.
      this.#model.set({ table: false });
      this.#draw();
      await new Promise((done) => setTimeout(done));
    }
    try {
      return await this.#picture();
    } finally {
      if (table) this.#model.set({ table });
    }
  }

  async #picture(): Promise<Uint8Array> {
    const light = this.#theme.kind.endsWith('light');
    const drawn = this.#model.shown().filter(({ hidden, loaded }) => !hidden && loaded.data !== undefined);
    const axis = axisTitles[this.#model.state.axis];
    const flow = this.#flow.picture;
    return pngOf({
      title: drawn.length === 1 ? `Loss curves of ${drawn[0]?.run.name ?? ''}` : `Loss curves of ${drawn.length} runs`,
      charts: [
        ...this.#scenes.map(({ chart: id, references }, index) => ({
          title:
            id === 'perplexity'
              ? ['Perplexity: train (line), validation (points)', ...referenceWords(references)].join(', ')
              : chartTitles[id],
          chart: this.#chart(id),
          ...(index === this.#scenes.length - 1 ? { axis } : {}),
        })),
        ...(flow === undefined ? [] : [flow]),
      ],
      runs: drawn.map(({ run, loaded, slot }) => ({
        look: lookOf(slot, light),
        words: `${run.name} · ${standing(run, loaded.data?.validation()?.best)}`,
      })),
      theme: this.#theme,
    });
  }

  /** Tells everyone, in the notice's place, for as long as it takes to read. */
  #say(words: string): void {
    this.#said = words;
    this.#showNotice();
    clearTimeout(this.#saidTimer);
    this.#saidTimer = setTimeout(() => {
      this.#said = '';
      this.#showNotice();
      this.#schedule.soon();
    }, noticeTime);
    // The charts have another height beside a notice.
    this.#schedule.soon();
  }

  #showNotice(): void {
    const { problem } = this.#model;
    const words = problem === undefined ? this.#said : `The runs cannot be listed: ${problem}`;
    setText(this.#notice, words);
    this.#notice.hidden = words === '';
  }
}
