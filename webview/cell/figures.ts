import { element, setText } from '../shared/dom.ts';
import type { Model } from './model.ts';
import { shown } from './numbers.ts';
import { layerAt, unitsOf } from './scene.ts';
import type { ExplorerNetwork, Place } from './state.ts';
import { layerWords, quantities } from './words.ts';

/** So many rows are there at once: more would take longer to lay out than a frame lasts. */
const mostRows = 48;

/** The same figures as a table: a row a step and unit; of a long sequence the steps around the one that is looked at. */
export class Figures {
  readonly element: HTMLElement;
  readonly #table = element('table', { class: 'figures' });
  readonly #caption = element('caption');
  readonly #model: Model;
  #drawn = '';
  #updates: (() => void)[] = [];
  #rows: HTMLElement[] = [];

  constructor(model: Model) {
    this.#model = model;
    const title = element('h2', { id: 'figures-title' }, 'Figures');
    // It can be scrolled by keys, so it must take the focus.
    const scroll = element(
      'div',
      { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': 'Figures' },
      this.#table,
    );
    this.element = element('section', { class: 'cell-section', 'aria-labelledby': 'figures-title' }, title, scroll);
  }

  update(): void {
    const { network, place } = this.#model.state;
    const { cell, hidden, direction, layers } = network.shape;
    const { from, to } = stepsShown(place, network);
    const key = [cell, hidden, layers, direction, from, to, place.layer, place.reading, place.unit].join();
    if (key !== this.#drawn) {
      this.#drawn = key;
      this.#make();
    }
    for (const update of this.#updates) update();
    this.#rows.forEach((row) => row.classList.toggle('here', Number(row.dataset['step']) === place.step));
  }

  #make(): void {
    this.#updates = [];
    const { network, place } = this.#model.state;
    const { shape, inputs } = network;
    const units = unitsOf(place, shape);
    const shownQuantities = quantities(shape.cell);
    const hasUnits = shape.hidden > 1;
    const isOnTop = place.layer === shape.layers - 1;
    const heads = [
      'Step',
      ...(place.layer === 0 ? ['Input'] : []),
      ...(hasUnits ? ['Unit'] : []),
      ...shownQuantities.map(({ title }) => title),
      ...(isOnTop ? ['Output'] : []),
    ];
    const where = layerWords(place, shape);
    const { from, to } = stepsShown(place, network);
    const which = to - from === inputs.length ? 'Every step' : `Steps ${from + 1} to ${to} of ${inputs.length}`;
    setText(this.#caption, `${which}${where === '' ? '' : `, ${where}`}`);
    this.#rows = Array.from({ length: to - from }, (_, index) => from + index).flatMap((step) =>
      units.map((unit, index) => {
        const isFirst = index === 0;
        const span = units.length;
        const values = (): Readonly<Record<string, ArrayLike<number>>> =>
          layerAt(this.#model.unrolled(), this.#model.state.place).steps[step] ?? {};
        const cells = [
          ...(isFirst ? [element('th', { scope: 'rowgroup', rowspan: span }, String(step + 1))] : []),
          ...(isFirst && place.layer === 0
            ? [this.#figure(() => this.#model.state.network.inputs[step] ?? NaN, span)]
            : []),
          ...(hasUnits ? [element('th', { scope: 'row' }, String(unit + 1))] : []),
          ...shownQuantities.map(({ source }) => this.#figure(() => values()[source]?.[unit] ?? NaN)),
          ...(isFirst && isOnTop ? [this.#figure(() => this.#model.unrolled().outputs[step] ?? NaN, span)] : []),
        ];
        const row = element('tr', { 'data-step': step, class: isFirst ? 'first' : undefined }, ...cells);
        row.addEventListener('click', () => this.#model.look({ step }));
        return row;
      }),
    );
    this.#table.replaceChildren(
      this.#caption,
      element('thead', {}, element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head)))),
      element('tbody', {}, ...this.#rows),
    );
  }

  #figure(value: () => number, rowspan?: number): HTMLElement {
    const made = element('td', { rowspan });
    this.#updates.push(() => setText(made, shown(value())));
    return made;
  }
}

/** The steps that have rows: a page of them, the one with the step that is looked at. */
function stepsShown(place: Place, { shape, inputs }: ExplorerNetwork): { from: number; to: number } {
  const onPage = Math.max(1, Math.floor(mostRows / unitsOf(place, shape).length));
  const from = Math.floor(place.step / onPage) * onPage;
  return { from, to: Math.min(inputs.length, from + onPage) };
}
