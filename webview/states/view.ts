import { element, setText } from '../shared/dom.ts';
import { wordsOf } from '../shared/messenger.ts';
import { valueEnds } from '../shared/swatch.ts';
import type { Theme } from '../shared/theme.ts';
import { readTheme } from '../shared/theme.ts';
import { button } from '../shared/toolkit.ts';
import { csvOf, pngOf } from './export.ts';
import { FindSection } from './findSection.ts';
import { Lines } from './lines.ts';
import { Maps } from './maps.ts';
import type { Model } from './model.ts';
import { Pins } from './pins.ts';
import { ProbeBar } from './probeBar.ts';
import { RunBar } from './runBar.ts';
import { SeriesBar } from './seriesBar.ts';
import { TextBar } from './textBar.ts';
import { FollowersSection, UnitSection } from './unitSection.ts';
import { factsWords, recordNotice, keysHelp, runName, textNotice } from './words.ts';

/** How long it can be read that a file was saved, in ms. */
const noticeTime = 10_000;
/** Below this a person sees no waiting, and words about it would only flicker. */
const patience = 400;

/** The panel: puts the parts together, and draws them once a frame at most when the model has changed. */
export class View {
  readonly #model: Model;
  readonly #runBar: RunBar;
  readonly #textBar: TextBar;
  readonly #probeBar: ProbeBar;
  readonly #seriesBar: SeriesBar;
  readonly #maps: Maps;
  readonly #lines = new Lines();
  readonly #pins: Pins;
  /** The sections below search with other weights than those of a record. */
  readonly #searchNote = element('p', { class: 'muted' });
  readonly #find: FindSection;
  readonly #unit: UnitSection;
  readonly #followers: FollowersSection;
  readonly #controls = element('header');
  readonly #notice = element('p', { class: 'notice', role: 'alert', hidden: true });
  readonly #status = element('p', { class: 'status', role: 'status' });
  readonly #sums = element('p', { class: 'sums', hidden: true });
  readonly #empty = element('section', { class: 'empty', hidden: true });
  readonly #body = element('main', { class: 'body' });
  readonly #live = element('p', { class: 'sr-only', role: 'status', 'aria-live': 'polite' });
  #theme: Theme = readTheme();
  #frame = 0;
  #said = '';
  #saidTimer: ReturnType<typeof setTimeout> | undefined;
  #busySince: number | undefined;

  constructor(root: HTMLElement, model: Model) {
    this.#model = model;
    this.#runBar = new RunBar(model);
    this.#textBar = new TextBar(model);
    this.#probeBar = new ProbeBar(model);
    this.#maps = new Maps(model, { redraw: () => this.draw(), live: this.#live });
    this.#seriesBar = new SeriesBar(model, {
      zoom: (factor) => this.#maps.zoom(factor),
      fit: (what) => this.#maps.fit(what),
      savePng: () => void this.#save('png'),
      saveCsv: () => void this.#save('csv'),
      saveForLstmVis: () => void this.#saveForLstmVis(),
    });
    this.#pins = new Pins(model, this.#lines);
    this.#find = new FindSection(model);
    this.#unit = new UnitSection(model);
    this.#followers = new FollowersSection(model);
    this.#controls.append(this.#runBar.element, this.#textBar.element, this.#probeBar.element, this.#seriesBar.element);
    const main = element('div', { class: 'main' }, this.#maps.element, this.#pins.element);
    const aside = element(
      'aside',
      { class: 'aside', 'aria-label': 'About spans and units' },
      this.#searchNote,
      this.#find.element,
      this.#unit.element,
      this.#followers.element,
    );
    this.#body.append(main, aside);
    root.append(
      this.#controls,
      this.#notice,
      this.#status,
      this.#sums,
      this.#empty,
      this.#body,
      this.#live,
      this.#maps.readout,
      element('p', { class: 'sr-only', id: 'map-keys' }, keysHelp),
    );
    const sized = (): void => {
      // It stays in sight beside what is longer; where it is higher than the window, with its end.
      main.style.top = `${Math.min(0, innerHeight - main.offsetHeight)}px`;
      this.draw();
    };
    new ResizeObserver(sized).observe(main);
    addEventListener('resize', sized);
    model.onChange(() => this.draw());
    this.#takeTheme();
    this.draw();
  }

  redraw(): void {
    this.#takeTheme();
    this.draw();
  }

  /** Bars are in the colours of the heatmap. */
  #takeTheme(): void {
    this.#theme = readTheme();
    const { negative, positive } = valueEnds[this.#theme.kind];
    this.#body.style.setProperty('--negative', `rgb(${negative.join(' ')})`);
    this.#body.style.setProperty('--positive', `rgb(${positive.join(' ')})`);
  }

  /** Draws everything before the next frame. */
  draw(): void {
    if (this.#frame !== 0 || document.hidden) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#drawNow();
    });
  }

  #drawNow(): void {
    const { runs, first } = this.#model;
    const isEmpty = this.#showEmpty();
    this.#controls.hidden = isEmpty;
    this.#showNotice();
    this.#showStatus();
    this.#showSums();
    const shown = this.#model.shown('first');
    this.#body.hidden = isEmpty || shown === undefined;
    if (isEmpty || runs === null) return;
    this.#runBar.update();
    this.#textBar.update();
    this.#probeBar.update();
    this.#seriesBar.element.hidden = first.available.length === 0;
    this.#seriesBar.update(shown);
    if (shown === undefined) return;
    this.#maps.update(this.#theme);
    this.#drawLines();
    setText(this.#searchNote, recordNotice(this.#model.first.facts));
    this.#searchNote.hidden = this.#model.state.source !== 'training';
    this.#find.update();
    this.#unit.update();
    this.#followers.update();
    if (this.element.dataset['drawn'] !== shown.reading.like) this.element.dataset['drawn'] = shown.reading.like;
    this.element.dataset['order'] = this.#model.isOrdering ? 'busy' : this.#model.state.order;
  }

  /** What tests and benchmarks wait for stands here: of which text the drawn states are. */
  get element(): HTMLElement {
    return this.#body;
  }

  #drawLines(): void {
    const { state } = this.#model;
    const [first, second] = [this.#model.shown('first'), this.#model.shown('second')];
    const of = [first, second].flatMap((shown, index) =>
      // Lines of a difference would need a scale of their own.
      shown === undefined || (index === 1 && state.difference) ? [] : [{ grid: shown.grid, isSecond: index === 1 }],
    );
    const at = this.#maps.cursorToken;
    this.#pins.update(of, at, this.#theme);
    if (first === undefined) return;
    const { view, width } = this.#maps.columns;
    this.#lines.draw({ of, pins: state.pins, scale: first.scale, view, width, cursor: at, theme: this.#theme });
  }

  /** @returns whether there is nothing but that */
  #showEmpty(): boolean {
    const { runs, problem } = this.#model;
    const kind = runs === null ? (problem === undefined ? 'loading' : 'refused') : runs.length === 0 ? 'none' : '';
    this.#empty.hidden = kind === '' || kind === 'refused';
    if (this.#empty.dataset['kind'] !== kind) {
      this.#empty.dataset['kind'] = kind;
      const contents: Record<string, (Node | string)[]> = {
        loading: [element('p', { role: 'status' }, 'Loading runs…')],
        none: [
          element('h2', {}, 'No experiments yet'),
          element('p', {}, 'Train a language model, and look here at what its units hold, word by word.'),
          button('Train PTB Model', () => this.#model.trainPtb(), { appearance: 'primary' }),
        ],
      };
      this.#empty.replaceChildren(...(contents[kind] ?? []));
    }
    return kind !== '';
  }

  #showStatus(): void {
    const { first, second, state, runs, isOrdering, isIncomparable } = this.#model;
    const reading = first.reading;
    const problems = (['first', 'second'] as const).flatMap((side) => {
      const { problem } = this.#model[side];
      const name = runName(runs?.find(({ key }) => key === state[side]?.key));
      return problem === undefined ? [] : [`${name}: ${problem}`];
    });
    const isBusy = first.isBusy || second.isBusy;
    const words = problems.length > 0 ? problems.join(' ') : this.#statusWords(this.#isLong(isBusy));
    const more = [
      ...(reading === undefined ? [] : [textNotice(reading.tokens, reading.left)]),
      ...(isOrdering ? ['Ordering units by their likeness…'] : []),
      ...(isIncomparable
        ? ['There is no difference to show: the two do not have the same number of units and tokens.']
        : []),
    ].filter((part) => part !== '');
    setText(this.#status, [words, ...more].filter((part) => part !== '').join(' '));
    this.#status.classList.toggle('failed', problems.length > 0);
    this.#status.hidden = this.#status.textContent === '';
    this.#body.classList.toggle('stale', isBusy && first.reading === undefined);
  }

  /** What should be known of the sums of the runs on show. */
  #showSums(): void {
    const { runs, state } = this.#model;
    const keys = new Set([state.first?.key, state.second?.key]);
    const notices = [...keys].flatMap((key) => runs?.find((run) => run.key === key)?.sumsNotice ?? []);
    setText(this.#sums, notices.join(' '));
    this.#sums.hidden = notices.length === 0;
  }

  #statusWords(isBusy: boolean): string {
    const { first, state } = this.#model;
    if (isBusy) return 'Reading…';
    if (first.reading === undefined) {
      if (first.isBusy || this.#model.runs === null || this.#model.runs.length === 0) return '';
      return state.source === 'selection'
        ? 'Select some text in an editor.'
        : 'Type some words, and see what each unit makes of them.';
    }
    if (state.source === 'training') return '';
    return first.facts === undefined ? '' : `${factsWords(first.facts)}.`;
  }

  #isLong(isBusy: boolean): boolean {
    if (!isBusy) {
      this.#busySince = undefined;
      return false;
    }
    const now = performance.now();
    if (this.#busySince === undefined) {
      this.#busySince = now;
      setTimeout(() => this.draw(), patience + 10);
    }
    return now - this.#busySince >= patience;
  }

  async #save(kind: 'png' | 'csv'): Promise<void> {
    const { runs, state } = this.#model;
    const shown = this.#model.shown('first');
    if (shown === undefined) return this.#say('There is nothing to save yet.');
    const id = runs?.find(({ key }) => key === state.first?.key)?.id ?? 'run';
    const { series } = shown.reading;
    const name = `states-${id}-${series.name}-layer${series.layer + 1}.${kind}`;
    try {
      const bytes = kind === 'csv' ? csvOf(this.#maps.exported()) : await this.#picture();
      const path = await this.#model.save(name, kind, bytes);
      if (path !== null) this.#say(`Saved to ${path}`);
    } catch (error) {
      this.#say(`The ${kind === 'csv' ? 'table' : 'picture'} could not be saved: ${wordsOf(error)}`);
    }
  }

  #picture(): Promise<Uint8Array> {
    const { pins, difference } = this.#model.state;
    const maps = this.#maps.exported();
    const of = maps.map(({ who }) => who).slice(0, difference ? 1 : 2);
    return pngOf(maps, pins.length === 0 ? null : { canvas: this.#lines.canvas, pins, of }, this.#theme);
  }

  async #saveForLstmVis(): Promise<void> {
    const { exported } = this.#model;
    await this.#model.saveForLstmVis();
    if (typeof exported.result === 'string') this.#say(`Saved to ${exported.result}`);
  }

  /** Tells everyone, in the notice's place, for as long as it takes to read. */
  #say(words: string): void {
    this.#said = words;
    clearTimeout(this.#saidTimer);
    this.#saidTimer = setTimeout(() => {
      this.#said = '';
      this.draw();
    }, noticeTime);
    this.draw();
  }

  #showNotice(): void {
    const { problem } = this.#model;
    const words = problem ?? this.#said;
    setText(this.#notice, words);
    // What goes by itself must not move what is below it: neither when it comes nor when it goes.
    this.#notice.classList.toggle('passing', problem === undefined);
    this.#notice.hidden = words === '';
  }
}
