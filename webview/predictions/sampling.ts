import { element } from '../shared/dom.ts';
import type { Checkbox } from '../shared/toolkit.ts';
import { button, checkbox } from '../shared/toolkit.ts';
import { field, slider } from './fields.ts';
import type { Model } from './model.ts';
import { limits } from './state.ts';

/** The model's own probabilities. */
const plain = { temperature: 1, topK: 0, topP: 1, banUnknown: false } as const;

/** How words are drawn: it reshapes the bars, and what is written on. */
export class SamplingOptions {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #temperature: ReturnType<typeof slider>;
  readonly #topP: ReturnType<typeof slider>;
  readonly #topK: ReturnType<typeof field>;
  readonly #ban: Checkbox;

  constructor(model: Model) {
    this.#model = model;
    this.#temperature = slider({
      id: 'temperature',
      label: 'Temperature',
      least: 0,
      most: limits.temperature,
      step: 0.05,
      words: (value) => (value === 0 ? 'likeliest' : value.toFixed(2)),
      changed: (temperature) => model.setOptions({ temperature }),
    });
    this.#topP = slider({
      id: 'top-p',
      label: 'Nucleus',
      least: 0.05,
      most: 1,
      step: 0.01,
      words: (value) => (value === 1 ? 'all' : value.toFixed(2)),
      changed: (topP) => model.setOptions({ topP }),
    });
    this.#topK = field({
      id: 'top-k',
      label: 'Of the likeliest; empty for all words',
      empty: { value: 0, words: 'all' },
      least: 0,
      most: limits.topK,
      changed: (topK) => model.setOptions({ topK }),
    });
    this.#ban = checkbox('Without <unk>', false, (banUnknown) => {
      if (banUnknown !== model.state.options.banUnknown) model.setOptions({ banUnknown });
    });
    this.element = element(
      'div',
      { class: 'sampling', role: 'group', 'aria-label': 'How words are drawn' },
      this.#temperature.element,
      this.#topP.element,
      element(
        'div',
        { class: 'slider' },
        element('label', { for: 'top-k' }, 'Top k'),
        this.#topK.element,
        this.#topK.note,
      ),
      element(
        'div',
        { class: 'labelled' },
        this.#ban,
        button('Model’s Own', () => model.setOptions(plain), { title: 'The probabilities as the model has them' }),
      ),
    );
  }

  update(): void {
    const { temperature, topK, topP, banUnknown } = this.#model.state.options;
    this.#temperature.update(temperature);
    this.#topP.update(topP);
    this.#topK.update(topK);
    if (this.#ban.checked !== banUnknown) this.#ban.checked = banUnknown;
  }
}
