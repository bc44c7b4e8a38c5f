import { element, setText } from '../shared/dom.ts';
import type { Dropdown } from '../shared/toolkit.ts';
import { button, dropdown } from '../shared/toolkit.ts';
import type { Model } from './model.ts';
import { cellNames, mostHidden, mostLayers, mostSteps } from './network.ts';
import type { CellName, NetworkShape } from './network.ts';
import { editable, parseSequence } from './numbers.ts';
import { cellTitles } from './words.ts';

/** What the network is made of, what it reads, and where its weights come from. */
export class Controls {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #dropdowns: readonly { made: Dropdown; value: () => string }[];
  readonly #sequence = element('input', {
    type: 'text',
    id: 'sequence',
    class: 'sequence',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-describedby': 'sequence-note',
  });
  readonly #note = element('span', { id: 'sequence-note', class: 'note', role: 'status' });
  readonly #seed = element('output', { class: 'seed' });

  constructor(model: Model) {
    this.#model = model;
    const shape = (): NetworkShape => model.state.network.shape;
    const cell = this.#dropdown(
      'Cell',
      cellNames.map((name) => [name, cellTitles[name]] as const),
      () => shape().cell,
      (value) => model.setShape({ cell: value as CellName }),
    );
    const direction = this.#dropdown(
      'Direction',
      [
        ['forward', 'Forward'],
        ['bidirectional', 'Both ways'],
      ],
      () => shape().direction,
      (value) => model.setShape({ direction: value as NetworkShape['direction'] }),
    );
    const numbers = (most: number) =>
      Array.from({ length: most }, (_, at) => [String(at + 1), String(at + 1)] as const);
    const layers = this.#dropdown(
      'Layers',
      numbers(mostLayers),
      () => String(shape().layers),
      (value) => model.setShape({ layers: Number(value) }),
    );
    const hidden = this.#dropdown(
      'Units',
      numbers(mostHidden),
      () => String(shape().hidden),
      (value) => model.setShape({ hidden: Number(value) }),
    );
    this.#dropdowns = [cell, direction, layers, hidden];
    const other = button('New Weights', () => model.setSeed((model.state.network.seed % 1e6) + 1));
    other.title = 'Random weights of the next seed';
    const reset = button('Reset', () => model.reset());
    reset.title = 'Back to the worked example: a plain cell of two units that reads 1, then 2';
    this.element = element(
      'header',
      { class: 'toolbar' },
      ...this.#dropdowns.map(({ made }) => made.parentElement as HTMLElement),
      element(
        'div',
        { class: 'labelled wide' },
        element('label', { for: 'sequence' }, 'Sequence'),
        this.#sequence,
        this.#note,
      ),
      element('div', { class: 'group', role: 'group', 'aria-label': 'Weights' }, other, reset, this.#seed),
    );
    this.#listen();
  }

  update(): void {
    for (const { made, value } of this.#dropdowns) if (made.value !== value()) made.value = value();
    const { network } = this.#model.state;
    if (document.activeElement !== this.#sequence) this.#showSequence();
    const example = this.#model.isExample;
    setText(this.#seed, example ? 'The worked example' : `Seed ${network.seed}`);
  }

  #dropdown(
    label: string,
    options: readonly (readonly [string, string])[],
    value: () => string,
    changed: (value: string) => void,
  ): { made: Dropdown; value: () => string } {
    const made = dropdown(label, options, value(), (chosen) => {
      if (chosen !== value()) changed(chosen);
    });
    made.dataset['control'] = label.toLowerCase();
    element('span', { class: 'labelled' }, element('span', { 'aria-hidden': 'true' }, label), made);
    return { made, value };
  }

  #showSequence(): void {
    this.#sequence.value = this.#model.state.network.inputs.map(editable).join(', ');
    this.#sequence.removeAttribute('aria-invalid');
    setText(this.#note, '');
  }

  #listen(): void {
    this.#sequence.addEventListener('input', () => {
      const numbers = parseSequence(this.#sequence.value);
      if (numbers === undefined) {
        this.#sequence.setAttribute('aria-invalid', 'true');
        setText(this.#note, 'Numbers with commas between them');
        return;
      }
      this.#sequence.removeAttribute('aria-invalid');
      setText(this.#note, numbers.length > mostSteps ? `The first ${mostSteps} are read` : '');
      this.#model.setInputs(numbers);
    });
    this.#sequence.addEventListener('blur', () => this.#showSequence());
  }
}
