import { element } from '../shared/dom.ts';
import { button, iconButton } from '../shared/toolkit.ts';
import { Choice } from './choice.ts';
import { icon } from './icons.ts';
import type { Model } from './model.ts';
import type { Shown } from './pictures.ts';
import { orderNames } from './order.ts';
import type { OrderName } from './order.ts';
import { nameWords, nearestSeries, shapeOf } from './series.ts';
import { orderWords } from './words.ts';
import { WorkLine } from './workLine.ts';

export interface SeriesBarActions {
  readonly zoom: (factor: number) => void;
  /** All of it, or all units with words that can be read. */
  readonly fit: (what: 'all' | 'words') => void;
  readonly savePng: () => void;
  readonly saveCsv: () => void;
  readonly saveForLstmVis: () => void;
}

/** Which numbers are drawn, in which order, and how large. */
export class SeriesBar {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #layer: Choice;
  readonly #reading: Choice;
  readonly #name: Choice;
  readonly #order: Choice;
  readonly #lstmVis: WorkLine<string | null>;

  constructor(model: Model, actions: SeriesBarActions) {
    this.#model = model;
    const { set } = { set: (change: Parameters<Model['set']>[0]) => model.set(change) };
    this.#name = new Choice('series', 'Show', (name) => set({ series: { ...this.#chosen, name } }));
    this.#layer = new Choice('layer', 'Layer', (layer) => set({ series: { ...this.#chosen, layer: Number(layer) } }));
    this.#reading = new Choice('reading', 'Read', (reading) =>
      set({ series: { ...this.#chosen, reading: reading === 'backward' ? 'backward' : 'forward' } }),
    );
    this.#order = new Choice('order', 'Order', (order) =>
      set({ order: order as OrderName, orderUnit: model.state.unit ?? model.state.orderUnit }),
    );
    this.#lstmVis = new WorkLine(model.exported, {
      words: 'Save for LSTMVis…',
      start: actions.saveForLstmVis,
      title: 'All states and gates of the text as HDF5',
    });
    this.element = element(
      'div',
      { class: 'toolbar' },
      element(
        'div',
        { class: 'group', role: 'group', 'aria-label': 'What is drawn' },
        this.#name.element,
        this.#layer.element,
        this.#reading.element,
      ),
      this.#order.element,
      element(
        'div',
        { class: 'group tight', role: 'group', 'aria-label': 'Zoom' },
        iconButton('Zoom out (−)', icon('zoomOut'), () => actions.zoom(0.5)),
        iconButton('Zoom in (+)', icon('zoomIn'), () => actions.zoom(2)),
        iconButton('Columns as wide as their words need', icon('words'), () => actions.fit('words')),
        iconButton('Show all (0)', icon('all'), () => actions.fit('all')),
      ),
      element(
        'div',
        { class: 'group', role: 'group', 'aria-label': 'Files' },
        button('Save PNG…', actions.savePng),
        button('Save CSV…', actions.saveCsv),
        this.#lstmVis.element,
      ),
    );
  }

  update(shown: Shown | undefined): void {
    const { first, state } = this.#model;
    const { available } = first;
    const chosen = this.#chosen;
    const names = [...new Set(available.map(({ name }) => name))];
    const { layers, isBoth } = shapeOf(available);
    this.#name.update(
      names.map((name) => [name, nameWords(name)] as const),
      chosen.name,
    );
    this.#layer.update(
      Array.from({ length: layers }, (_, layer) => [String(layer), String(layer + 1)] as const),
      String(chosen.layer),
    );
    this.#layer.element.hidden = layers < 2;
    this.#reading.update(
      [
        ['forward', 'forward'],
        ['backward', 'backward'],
      ],
      chosen.reading,
    );
    this.#reading.element.hidden = !isBoth;
    this.#lstmVis.update(this.#model.canSaveForLstmVis);
    const units = shown?.grid.units ?? 1;
    this.#order.update(
      orderNames.map((name) => {
        const unit = Math.min(
          state.order === 'correlation' ? state.orderUnit : (state.unit ?? state.orderUnit),
          units - 1,
        );
        return [name, name === 'correlation' ? `Correlation with unit ${unit + 1}` : orderWords[name]] as const;
      }),
      state.order,
    );
  }

  /** What is on show, or will be once it is read: which may not be all that was wished for. */
  get #chosen(): { name: string; layer: number; reading: 'forward' | 'backward' } {
    const { first, state } = this.#model;
    return nearestSeries(state.series, first.available) ?? state.series;
  }
}
