import { element } from '../shared/dom.ts';
import { dropdown } from '../shared/toolkit.ts';
import type { Dropdown } from '../shared/toolkit.ts';

/** A choice of one with its name before it, whose options may change. */
export class Choice {
  readonly element: HTMLElement;
  readonly #name: string;
  readonly #label: string;
  readonly #changed: (value: string) => void;
  #options = '';
  #made: Dropdown | undefined;

  /** @param name of the control, for the style sheet and tests */
  constructor(name: string, label: string, changed: (value: string) => void) {
    this.#name = name;
    this.#label = label;
    this.#changed = changed;
    this.element = element('span', { class: 'labelled' }, element('span', { 'aria-hidden': 'true' }, label));
  }

  update(options: readonly (readonly [value: string, words: string])[], value: string): void {
    const words = JSON.stringify(options);
    if (words !== this.#options || this.#made === undefined) {
      const hadFocus = this.#made?.contains(document.activeElement) === true;
      this.#options = words;
      this.#made?.remove();
      this.#made = dropdown(this.#label, options, value, (chosen) => this.#changed(chosen));
      this.#made.dataset['control'] = this.#name;
      this.element.append(this.#made);
      if (hadFocus) this.#made.focus();
    } else if (this.#made.value !== value) this.#made.value = value;
  }
}
