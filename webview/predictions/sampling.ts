import { button, checkbox } from '../shared/controls.ts';
import { html } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import { NumberField, slider } from './fields.ts';
import type { Model } from './model.ts';
import { limits } from './state.ts';

/** The model's own probabilities. */
const plain = { temperature: 1, topK: 0, topP: 1, banUnknown: false } as const;

/** How words are drawn: it reshapes the bars, and what is written on. */
export class SamplingOptions {
  readonly #model: Model;
  readonly #topK: NumberField;

  constructor(model: Model, redraw: () => void) {
    this.#model = model;
    this.#topK = new NumberField({
      id: 'top-k',
      label: 'Top-k: sample from the k most likely words; empty for all',
      empty: { value: 0, words: 'all' },
      min: 0,
      max: limits.topK,
      changed: (topK) => model.setOptions({ topK }),
      redraw,
    });
  }

  render(): TemplateResult {
    const model = this.#model;
    const { temperature, topP, topK, banUnknown } = model.state.options;
    const field = this.#topK.render(topK);
    return html`<div class="sampling" role="group" aria-label="Sampling">
      ${slider({
        id: 'temperature',
        label: 'Temperature',
        min: 0,
        max: limits.temperature,
        step: 0.05,
        value: temperature,
        words: (value) => (value === 0 ? 'most likely' : value.toFixed(2)),
        changed: (value) => model.setOptions({ temperature: value }),
      })}
      ${slider({
        id: 'top-p',
        label: 'Nucleus (top-p)',
        min: 0.05,
        max: 1,
        step: 0.01,
        value: topP,
        words: (value) => (value === 1 ? 'all' : value.toFixed(2)),
        changed: (value) => model.setOptions({ topP: value }),
      })}
      <div class="slider"><label for="top-k">Top-k</label>${field.input}${field.note}</div>
      <div class="labelled">
        ${checkbox('Without <unk>', banUnknown, (without) => {
          if (without !== model.state.options.banUnknown) model.setOptions({ banUnknown: without });
        })}
        ${button('Reset Sampling', {
          click: () => model.setOptions(plain),
          title: 'Show the model’s own probabilities',
        })}
      </div>
    </div>`;
  }
}
