import { element, setCutText, setText } from '../shared/dom.ts';
import { button } from '../shared/toolkit.ts';
import { Bars, mostOf } from './bars.ts';
import type { ShownToken } from './tokens.ts';
import { percent, readingInWords, tokenInWords } from './words.ts';

interface Span {
  readonly start: number;
  readonly end: number;
}

/** What is to be said of the chosen token, of each model, and what can be put in its place. */
export class Strip {
  readonly element: HTMLElement;
  readonly #lanes: readonly {
    place: HTMLElement;
    name: HTMLElement;
    words: HTMLElement;
    more: HTMLElement;
    bars: Bars;
  }[];
  readonly #word = element('input', { type: 'text', id: 'replacement', class: 'replacement', autocomplete: 'off' });
  #span: Span | null = null;

  /** @param replace a word is to take the place of what stands from `start` to `end` */
  constructor(replace: (span: Span, word: string) => void) {
    const put = (word: string): void => {
      if (this.#span !== null) replace(this.#span, word);
    };
    this.#lanes = [0, 1].map(() => {
      const name = element('h3', { class: 'lane-name' });
      const words = element('p', { class: 'strip-words', 'aria-live': 'polite' });
      const more = element('p', { class: 'muted' });
      const bars = new Bars('Words that were likelier, or nearly so', 'Put in its place', put);
      return {
        place: element('div', { class: 'strip-lane' }, name, words, more, bars.element),
        name,
        words,
        more,
        bars,
      };
    });
    const form = element(
      'form',
      { class: 'labelled' },
      element('label', { for: 'replacement' }, 'In its place'),
      this.#word,
      button('Replace', () => put(this.#word.value)),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      put(this.#word.value);
    });
    this.element = element(
      'div',
      { class: 'strip', role: 'group', 'aria-label': 'The chosen token', hidden: true },
      element('div', { class: 'strip-lanes' }, ...this.#lanes.map(({ place }) => place)),
      form,
    );
  }

  /** @param found the token, of each model that has it; hidden where none has */
  update(found: readonly (ShownToken & { name: string })[], text: string): void {
    const first = found[0]?.token;
    this.element.hidden = first === undefined;
    const most = mostOf(found.map(({ token }) => token.alternatives));
    this.#lanes.forEach(({ place, name, words, more, bars }, index) => {
      const one = found[index];
      place.hidden = one === undefined;
      if (one === undefined) return;
      setCutText(name, one.name);
      name.hidden = one.name === '';
      setText(words, tokenInWords(one.token));
      const { before, token } = one;
      const change = before === undefined ? '' : `Before the change: ${percent(before.probability)}. `;
      setText(more, change + readingInWords(token));
      more.hidden = more.textContent === '';
      bars.update(token.alternatives, most);
    });
    if (first === undefined) {
      this.#span = null;
      return;
    }
    const isNew = this.#span?.start !== first.start || this.#span.end !== first.end;
    this.#span = { start: first.start, end: first.end };
    if (isNew && document.activeElement !== this.#word) this.#word.value = text.slice(first.start, first.end).trim();
  }
}
