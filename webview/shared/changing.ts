import { element } from './dom.ts';
import { dropdown } from './toolkit.ts';
import type { Dropdown } from './toolkit.ts';

/** So many letters of a choice are seen in the narrowest dropdown but for those of single figures. */
const maxUncut = 12;

export type Options = readonly (readonly [value: string, words: string])[];

/** A dropdown whose options change: it is made anew when they do, and only then. */
export class Changing {
  readonly element = element('span', { class: 'choice' });
  readonly #label: string;
  readonly #control: string;
  readonly #chosen: (value: string) => void;
  #made: Dropdown | undefined;
  #signature = '';
  #value = '';
  /** What could not be shown while the list was open. */
  #later: { options: Options; value: string } | undefined;

  /** @param control its name, for the style sheet and tests */
  constructor(label: string, control: string, chosen: (value: string) => void) {
    this.#label = label;
    this.#control = control;
    this.#chosen = chosen;
    this.element.addEventListener('focusout', () => this.#catchUp());
  }

  update(options: Options, value: string): void {
    // A list that somebody reads must not be taken away.
    this.#later = this.#made?.open === true ? { options, value } : undefined;
    if (this.#later !== undefined) return;
    const signature = JSON.stringify(options);
    if (this.#made === undefined || signature !== this.#signature) {
      this.#signature = signature;
      const hadFocus = this.#made?.contains(document.activeElement) === true;
      this.#made = dropdown(this.#label, options, value, (chosen) => {
        this.#catchUp();
        if (chosen !== this.#value) this.#chosen(chosen);
      });
      this.#made.dataset['control'] = this.#control;
      this.element.replaceChildren(this.#made);
      if (hadFocus) this.#made.focus();
    } else if (this.#made.value !== value) this.#made.value = value;
    this.#value = value;
    // There may be no room for all of it.
    const words = options.find(([key]) => key === value)?.[1] ?? '';
    this.#made.title = words.length > maxUncut ? words : '';
  }

  #catchUp(): void {
    if (this.#later !== undefined) this.update(this.#later.options, this.#later.value);
  }
}
