import type { ScoredToken } from '../../src/protocol/inference.ts';
import { element } from '../shared/dom.ts';
import type { ThemeKind } from './colours.ts';
import { shadeOfBits } from './colours.ts';
import { changeMark } from './words.ts';

/** A token with what it was before a word was replaced. */
export interface ShownToken {
  readonly token: ScoredToken;
  /** As it is written. */
  readonly label: string;
  /** The text goes on in a new line after it. */
  readonly endsLine: boolean;
  readonly before: ScoredToken | undefined;
}

/** The tokens of a text, coloured by their surprisal: one stop of Tab, arrow keys go from token to token. */
export class Tokens {
  readonly element: HTMLElement;
  readonly #id: string;
  readonly #actions: { hover(index: number | null, at: DOMRect | null): void; choose(index: number): void };
  #made: { element: HTMLElement; signature: string }[] = [];
  #kind: ThemeKind | undefined;
  #current: number | null = null;

  constructor(
    id: string,
    actions: {
      /** The pointer is over a token; null where it is over none. */
      hover(index: number | null, at: DOMRect | null): void;
      /** A token was clicked, or gone to by keys. */
      choose(index: number): void;
    },
  ) {
    this.#id = id;
    this.#actions = actions;
    this.element = element('div', {
      class: 'tokens',
      role: 'listbox',
      tabindex: 0,
      'aria-label': 'Tokens of the text',
    });
    this.#listen();
  }

  /** Draws the tokens: those at the start that are as they were stay. @param current the chosen one */
  update(tokens: readonly ShownToken[], kind: ThemeKind, current: number | null): void {
    if (kind !== this.#kind) this.#drop(0);
    this.#kind = kind;
    let same = 0;
    while (same < tokens.length && this.#made[same]?.signature === signatureOf(tokens, same)) same++;
    this.#drop(same);
    const fragment = document.createDocumentFragment();
    for (let index = same; index < tokens.length; index++) {
      const made = this.#make(tokens, index, kind);
      this.#made.push({ element: made, signature: signatureOf(tokens, index) });
      fragment.append(made);
      if (tokens[index]?.endsLine === true) fragment.append(element('br'));
    }
    this.element.append(fragment);
    // The browser would look for letters outside of the tokens, which keep their directions to themselves.
    this.element.dir = directionOf(tokens.map(({ token }) => token.token));
    this.#mark(current);
  }

  #drop(from: number): void {
    const first = this.#made[from]?.element;
    if (first !== undefined) {
      const range = document.createRange();
      range.setStartBefore(first);
      range.setEndAfter(this.element.lastChild ?? first);
      range.deleteContents();
    }
    this.#made.length = Math.min(from, this.#made.length);
  }

  #make(tokens: readonly ShownToken[], index: number, kind: ThemeKind): HTMLElement {
    const { token, label, before } = tokens[index] as ShownToken;
    const last = tokens[index - 1];
    const joined = last !== undefined && !last.endsLine && last.token.end === token.start && label !== '⏎';
    const { fill, ink } = shadeOfBits(token.bits, kind);
    const mark = before === undefined ? '' : changeMark(token.bits, before.bits);
    const name = element('bdi', { class: 'token-word' }, label);
    const made = element(
      'span',
      {
        class: ['token', ...(joined ? ['joined'] : []), ...(token.known ? [] : ['unknown'])].join(' '),
        id: `${this.#id}-${index}`,
        role: 'option',
        'aria-label': [label, `${token.bits.toFixed(1)} bits`, mark].filter((part) => part !== '').join(', '),
        'data-index': index,
      },
      name,
    );
    name.style.backgroundColor = fill;
    name.style.color = ink;
    if (mark !== '') made.append(element('span', { class: 'mark' }, mark));
    return made;
  }

  #mark(current: number | null): void {
    if (this.#current !== null) {
      const before = this.#made[this.#current]?.element;
      before?.classList.remove('chosen');
      before?.removeAttribute('aria-selected');
    }
    this.#current = current;
    const made = current === null ? undefined : this.#made[current]?.element;
    made?.classList.add('chosen');
    made?.setAttribute('aria-selected', 'true');
    if (made === undefined) this.element.removeAttribute('aria-activedescendant');
    else this.element.setAttribute('aria-activedescendant', made.id);
  }

  #listen(): void {
    const indexOf = (event: Event): number | null => {
      const token = event.target instanceof Element ? event.target.closest('.token') : null;
      return token instanceof HTMLElement ? Number(token.dataset['index']) : null;
    };
    this.element.addEventListener('pointermove', (event) => {
      const index = indexOf(event);
      this.#actions.hover(index, index === null ? null : (this.#made[index]?.element.getBoundingClientRect() ?? null));
    });
    this.element.addEventListener('pointerleave', () => this.#actions.hover(null, null));
    this.element.addEventListener('click', (event) => {
      const index = indexOf(event);
      if (index !== null) this.#actions.choose(index);
    });
    this.element.addEventListener('keydown', (event) => this.#move(event));
  }

  #move(event: KeyboardEvent): void {
    const last = this.#made.length - 1;
    const at = this.#current ?? -1;
    const ahead = getComputedStyle(this.element).direction === 'rtl' ? -1 : 1;
    const goals: Record<string, number> = {
      ArrowRight: at + ahead,
      ArrowLeft: at - ahead,
      Home: 0,
      End: last,
    };
    const goal = goals[event.key];
    if (goal === undefined || last < 0) return;
    event.preventDefault();
    const index = Math.max(0, Math.min(last, goal));
    // The next key may come before all is drawn.
    this.#mark(index);
    this.#actions.choose(index);
    this.#made[index]?.element.scrollIntoView({ block: 'nearest' });
  }
}

/** By the first letter that has a direction. */
function directionOf(words: readonly string[]): 'ltr' | 'rtl' {
  const first = words.find((word) => /\p{L}/u.test(word) && !word.startsWith('<')) ?? '';
  return /^\P{L}*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u.test(first) ? 'rtl' : 'ltr';
}

/** All that can be seen of a token. */
function signatureOf(tokens: readonly ShownToken[], index: number): string {
  const { token, label, endsLine, before } = tokens[index] as ShownToken;
  const joint = tokens[index - 1]?.token.end === token.start;
  return `${label} ${endsLine} ${token.known} ${joint} ${token.bits.toFixed(2)} ${before?.bits.toFixed(2) ?? ''}`;
}
