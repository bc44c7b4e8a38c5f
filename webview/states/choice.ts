import { Changing } from '../shared/changing.ts';
import type { Options } from '../shared/changing.ts';
import { element } from '../shared/dom.ts';

/** A choice of one with its name before it, whose options may change. */
export class Choice {
  readonly element: HTMLElement;
  readonly #list: Changing;

  /** @param name of the control, for the style sheet and tests */
  constructor(name: string, label: string, changed: (value: string) => void) {
    this.#list = new Changing(label, name, changed);
    const words = element('span', { 'aria-hidden': 'true' }, label);
    this.element = element('span', { class: 'labelled' }, words, this.#list.element);
  }

  update(options: Options, value: string): void {
    this.#list.update(options, value);
  }
}
