import type { ExporterIdOf } from '../../src/config/exporters.ts';
import type { Content } from '../shared/controls.ts';
import { emptyState, loading, notice } from '../shared/controls.ts';
import { createRef, html, nothing, ref, render, repeat } from '../shared/lit.ts';
import { scheduler } from '../shared/scheduler.ts';
import { readTheme } from '../shared/theme.ts';
import { plotWidth } from './axesPlot.ts';
import { Chart } from './chart.ts';
import { Cursor } from './cursor.ts';
import { FlowSection } from './flowSection.ts';
import { legend } from './legend.ts';
import type { Change, Model } from './model.ts';
import { navigator } from './navigator.ts';
import { Picker } from './picker.ts';
import { referencesOf, referenceWords } from './references.ts';
import type { Drawn } from './saving.ts';
import { save } from './saving.ts';
import type { Scene } from './scene.ts';
import { scenes, visibleCharts } from './scene.ts';
import type { ChartId } from './state.ts';
import { chartIds } from './state.ts';
import { TableView } from './tableView.ts';
import type { ToolbarActions } from './toolbar.ts';
import { toolbar } from './toolbar.ts';
import { axisTitles, chartSummary, titleOf, validationNews } from './words.ts';

/** Heights in CSS pixels: perplexity takes what the others leave, but not less than this. */
const minPerplexityHeight = 220;
const otherHeight = 92;

/** How long it can be read that a file was saved, in ms. */
const messageTime = 10_000;

const keysHelp =
  'Left and right arrow: read values. Plus and minus: zoom. Shift with left and right: move. ' +
  'Shift with up and down: zoom the vertical axis, up and down: move it. 0: show all.';

/** The panel: puts the parts together and draws them when the model has changed. */
export class View {
  readonly #root: HTMLElement;
  readonly #model: Model;
  readonly #picker: Picker;
  readonly #actions: ToolbarActions;
  readonly #charts: ReadonlyMap<ChartId, Chart>;
  readonly #cursor: Cursor;
  readonly #table: TableView;
  readonly #flow: FlowSection;
  readonly #body = createRef<HTMLElement>();
  readonly #stack = createRef<HTMLElement>();
  readonly #schedule = scheduler(() => this.#draw());
  #theme = readTheme();
  #highlighted: string | null = null;
  #scenes: readonly Scene[] = [];
  /** How many epochs of each run have been announced. */
  #announcedEpochs = new Map<string, number>();
  /** Said to those who do not see the panel. */
  #announcement = '';
  /** Said to everyone, in the notice's place. */
  #message = '';
  #messageTimer: ReturnType<typeof setTimeout> | undefined;
  /** Whether the controls that a narrow panel folds are there. */
  #isUnfolded = false;

  constructor(root: HTMLElement, model: Model) {
    this.#root = root;
    this.#model = model;
    const renderNow = (): void => this.#render();
    const announce = (words: string): void => {
      this.#announcement = words;
      this.#render();
    };
    const navigate = navigator(model, () => this.#scenes);
    this.#picker = new Picker(model, renderNow);
    this.#table = new TableView(model, renderNow);
    this.#flow = new FlowSection(model, announce);
    const actions = {
      ...navigate,
      hover: (chart: ChartId, part: number | null) => this.#cursor.hover(chart, part),
      key: (chart: ChartId, event: KeyboardEvent) => {
        if (navigate.key(chart, event, this.#cursor.part) || this.#cursor.key(chart, event)) event.preventDefault();
      },
    };
    this.#charts = new Map(chartIds.map((id) => [id, new Chart(id, actions)]));
    this.#cursor = new Cursor({
      model,
      charts: this.#charts,
      scenes: () => this.#scenes,
      lightTheme: () => this.#lightTheme,
      announce,
    });
    this.#actions = {
      zoom: (factor) => navigate.zoom(factor, 0.5),
      move: navigate.move,
      reset: navigate.reset,
      save: (format) => void this.#save(format),
    };
    this.#render();
    new ResizeObserver(() => this.#schedule.soon()).observe(this.#body.value as HTMLElement);
    addEventListener('resize', () => this.#schedule.soon());
    model.changes.on((change) => this.#changed(change));
    this.#schedule.soon();
  }

  /** Reads the theme anew. */
  redraw(): void {
    this.#theme = readTheme();
    this.#schedule.soon();
  }

  get #lightTheme(): boolean {
    return this.#theme.kind.endsWith('light');
  }

  #changed(change: Change): void {
    if (change !== 'figures') return this.#schedule.soon();
    this.#announceValidation();
    this.#schedule.later();
  }

  #highlight(key: string | null): void {
    if (key === this.#highlighted) return;
    this.#highlighted = key;
    this.#schedule.soon();
  }

  /** Everything that can be seen, once a frame at most. */
  #draw(): void {
    this.#render();
    if (this.#model.shown().length > 0 && !this.#model.state.table) this.#drawCharts();
  }

  /** All but what is drawn on canvases. */
  #render(): void {
    const { state, problem } = this.#model;
    const shown = this.#model.shown();
    const view = {
      open: this.#isUnfolded,
      toggle: () => {
        this.#isUnfolded = !this.#isUnfolded;
        this.#render();
      },
    };
    const highlight = (key: string | null): void => this.#highlight(key);
    render(
      html`<h1 class="sr-only">Loss curves</h1>
        ${toolbar(this.#model, { picker: this.#picker.render(), actions: this.#actions, view })}
        ${notice(problem === undefined ? this.#message : `The runs cannot be listed: ${problem}`)} ${this.#emptyState()}
        <main class="body" ?hidden=${shown.length === 0} ${ref(this.#body)}>
          ${legend(shown, { model: this.#model, lightTheme: this.#lightTheme, highlight })}
          <div class="charts" ?hidden=${state.table} ${ref(this.#stack)}>
            ${this.#chartTemplates()}
            <p class="axis-title">${axisTitles[state.axis]}</p>
            ${this.#flow.render(this.#highlighted, this.#theme)}
          </div>
          ${state.table ? this.#table.render() : nothing}
        </main>
        ${this.#cursor.element}
        <p class="sr-only" role="status" aria-live="polite">${this.#announcement}</p>
        <p class="sr-only" id="chart-keys">${keysHelp}</p>`,
      this.#root,
    );
  }

  #chartTemplates(): unknown {
    const visible = this.#model.shown().filter(({ hidden }) => !hidden);
    const summed = visible.map(({ run, loaded }) => ({ name: titleOf(run), data: loaded.data }));
    const references = referenceWords(referencesOf(this.#model.drawn().map(({ run }) => run)));
    return repeat(
      visibleCharts(this.#model.state),
      (id) => id,
      (id) => this.#chart(id).render(chartSummary(id, summed), id === 'perplexity' ? references : []),
    );
  }

  #emptyState(): Content {
    const { runs, problem, state } = this.#model;
    if (runs === null) return problem === undefined ? loading('Loading runs…') : nothing;
    if (runs.length === 0)
      return emptyState('No experiments yet', 'Train a language model, and its curves appear here while it learns.', {
        words: 'Train PTB Model',
        click: () => this.#model.command('trainPtb'),
      });
    if (state.selected.length === 0)
      return emptyState('No run is shown', 'Choose runs above, or follow the newest one.', {
        words: 'Follow Newest Run',
        click: () => this.#model.follow(true),
      });
    return nothing;
  }

  #drawCharts(): void {
    const { state } = this.#model;
    const stack = this.#stack.value as HTMLElement;
    const width = Math.max(160, Math.floor(stack.clientWidth));
    this.#flow.draw(this.#theme, width);
    const columns = Math.round(plotWidth(width) * devicePixelRatio);
    const shown = this.#model.shown();
    this.#scenes = scenes({ state, shown, highlighted: this.#highlighted, theme: this.#theme, columns });
    const perplexityHeight = this.#perplexityHeight(stack);
    for (const scene of this.#scenes) {
      const height = scene.chart === 'perplexity' ? perplexityHeight : otherHeight + (scene.axisWords ? 20 : 0);
      this.#chart(scene.chart).draw(scene, { width, height });
    }
    this.#cursor.refresh();
  }

  /** Fills the window where there is room, else the page scrolls. */
  #perplexityHeight(stack: HTMLElement): number {
    const heightOf = (selector: string): number =>
      [...stack.querySelectorAll<HTMLElement>(selector)].reduce((sum, { offsetHeight }) => sum + offsetHeight, 0);
    const top = stack.getBoundingClientRect().top + scrollY;
    const heads = heightOf('.chart:not(.flow) > .chart-head');
    const count = this.#scenes.length;
    const others = (count - 1) * otherHeight + (count > 1 ? 20 : 0);
    const below = 32 + heightOf('.flow');
    return Math.max(minPerplexityHeight, Math.floor(innerHeight - top - others - heads - below));
  }

  #chart(id: ChartId): Chart {
    return this.#charts.get(id) as Chart;
  }

  /** Says a run's new validation perplexity, once. What was there when the history came is no news. */
  #announceValidation(): void {
    for (const { run, loaded } of this.#model.shown()) {
      const { data } = loaded;
      if (data === undefined) continue;
      const before = this.#announcedEpochs.get(run.key);
      this.#announcedEpochs.set(run.key, data.epochs.length);
      if (before === undefined || data.epochs.length <= before) continue;
      this.#announcement = validationNews(run, data) ?? this.#announcement;
    }
  }

  async #save(format: ExporterIdOf<'page'>): Promise<void> {
    const message = await save(format, this.#model, (take) => this.#withCharts(take));
    if (message !== undefined) this.#showMessage(message);
  }

  /** Charts are not drawn while the table is there: it makes room for them as long as they are needed. */
  async #withCharts<Result>(take: (drawn: Drawn) => Promise<Result>): Promise<Result> {
    const { table } = this.#model.state;
    if (table) {
      this.#model.set({ table: false });
      this.#draw();
      // uPlot draws after the current task.
      await new Promise((done) => setTimeout(done));
    }
    try {
      return await take({ scenes: this.#scenes, charts: this.#charts, flow: this.#flow.picture, theme: this.#theme });
    } finally {
      if (table) this.#model.set({ table });
    }
  }

  /** Shows a message for as long as it takes to read. The charts have another height beside it. */
  #showMessage(words: string): void {
    this.#message = words;
    clearTimeout(this.#messageTimer);
    if (words !== '') this.#messageTimer = setTimeout(() => this.#showMessage(''), messageTime);
    this.#schedule.soon();
  }
}
