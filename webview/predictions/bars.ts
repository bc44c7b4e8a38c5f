import type { LikelyWord } from '../../src/protocol/inference.ts';
import { classMap, html } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import { visible } from '../shared/visible.ts';
import { percent } from './words.ts';

/** The greatest probability of several lists, whose bars are to be compared. */
export function maxProbability(lists: readonly (readonly LikelyWord[])[]): number {
  return Math.max(...lists.flat().map(({ probability }) => probability), 1e-9);
}

/** Words and their probabilities as bars, each a button: arrow keys go from one to the next. */
export class Bars {
  readonly #label: string;
  readonly #action: string;
  readonly #chosen: (word: string) => void;
  /** The bar that Tab goes to. */
  #current = 0;

  /** @param action what a click does, for the tooltip: `Append` */
  constructor(label: string, action: string, chosen: (word: string) => void) {
    this.#label = label;
    this.#action = action;
    this.#chosen = chosen;
  }

  /**
   * @param max the probability that fills the track: of a flat distribution nothing could be seen otherwise
   * @param isStale the words are of a text that was there before
   */
  render(words: readonly LikelyWord[], max: number, isStale = false): TemplateResult {
    const current = Math.min(this.#current, words.length - 1);
    return html`<ol
      class=${classMap({ bars: true, stale: isStale })}
      aria-label=${this.#label}
      aria-busy=${isStale}
      @keydown=${this.#move}
    >
      ${words.map((likely, index) => html`<li>${this.#bar(likely, max, index === current)}</li>`)}
    </ol>`;
  }

  #bar({ word, probability }: LikelyWord, max: number, isCurrent: boolean): TemplateResult {
    const shown = word === '<eos>' ? '⏎ end' : visible(word);
    // The focus stays in the text, where the next word may be typed. A long word is cut off beside its bar.
    return html`<button
      type="button"
      class="bar"
      tabindex=${isCurrent ? 0 : -1}
      title="${this.#action}: ${shown}"
      @mousedown=${(event: Event) => event.preventDefault()}
      @click=${() => this.#chosen(word)}
    >
      <bdi class="bar-word">${shown}</bdi>
      <span class="bar-track"
        ><span class="bar-fill" .style=${`width: ${Math.min(100, (100 * probability) / max)}%`}></span
      ></span>
      <span class="bar-value">${percent(probability)}</span>
    </button>`;
  }

  readonly #move = (event: KeyboardEvent): void => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const buttons = [...(event.currentTarget as HTMLElement).querySelectorAll('button')];
    const at = buttons.findIndex((button) => button === document.activeElement);
    if (by === undefined || at < 0) return;
    event.preventDefault();
    this.#current = Math.max(0, Math.min(buttons.length - 1, at + by));
    // At once: the next Tab may come before the next picture.
    buttons.forEach((button, index) => (button.tabIndex = index === this.#current ? 0 : -1));
    buttons[this.#current]?.focus();
  };
}
