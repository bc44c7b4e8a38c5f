import type { LikelyWord } from '../../src/protocol/inference.ts';
import { element, setText } from '../shared/dom.ts';
import { barInWords, percent } from './words.ts';
import { visible } from '../shared/visible.ts';

/** The greatest probability of several lists, whose bars are to be compared. */
export function mostOf(lists: readonly (readonly LikelyWord[])[]): number {
  return Math.max(...lists.flat().map(({ probability }) => probability), 1e-9);
}

/** Words and their probabilities as bars, each a button: arrow keys go from one to the next. */
export class Bars {
  readonly element: HTMLElement;
  readonly #action: string;
  readonly #chosen: (word: string) => void;
  readonly #rows: { button: HTMLButtonElement; word: HTMLElement; fill: HTMLElement; value: HTMLElement }[] = [];
  #words: readonly LikelyWord[] = [];

  /** @param action what a click does, for the tooltip: `Append` */
  constructor(label: string, action: string, chosen: (word: string) => void) {
    this.#action = action;
    this.#chosen = chosen;
    this.element = element('ol', { class: 'bars', 'aria-label': label });
    this.element.addEventListener('keydown', (event) => this.#move(event));
  }

  /**
   * Draws the words; there are as many rows as words.
   *
   * @param most the probability that fills the place: of a flat distribution nothing could be seen otherwise
   */
  update(words: readonly LikelyWord[], most: number): void {
    this.#words = words;
    while (this.#rows.length < words.length) this.#add();
    this.#rows.forEach(({ button, word, fill, value }, index) => {
      const likely = words[index];
      const row = button.parentElement;
      if (row !== null && row.hidden !== (likely === undefined)) row.hidden = likely === undefined;
      if (likely === undefined) return;
      setText(word, wordAsShown(likely.word));
      setText(value, percent(likely.probability));
      fill.style.width = `${Math.min(100, (100 * likely.probability) / most)}%`;
      button.setAttribute('aria-label', barInWords(likely));
      // A long word is cut off beside its bar.
      button.title = `${this.#action}: ${wordAsShown(likely.word)}`;
    });
  }

  #add(): void {
    const index = this.#rows.length;
    const word = element('bdi', { class: 'bar-word' });
    const fill = element('span', { class: 'bar-fill' });
    const value = element('span', { class: 'bar-value' });
    const button = element(
      'button',
      { type: 'button', class: 'bar', tabindex: index === 0 ? 0 : -1 },
      word,
      element('span', { class: 'bar-track' }, fill),
      value,
    );
    // The focus stays in the text, where the next word may be typed.
    button.addEventListener('mousedown', (event) => event.preventDefault());
    button.addEventListener('click', () => {
      const likely = this.#words[index];
      if (likely !== undefined) this.#chosen(likely.word);
    });
    this.#rows.push({ button, word, fill, value });
    this.element.append(element('li', {}, button));
  }

  #move(event: KeyboardEvent): void {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const at = this.#rows.findIndex(({ button }) => button === document.activeElement);
    if (by === undefined || at < 0) return;
    event.preventDefault();
    const next = this.#rows[Math.max(0, Math.min(this.#words.length - 1, at + by))];
    for (const { button } of this.#rows) button.tabIndex = button === next?.button ? 0 : -1;
    next?.button.focus();
  }
}

function wordAsShown(word: string): string {
  return word === '<eos>' ? '⏎ end' : visible(word);
}
