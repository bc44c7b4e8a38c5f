import { element } from '../shared/dom.ts';
import { visible } from '../shared/visible.ts';
import type { ShownToken } from './tokens.ts';
import { percent, readingInWords, tokenInWords } from './words.ts';

const gap = 6;

/** What is said of the token under the pointer, beside it. */
export class Tip {
  readonly element = element('div', { class: 'tip', role: 'tooltip', hidden: true });
  #of: ShownToken | undefined;

  show(shown: ShownToken, box: DOMRect): void {
    if (shown !== this.#of) this.#fill(shown);
    this.#of = shown;
    this.element.hidden = false;
    const { width, height } = this.element.getBoundingClientRect();
    const left = Math.max(gap, Math.min(box.left, innerWidth - width - gap));
    const below = box.bottom + gap;
    const top = below + height > innerHeight ? box.top - height - gap : below;
    this.element.style.left = `${left}px`;
    this.element.style.top = `${Math.max(gap, top)}px`;
  }

  hide(): void {
    this.element.hidden = true;
    this.#of = undefined;
  }

  #fill({ token, before }: ShownToken): void {
    const reading = readingInWords(token);
    const rows = token.alternatives.map(({ word, probability }) =>
      element('tr', {}, element('td', {}, element('bdi', {}, visible(word))), element('td', {}, percent(probability))),
    );
    this.element.replaceChildren(
      element('p', {}, tokenInWords(token)),
      ...(before === undefined ? [] : [element('p', {}, `Before the change: ${percent(before.probability)}`)]),
      ...(reading === '' ? [] : [element('p', {}, reading)]),
      ...(rows.length === 0 ? [] : [element('table', {}, element('tbody', {}, ...rows))]),
    );
  }
}
