import { exporters, exportName } from '../../src/config/exporters.ts';
import type { ExporterIdOf } from '../../src/config/exporters.ts';
import { emptyState, loading } from '../shared/controls.ts';
import type { Content } from '../shared/controls.ts';
import { classMap, html, ifDefined, nothing, ref, render } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import { wordsOf } from '../shared/panelHost.ts';
import { scheduler } from '../shared/scheduler.ts';
import { valueEnds } from '../shared/swatch.ts';
import { readTheme } from '../shared/theme.ts';
import { pageWriters } from './export.ts';
import type { ExportedView } from './export.ts';
import { findSection } from './findSection.ts';
import { followersSection } from './followersSection.ts';
import { Lines } from './lines.ts';
import type { LinesOf } from './lines.ts';
import { Maps } from './maps.ts';
import type { Model } from './model.ts';
import type { Shown } from './pictures.ts';
import { pinsSection } from './pins.ts';
import { ProbeBar } from './probeBar.ts';
import { runBar } from './runBar.ts';
import { seriesBar } from './seriesBar.ts';
import type { SeriesBarActions } from './seriesBar.ts';
import { TextBar } from './textBar.ts';
import { unitSection } from './unitSection.ts';
import { factsWords, keysHelp, recordNotice, runName, textNotice } from './words.ts';

/** How long it can be read that a file was saved, in ms. */
const noticeTime = 10_000;
/** Below this a person sees no waiting, and words about it would only flicker. */
const busyDelay = 400;

/** The panel: puts the parts together, and draws them once a frame at most when the model has changed. */
export class View {
  readonly #root: HTMLElement;
  readonly #model: Model;
  readonly #textBar: TextBar;
  readonly #probeBar: ProbeBar;
  readonly #maps: Maps;
  readonly #lines = new Lines();
  readonly #frames = scheduler(() => this.#drawNow());
  readonly #sizes = new ResizeObserver(() => this.#sized());
  readonly #actions: SeriesBarActions = {
    zoom: (factor) => this.#maps.zoom(factor),
    fit: (what) => this.#maps.fit(what),
    save: (format) => void this.#save(format),
    saveStates: (format) => void this.#saveStates(format),
  };
  #main: HTMLElement | undefined;
  #theme = readTheme();
  #said = '';
  #saidTimer: ReturnType<typeof setTimeout> | undefined;
  #busySince: number | undefined;

  constructor(root: HTMLElement, model: Model) {
    this.#root = root;
    this.#model = model;
    const draw = (): void => this.#frames.soon();
    this.#textBar = new TextBar(model);
    this.#probeBar = new ProbeBar(model, draw);
    this.#maps = new Maps(model, draw);
    addEventListener('resize', () => this.#sized());
    model.changes.on(draw);
    this.redraw();
  }

  redraw(): void {
    this.#theme = readTheme();
    // Bars are in the colours of the heatmap.
    const { negative, positive } = valueEnds[this.#theme.kind];
    this.#root.style.setProperty('--negative', `rgb(${negative.join(' ')})`);
    this.#root.style.setProperty('--positive', `rgb(${positive.join(' ')})`);
    this.#frames.soon();
  }

  #drawNow(): void {
    const shown = this.#model.shown('first');
    render(this.#template(shown), this.#root);
    if (shown === undefined || !this.#hasRuns) return;
    this.#maps.draw(this.#theme);
    const { view, width } = this.#maps.columns;
    const { pins } = this.#model.state;
    const [of, cursor] = [this.#linesOf(), this.#maps.cursorToken];
    this.#lines.draw({ of, pins, scale: shown.scale, view, width, cursor, theme: this.#theme });
  }

  get #hasRuns(): boolean {
    return (this.#model.runs ?? []).length > 0;
  }

  #template(shown: Shown | undefined): TemplateResult {
    const model = this.#model;
    const { state } = model;
    const order = model.isOrdering ? 'busy' : state.order;
    // First: of another text they have no cursor.
    const maps = this.#maps.render(this.#theme);
    // What tests and benchmarks wait for stands at the body: of which text the drawn states are.
    return html`<header>
        <h1 class="sr-only">Hidden States</h1>
        ${this.#hasRuns ? this.#controls() : nothing}
      </header>
      ${this.#notice()} ${this.#status()} ${this.#empty()}
      <main
        class="body"
        data-drawn=${ifDefined(shown?.reading.like)}
        data-order=${order}
        ?hidden=${shown === undefined || !this.#hasRuns}
      >
        <div class="main" ${ref(this.#observe)}>
          <p class="sr-only" id="map-keys">${keysHelp}</p>
          ${maps}
          ${pinsSection(model, {
            lines: this.#lines,
            of: this.#linesOf(),
            at: this.#maps.cursorToken,
            theme: this.#theme,
          })}
        </div>
        <aside class="aside" aria-label="About spans and units">
          <p class="muted" ?hidden=${state.source !== 'training'}>${recordNotice(model.first.facts)}</p>
          ${findSection(model)} ${unitSection(model)} ${followersSection(model)}
        </aside>
      </main>
      <p class="sr-only" role="status" aria-live="polite">${this.#maps.announced}</p>
      ${this.#maps.renderReadout()}`;
  }

  #controls(): Content {
    const model = this.#model;
    return [runBar(model), this.#textBar.render(), this.#probeBar.render(), seriesBar(model, this.#actions)];
  }

  /** In place of all else: that runs are being loaded, or how to come by one. */
  #empty(): Content {
    const { runs, problem } = this.#model;
    if (runs === null) return problem === undefined ? loading('Loading runs…') : nothing;
    if (runs.length > 0) return nothing;
    return emptyState('No experiments yet', 'Train a language model to see here what its units hold, word by word.', {
      words: 'Train PTB Model',
      click: () => this.#model.trainPtb(),
    });
  }

  #notice(): TemplateResult {
    const { problem } = this.#model;
    const words = problem ?? this.#said;
    // What goes by itself must not move what is below it: neither when it comes nor when it goes.
    const classes = classMap({ notice: true, passing: problem === undefined });
    return html`<p class=${classes} role="alert" ?hidden=${words === ''}>${words}</p>`;
  }

  /** How the reading goes, and what should be known of the text and of the sums of the runs on show. */
  #status(): TemplateResult {
    const { first, second, state, runs, isOrdering, isIncomparable } = this.#model;
    const sides = [state.first?.key, state.second?.key].map((key) => runs?.find((run) => run.key === key));
    const problems = [first, second].flatMap(({ problem }, index) =>
      problem === undefined ? [] : [`${runName(sides[index])}: ${problem}`],
    );
    const isReading = this.#isLong(first.isBusy || second.isBusy);
    const words = [
      ...(problems.length > 0 ? problems : [isReading ? 'Reading…' : this.#textStatus()]),
      first.reading === undefined ? '' : textNotice(first.reading.tokens, first.reading.left),
      isOrdering ? 'Ordering units by similarity…' : '',
      isIncomparable ? 'There is no difference to show: the two do not have the same number of units and tokens.' : '',
    ];
    const status = words.filter((part) => part !== '').join(' ');
    const sums = [...new Set(sides)].flatMap((run) => run?.sumsNotice ?? []).join(' ');
    return html`<p
        class=${classMap({ status: true, failed: problems.length > 0 })}
        role="status"
        ?hidden=${status === ''}
      >
        ${status}
      </p>
      <p class="sums" ?hidden=${sums === ''}>${sums}</p>`;
  }

  #textStatus(): string {
    const { first, state } = this.#model;
    if (first.reading !== undefined)
      return state.source === 'training' || first.facts === undefined ? '' : `${factsWords(first.facts)}.`;
    if (first.isBusy || !this.#hasRuns) return '';
    return state.source === 'selection'
      ? 'Select some text in an editor.'
      : 'Type some words to see how each unit responds to them.';
  }

  #isLong(isBusy: boolean): boolean {
    const now = performance.now();
    if (!isBusy) this.#busySince = undefined;
    else if (this.#busySince === undefined) {
      this.#busySince = now;
      setTimeout(() => this.#frames.soon(), busyDelay + 10);
    }
    return this.#busySince !== undefined && now - this.#busySince >= busyDelay;
  }

  #linesOf(): LinesOf[] {
    const [first, second] = [this.#model.shown('first'), this.#model.shown('second')];
    return [
      ...(first === undefined ? [] : [{ grid: first.grid, isSecond: false }]),
      // Lines of a difference would need a scale of their own.
      ...(second === undefined || this.#model.state.difference ? [] : [{ grid: second.grid, isSecond: true }]),
    ];
  }

  readonly #observe = (main: Element | undefined): void => {
    this.#sizes.disconnect();
    this.#main = main instanceof HTMLElement ? main : undefined;
    if (this.#main !== undefined) this.#sizes.observe(this.#main);
  };

  #sized(): void {
    // It stays in sight beside what is longer; where it is higher than the window, with its end.
    if (this.#main !== undefined) this.#main.style.top = `${Math.min(0, innerHeight - this.#main.offsetHeight)}px`;
    this.#frames.soon();
  }

  async #save(format: ExporterIdOf<'page'>): Promise<void> {
    const { runs, state } = this.#model;
    const shown = this.#model.shown('first');
    if (shown === undefined) return this.#say('There is nothing to save yet.');
    const id = runs?.find(({ key }) => key === state.first?.key)?.id ?? 'run';
    const { series } = shown.reading;
    const suggestedName = exportName(format, `states-${id}-${series.name}-layer${series.layer + 1}`);
    try {
      const bytes = await pageWriters[format](this.#exported());
      const path = await this.#model.save({ suggestedName, format, bytes });
      if (path !== null) this.#say(`Saved to ${path}`);
    } catch (error) {
      this.#say(`The ${exporters[format].title} file could not be saved: ${wordsOf(error)}`);
    }
  }

  #exported(): ExportedView {
    const { pins, difference } = this.#model.state;
    const maps = this.#maps.exported();
    const of = maps.map(({ who }) => who).slice(0, difference ? 1 : 2);
    return { maps, lines: pins.length === 0 ? null : { canvas: this.#lines.canvas, pins, of }, theme: this.#theme };
  }

  async #saveStates(format: ExporterIdOf<'host'>): Promise<void> {
    await this.#model.saveStates(format);
    const path = this.#model.exported.get(format)?.result;
    if (typeof path === 'string') this.#say(`Saved to ${path}`);
  }

  /** Tells everyone, in the notice's place, for as long as it takes to read. */
  #say(words: string): void {
    this.#said = words;
    clearTimeout(this.#saidTimer);
    this.#saidTimer = setTimeout(() => {
      this.#said = '';
      this.#frames.soon();
    }, noticeTime);
    this.#frames.soon();
  }
}
