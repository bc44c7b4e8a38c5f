import { directions, idsOf } from '../../src/config/vocabulary.ts';
import { cellIds, cellTitle } from '../../src/config/cells.ts';
import { button, group, labelledDropdown } from '../shared/controls.ts';
import type { Options } from '../shared/changing.ts';
import { html, ifDefined, live } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import type { Model } from './model.ts';
import { maxHidden, maxLayers, maxSteps } from './network.ts';
import type { NetworkShape } from './network.ts';
import { editable, parseSequence } from './numbers.ts';

const cells: Options = cellIds.map((id) => [id, cellTitle(id)]);
const directionOptions: Options = idsOf(directions).map((id) => [id, directions[id].title]);
const upTo = (max: number): Options => Array.from({ length: max }, (_, at) => [String(at + 1), String(at + 1)]);

/** What the network is made of, what it reads, and where its weights come from. */
export class Controls {
  readonly #model: Model;
  readonly #changed: () => void;
  /** What is being typed as the sequence: it stays as it is until the field is left. */
  #typed: string | undefined;

  /** @param changed is told when what it says has changed, but not the model */
  constructor(model: Model, changed: () => void) {
    this.#model = model;
    this.#changed = changed;
  }

  render(): TemplateResult {
    const model = this.#model;
    const { shape, seed } = model.state.network;
    const choice = (label: string, options: Options, value: string, chosen: (value: string) => void): TemplateResult =>
      labelledDropdown({ label, control: label.toLowerCase(), options, value, chosen });
    return html`<header class="toolbar">
      ${choice('Cell', cells, shape.cell, (value) => model.setShape({ cell: value as NetworkShape['cell'] }))}
      ${choice('Direction', directionOptions, shape.direction, (value) =>
        model.setShape({ direction: value as NetworkShape['direction'] }),
      )}
      ${choice('Layers', upTo(maxLayers), String(shape.layers), (value) => model.setShape({ layers: Number(value) }))}
      ${choice('Units', upTo(maxHidden), String(shape.hidden), (value) => model.setShape({ hidden: Number(value) }))}
      ${this.#sequence()}
      ${group(
        'Weights',
        button('New Weights', {
          click: () => model.setSeed((seed % 1e6) + 1),
          title: 'Random weights from the next seed',
        }),
        button('Reset', {
          click: () => model.reset(),
          title: 'Restore the worked example: a plain RNN of two units that reads 1, then 2',
        }),
        html`<output class="seed">${model.isExample ? 'The worked example' : `Seed ${seed}`}</output>`,
      )}
    </header>`;
  }

  #sequence(): TemplateResult {
    const typed = this.#typed === undefined ? [] : parseSequence(this.#typed);
    const problem = typed === undefined ? 'Numbers separated by commas' : '';
    const note = typed !== undefined && typed.length > maxSteps ? `Only the first ${maxSteps} are read` : problem;
    return html`<div class="labelled wide">
      <label for="sequence">Sequence</label>
      <input
        type="text"
        id="sequence"
        class="sequence"
        autocomplete="off"
        spellcheck="false"
        aria-describedby="sequence-note"
        aria-invalid=${ifDefined(problem === '' ? undefined : 'true')}
        .value=${live(this.#typed ?? this.#model.state.network.inputs.map(editable).join(', '))}
        @input=${({ currentTarget }: Event) => this.#type((currentTarget as HTMLInputElement).value)}
        @blur=${() => this.#type(undefined)}
      />
      <span id="sequence-note" class="note" role="status">${note}</span>
    </div>`;
  }

  #type(text: string | undefined): void {
    this.#typed = text;
    const numbers = text === undefined ? undefined : parseSequence(text);
    if (numbers) this.#model.setInputs(numbers);
    this.#changed();
  }
}
