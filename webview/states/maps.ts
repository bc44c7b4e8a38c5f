import type { StateRun } from '../../src/protocol/states.ts';
import { createRef, html, nothing, ref } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import type { Theme } from '../shared/theme.ts';
import type { ExportedMap } from './export.ts';
import { valueAt } from './grid.ts';
import { Heatmap, spanOf } from './heatmap.ts';
import type { Cell, PointedCell } from './heatmap.ts';
import type { Model } from './model.ts';
import type { Shown } from './pictures.ts';
import { seriesWords, shapeOf } from './series.ts';
import type { SideName } from './state.ts';
import { wordsOfToken } from './tokens.ts';
import { firstViewport, fitted, showing, within, zoomed } from './viewport.ts';
import type { Viewport } from './viewport.ts';
import { count, figure, runName } from './words.ts';

const sides = ['first', 'second'] as const;

/** Heights in CSS pixels: a heatmap takes what the window leaves, but not less than this. */
const minHeight = 260;
const minHeightOfTwo = 200;
/** Of the lines below, which have their room before a unit is pinned: what a click is aimed at stays where it is. */
const linesHeight = 188;
/** Of the heatmaps' titles. */
const titleHeight = 28;
/** Of the page above them. */
const pagePadding = 8;

/** The heatmaps of one run or of two, under each other, which show the same columns and rows. */
export class Maps {
  /** What is said of the cell that keys have gone to. */
  announced = '';
  readonly #model: Model;
  readonly #redraw: () => void;
  readonly #readout = createRef<HTMLElement>();
  /** The cell whose figures are shown: the one at the pointer, or that keys have gone to. */
  #pointed: PointedCell | null = null;
  readonly #maps: Readonly<Record<SideName, Heatmap>>;
  #view: Viewport | undefined;
  /** Whether the size of the cells follows that of the window: until the user zooms. */
  #fits: 'all' | 'words' | null = 'words';
  /** Of what the view is: of another text it begins anew. */
  #of = { text: '', units: 0 };
  #cursor: Cell | null = null;
  /** Whether the cursor was set by keys: then it stays when the pointer leaves. */
  #byKeys = false;
  /** Where the span began that is made by keys. */
  #anchor: number | null = null;

  constructor(model: Model, redraw: () => void) {
    this.#model = model;
    this.#redraw = redraw;
    this.#maps = { first: this.#map(), second: this.#map() };
    const hide = (): void => {
      if (this.#pointed !== null) this.#point(null);
    };
    addEventListener('scroll', hide, { passive: true });
  }

  get cursorToken(): number | null {
    return this.#cursor?.token ?? null;
  }

  /** The columns in sight, for what is drawn below them. */
  get columns(): { view: Viewport; width: number } {
    const view = this.#view ?? { cellWidth: 1, cellHeight: 1, left: 0, top: 0 };
    return { view, width: this.#maps.first.window(view).width };
  }

  render(theme: Theme): TemplateResult {
    this.#followText();
    const maps = sides.map((side) => {
      const shown = this.#model.shown(side);
      if (shown === undefined) return nothing;
      const { units, tokens } = shown.grid;
      const title = this.#title(side, shown);
      const summary = `Heatmap: ${title}, ${count(units, 'unit')} by ${count(tokens, 'token')}`;
      return this.#maps[side].render(shown, { title, summary, theme });
    });
    return html`<div class="maps">${maps}</div>`;
  }

  /** The figures of a cell, beside it: `draw` puts them in their place. */
  renderReadout(): TemplateResult {
    const [title, ...values] = this.#pointed === null ? [] : this.#words(this.#pointed.cell);
    return html`<div class="readout" aria-hidden="true" ?hidden=${title === undefined} ${ref(this.#readout)}>
      <div class="readout-title">${title}</div>
      ${values.map((words) => html`<div>${words}</div>`)}
    </div>`;
  }

  /** Draws the heatmaps. What is rendered must be on the page: they are as large as there is room. */
  draw(theme: Theme): void {
    const shown = this.#shown();
    const [first] = shown;
    if (first === undefined) return;
    this.#setHeights(shown.length);
    const view = this.#place(first.shown);
    const { state } = this.#model;
    for (const { side, shown: one } of shown) {
      const span = state.span !== null && state.span.to < one.grid.tokens ? state.span : null;
      const unit = state.unit !== null && state.unit < one.grid.units ? state.unit : null;
      const on = side === 'first' ? this.#model.onUnits() : [];
      this.#maps[side].draw(one, view, { marks: { cursor: this.#cursor, span, unit, pins: state.pins, on }, theme });
    }
    this.#placeReadout();
  }

  /** @param factor above 1: closer, about the cursor or the middle */
  zoom(factor: number): void {
    this.#fits = null;
    const { view, width } = this.columns;
    const { height } = this.#maps.first.window(view);
    this.#set(zoomed(view, { x: factor, y: factor }, { x: width / 2, y: height / 2 }));
  }

  fit(what: 'all' | 'words'): void {
    this.#fits = what;
    this.#redraw();
  }

  /** What a file is made of. */
  exported(): ExportedMap[] {
    return this.#shown().map(({ side, shown }) => ({
      run: this.#run(side)?.id ?? '',
      step: this.#step(side),
      who: this.#who(side),
      title: this.#title(side, shown),
      shown,
      canvas: this.#maps[side].canvas,
    }));
  }

  #shown(): { side: SideName; shown: Shown }[] {
    return sides.flatMap((side) => {
      const shown = this.#model.shown(side);
      return shown === undefined ? [] : [{ side, shown }];
    });
  }

  #map(): Heatmap {
    return new Heatmap({
      scrolled: (left, top) => {
        if (this.#view === undefined) return;
        this.#view = { ...this.#view, left, top };
        this.#redraw();
      },
      zoom: (factor, about) => {
        this.#fits = null;
        if (this.#view !== undefined) this.#set(zoomed(this.#view, { x: factor, y: factor }, about));
      },
      hover: (pointed) => this.#hover(pointed),
      pick: ({ row }) => {
        const unit = this.#model.shown('first')?.rows[row];
        if (unit !== undefined) this.#model.pick(unit);
      },
      span: (span) => this.#model.set({ span }),
      key: (event) => {
        if (this.#key(event)) event.preventDefault();
      },
    });
  }

  #set(view: Viewport): void {
    const shown = this.#model.shown('first');
    if (shown === undefined) return;
    const extent = { tokens: shown.grid.tokens, units: shown.rows.length };
    this.#view = within(view, extent, this.#maps.first.window(view));
    this.#redraw();
  }

  #setHeights(maps: number): void {
    // Of the page, for they stay in sight when it is scrolled.
    const { canvas } = this.#maps.first;
    const page = canvas.closest('.body') ?? canvas;
    const top = page.getBoundingClientRect().top + scrollY + pagePadding;
    const room = innerHeight - top - linesHeight - maps * titleHeight;
    const height = Math.max(maps > 1 ? minHeightOfTwo : minHeight, Math.floor(room / maps));
    for (const side of sides) this.#maps[side].height = height;
  }

  /** Of a text or a network of another size the view begins anew. */
  #followText(): void {
    const reading = this.#model.shown('first')?.reading;
    if (reading === undefined) return;
    const { text, grid } = reading;
    if (this.#view !== undefined && text === this.#of.text && grid.units === this.#of.units) return;
    this.#of = { text, units: grid.units };
    this.#cursor = null;
    this.#pointed = null;
    this.#anchor = null;
    this.#fits = 'words';
    this.#view = { cellWidth: 1, cellHeight: 1, left: 0, top: 0 };
  }

  /** Where the view is, in the room that there is now. */
  #place({ grid, rows }: Shown): Viewport {
    const extent = { tokens: grid.tokens, units: rows.length };
    let { view } = this.columns;
    const fit = this.#fits === 'all' ? fitted : firstViewport;
    // Twice: words that lie need less room than those that stand, and how they are the first time tells.
    if (this.#fits !== null)
      for (let time = 0; time < 2; time += 1) view = { ...fit(extent, this.#maps.first.window(view)), left: view.left };
    this.#view = within(view, extent, this.#maps.first.window(view));
    return this.#view;
  }

  #run(side: SideName): StateRun | undefined {
    const { runs, state } = this.#model;
    return runs?.find(({ key }) => key === state[side]?.key);
  }

  #title(side: SideName, { reading, grid }: Shown): string {
    const { available } = this.#model[side];
    const { state } = this.#model;
    const series = seriesWords(reading.series, shapeOf(available));
    const isDifference = side === 'second' && state.difference && grid !== reading.grid;
    return `${series} · ${this.#who(side)}${isDifference ? ` − ${this.#who('first')}` : ''}`;
  }

  /** A run, and the step whose weights or records are shown. */
  #who(side: SideName): string {
    const step = this.#step(side);
    return `${runName(this.#run(side))}${step === undefined ? '' : `, step ${step.toLocaleString('en-US')}`}`;
  }

  #step(side: SideName): number | undefined {
    const { reading, facts } = this.#model[side];
    return reading?.place?.step ?? facts?.checkpointStep;
  }

  #hover(pointed: PointedCell | null): void {
    if (pointed !== null || !this.#byKeys) {
      this.#byKeys = false;
      this.#cursor = pointed?.cell ?? null;
    }
    this.#point(pointed);
  }

  #point(pointed: PointedCell | null): void {
    this.#pointed = pointed;
    this.#redraw();
  }

  /** Beside the cell, within the window. */
  #placeReadout(): void {
    const readout = this.#readout.value;
    if (readout === undefined || this.#pointed === null) return;
    const { x, y } = this.#pointed;
    const { offsetWidth: width, offsetHeight: height } = readout;
    const left = x + 16 + width > innerWidth ? Math.max(4, x - 12 - width) : x + 16;
    const top = y + 20 + height > innerHeight ? Math.max(4, y - 12 - height) : y + 20;
    readout.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  /** The token, then the unit and its value in each heatmap. */
  #words({ token, row }: Cell): string[] {
    const shown = this.#shown();
    const [first] = shown;
    const read = first?.shown.reading.tokens[token];
    if (first === undefined || read === undefined) return [];
    const as = read.known && read.readAs !== read.token && read.readAs !== '<eos>' ? `, read as ${read.readAs}` : '';
    const title = `“${wordsOfToken(read)}”${as} · token ${token + 1}`;
    return [
      title,
      ...shown.map(({ side, shown: { grid, rows, reading } }) => {
        const unit = rows[row] ?? -1;
        const who = shown.length > 1 ? ` · ${this.#who(side)}` : '';
        if (unit < 0) return `no such unit${who}`;
        const value = figure(valueAt(grid, token, unit));
        return grid === reading.grid ? `unit ${unit + 1}: ${value}${who}` : `difference: ${value}`;
      }),
    ];
  }

  #key(event: KeyboardEvent): boolean {
    const shown = this.#model.shown('first');
    if (shown === undefined || event.ctrlKey || event.metaKey || event.altKey) return false;
    const last = { token: shown.grid.tokens - 1, row: shown.rows.length - 1 };
    const at = this.#cursor ?? { token: 0, row: 0 };
    const moves: Readonly<Record<string, Partial<Cell>>> = {
      ArrowLeft: { token: at.token - 1 },
      ArrowRight: { token: at.token + 1 },
      ArrowUp: { row: at.row - 1 },
      ArrowDown: { row: at.row + 1 },
      Home: { token: 0 },
      End: { token: last.token },
      PageUp: { row: at.row - 10 },
      PageDown: { row: at.row + 10 },
    };
    const move = moves[event.key];
    if (move !== undefined) {
      const clamp = (value: number, most: number): number => Math.min(most, Math.max(0, value));
      const next = { ...at, ...move };
      this.#go(
        { token: clamp(next.token, last.token), row: clamp(next.row, last.row) },
        event.shiftKey ? at.token : null,
      );
      return true;
    }
    if (event.key === 'Enter') this.#model.pick(shown.rows[at.row] ?? 0);
    else if (event.key === '+' || event.key === '=') this.zoom(2);
    else if (event.key === '-') this.zoom(0.5);
    else if (event.key === '0') this.fit('all');
    else if (event.key === 'Escape' && this.#model.state.span !== null) this.#model.set({ span: null });
    else return false;
    return true;
  }

  /** @param from where a span begins, unless one was begun before; null for none */
  #go(cell: Cell, from: number | null): void {
    this.#cursor = cell;
    this.#byKeys = true;
    const { view } = this.columns;
    this.#view = showing(view, cell, this.#maps.first.window(view));
    this.#anchor = from === null ? null : (this.#anchor ?? from);
    if (this.#anchor !== null) this.#model.set({ span: spanOf(this.#anchor, cell.token) });
    this.announced = this.#words(cell).join('; ');
    this.#point(this.#maps.first.placeOf(cell, this.#view));
  }
}
