import { element } from '../shared/dom.ts';
import type { ThemeKind } from '../shared/theme.ts';
import { swatch } from './colours.ts';
import type { Model } from './model.ts';
import { cellOf, inputSize, layerNames, outputBias, outputWeights, readingsOf } from './network.ts';
import { NumberField } from './numberField.ts';
import { capital, layerWords } from './words.ts';

/** From this size on a weight has the full colour. */
const fullColour = 2;

/** The numbers of a layer and of the output, to be changed: a matrix a gate, rows for what goes in, columns for units. */
export class Matrices {
  readonly element: HTMLElement;
  readonly #title = element('h2', { id: 'weights-title' }, 'Weights');
  readonly #body = element('div', { class: 'matrices' });
  readonly #model: Model;
  #drawn = '';
  #updates: ((kind: ThemeKind) => void)[] = [];

  constructor(model: Model) {
    this.#model = model;
    this.element = element(
      'section',
      { class: 'weights', 'aria-labelledby': 'weights-title' },
      this.#title,
      this.#body,
    );
  }

  update(kind: ThemeKind): void {
    const { network, place } = this.#model.state;
    const { cell, hidden, layers, direction } = network.shape;
    const key = [cell, hidden, layers, direction, place.layer, place.reading].join();
    if (key !== this.#drawn) {
      this.#drawn = key;
      this.#make();
    }
    for (const update of this.#updates) update(kind);
  }

  #make(): void {
    this.#updates = [];
    const { network, place } = this.#model.state;
    const { shape } = network;
    const { gates, states } = cellOf(shape.cell);
    const where = layerWords(place, shape);
    this.#title.textContent = where === '' ? 'Weights' : `Weights, ${where}`;
    const names = layerNames(place.reading, place.layer);
    const starts = states.map((state) => ({
      head: state,
      name: names.start(state),
      first: 0,
      label: `${state} before the first step`,
    }));
    this.#body.replaceChildren(
      ...gates.map((gate, index) => this.#gate(gate, index)),
      this.#table('Output', this.#outputRows(), 1),
      this.#table('Before the first step', starts, shape.hidden),
    );
  }

  /** Of each gate a table: rows for the input, for the units of the step before, and for the bias. */
  #gate(gate: string, index: number): HTMLElement {
    const { network, place } = this.#model.state;
    const { hidden, cell } = network.shape;
    const names = layerNames(place.reading, place.layer);
    const stride = cellOf(cell).gates.length * hidden;
    const first = index * hidden;
    const of = cell === 'rnn' ? '' : `${gate}, `;
    const inputs = Array.from({ length: inputSize(network.shape, place.layer) }, (_, row) => ({
      head: place.layer === 0 ? 'input x' : `input ${row + 1}`,
      name: names.input,
      first: first + row * stride,
      label: `${of}input weight${place.layer === 0 ? '' : ` from unit ${row + 1} of layer ${place.layer}`}`,
    }));
    const recurrent = Array.from({ length: hidden }, (_, row) => ({
      head: `recurrent h${row + 1}`,
      name: names.recurrent,
      first: first + row * stride,
      label: `${of}recurrent weight from unit ${row + 1}`,
    }));
    const bias = { head: 'bias', name: names.bias, first, label: `${of}bias` };
    const title = cell === 'rnn' ? 'State' : `${capital(gate)}${gate === 'candidate' ? '' : ' gate'}`;
    return this.#table(title, [...inputs, ...recurrent, bias], hidden);
  }

  #outputRows(): Row[] {
    const { shape } = this.#model.state.network;
    const weights = readingsOf(shape).flatMap((reading, side) =>
      Array.from({ length: shape.hidden }, (_, unit) => ({
        head: `weight h${unit + 1}${shape.direction === 'forward' ? '' : reading === 'forward' ? ' →' : ' ←'}`,
        name: outputWeights,
        first: side * shape.hidden + unit,
        label: `output weight from unit ${unit + 1}${shape.direction === 'forward' ? '' : `, read ${reading}`}`,
      })),
    );
    return [...weights, { head: 'bias', name: outputBias, first: 0, label: 'output bias' }];
  }

  #table(title: string, rows: readonly Row[], columns: number): HTMLElement {
    const heads = Array.from({ length: columns }, (_, column) =>
      element('th', { scope: 'col' }, columns > 1 ? `unit ${column + 1}` : ''),
    );
    const body = rows.map(({ head, name, first, label }) =>
      element(
        'tr',
        {},
        element('th', { scope: 'row' }, head),
        ...heads.map((_, column) => {
          const words = columns > 1 ? `${label} to unit ${column + 1}` : label;
          return element('td', {}, this.#field(capital(words), name, first + column));
        }),
      ),
    );
    const top = columns > 1 ? [element('thead', {}, element('tr', {}, element('td'), ...heads))] : [];
    const table = element(
      'table',
      { class: 'matrix' },
      element('caption', {}, title),
      ...top,
      element('tbody', {}, ...body),
    );
    return element('div', { class: 'matrix-scroll' }, table);
  }

  #field(words: string, name: string, place: number): HTMLElement {
    const value = (): number => this.#model.state.network.parameters[name]?.[place] ?? 0;
    const field = new NumberField(words, value(), (changed) => this.#model.setParameter(name, place, changed));
    let tone = '';
    this.#updates.push((kind) => {
      field.value = value();
      const { fill } = swatch(value(), kind, fullColour);
      if (fill === tone) return;
      tone = fill;
      field.element.style.setProperty('--tone', fill);
    });
    return field.element;
  }
}

/** A row of a table: where its numbers lie in their tensor, and what they are called. */
interface Row {
  readonly head: string;
  readonly name: string;
  /** The place of its first number. */
  readonly first: number;
  /** For screen readers. */
  readonly label: string;
}
