import type { ScoredToken } from '../../src/protocol/inference.ts';
import { element } from '../shared/dom.ts';
import { classMap, html, nothing } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
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

interface TokenActions {
  /** The pointer is over a token; null where it is over none. */
  hover(index: number | null, at: DOMRect | null): void;
  /** A token was clicked, or gone to by keys. */
  choose(index: number): void;
}

/**
 * The tokens of a text, coloured by their surprisal: one stop of Tab, arrow keys go from token to token. They are drawn by
 * hand: there may be 20,000, of which those at the start that are as they were stay.
 */
export class Tokens {
  readonly #id: string;
  readonly #actions: TokenActions;
  readonly #content = element('span');
  #made: { element: HTMLElement; signature: string }[] = [];
  #drawn: { shown: readonly ShownToken[]; kind: ThemeKind } = { shown: [], kind: 'dark' };
  #current: number | null = null;

  constructor(id: string, actions: TokenActions) {
    this.#id = id;
    this.#actions = actions;
  }

  /** @param current the chosen one @param isStale they are of a text that was there before */
  render(shown: readonly ShownToken[], kind: ThemeKind, current: number | null, isStale: boolean): TemplateResult {
    if (shown !== this.#drawn.shown || kind !== this.#drawn.kind) this.#draw(shown, kind);
    this.#mark(current);
    return html`<div
      class=${classMap({ tokens: true, stale: isStale })}
      role="listbox"
      tabindex="0"
      aria-label="Tokens of the text"
      aria-busy=${isStale}
      aria-activedescendant=${current === null ? nothing : `${this.#id}-${current}`}
      dir=${directionOf(shown)}
      ?hidden=${shown.length === 0}
      @pointermove=${({ target }: Event) => {
        const index = indexAt(target);
        const made = index === null ? undefined : this.#made[index];
        this.#actions.hover(index, made?.element.getBoundingClientRect() ?? null);
      }}
      @pointerleave=${() => this.#actions.hover(null, null)}
      @click=${({ target }: Event) => {
        const index = indexAt(target);
        if (index !== null) this.#actions.choose(index);
      }}
      @keydown=${this.#move}
    >
      ${this.#content}
    </div>`;
  }

  #draw(shown: readonly ShownToken[], kind: ThemeKind): void {
    let same = 0;
    if (kind === this.#drawn.kind)
      while (same < shown.length && this.#made[same]?.signature === signatureOf(shown, same)) same++;
    this.#drop(same);
    this.#drawn = { shown, kind };
    const fragment = document.createDocumentFragment();
    for (let index = same; index < shown.length; index++) {
      const made = this.#make(shown, index);
      this.#made.push({ element: made, signature: signatureOf(shown, index) });
      fragment.append(made);
      if (shown[index]?.endsLine === true) fragment.append(element('br'));
    }
    this.#content.append(fragment);
  }

  #drop(from: number): void {
    const first = this.#made[from]?.element;
    if (first !== undefined) {
      const range = document.createRange();
      range.setStartBefore(first);
      range.setEndAfter(this.#content.lastChild ?? first);
      range.deleteContents();
    }
    this.#made.length = Math.min(from, this.#made.length);
  }

  #make(shown: readonly ShownToken[], index: number): HTMLElement {
    const { token, label, before } = shown[index] as ShownToken;
    const last = shown[index - 1];
    const joined = last !== undefined && !last.endsLine && last.token.end === token.start && label !== '⏎';
    const { fill, ink } = shadeOfBits(token.bits, this.#drawn.kind);
    const mark = before === undefined ? '' : changeMark(token.bits, before.bits);
    const name = element('bdi', { class: 'token-word' }, label);
    name.style.backgroundColor = fill;
    name.style.color = ink;
    const attributes = {
      class: `token${joined ? ' joined' : ''}${token.known ? '' : ' unknown'}`,
      id: `${this.#id}-${index}`,
      role: 'option',
      'aria-label': [label, mark, `${token.bits.toFixed(1)} bits`].filter((part) => part !== '').join(', '),
      'data-index': index,
    };
    return element('span', attributes, name, ...(mark === '' ? [] : [' ', element('span', { class: 'mark' }, mark)]));
  }

  #mark(current: number | null): void {
    const [last, made] = [this.#current, current].map((at) => (at === null ? undefined : this.#made[at]?.element));
    this.#current = current;
    if (last !== made) {
      last?.classList.remove('chosen');
      last?.removeAttribute('aria-selected');
    }
    if (made?.classList.contains('chosen') !== false) return;
    made.classList.add('chosen');
    made.setAttribute('aria-selected', 'true');
  }

  readonly #move = (event: KeyboardEvent): void => {
    const last = this.#made.length - 1;
    const at = this.#current ?? -1;
    const ahead = getComputedStyle(event.currentTarget as HTMLElement).direction === 'rtl' ? -1 : 1;
    const goals: Record<string, number> = { ArrowRight: at + ahead, ArrowLeft: at - ahead, Home: 0, End: last };
    const goal = goals[event.key];
    if (goal === undefined || last < 0) return;
    event.preventDefault();
    // The next key may come before all is drawn.
    const index = Math.max(0, Math.min(last, goal));
    this.#mark(index);
    this.#actions.choose(index);
    this.#made[index]?.element.scrollIntoView({ block: 'nearest' });
  };
}

function indexAt(target: EventTarget | null): number | null {
  const token = target instanceof Element ? target.closest<HTMLElement>('.token') : null;
  return token === null ? null : Number(token.dataset['index']);
}

/**
 * By the first letter that has a direction. The browser would look for letters outside of the tokens, which keep their
 * directions to themselves.
 */
function directionOf(shown: readonly ShownToken[]): 'ltr' | 'rtl' {
  const first = shown.find(({ token: { token } }) => /\p{L}/u.test(token) && !token.startsWith('<'));
  return /^\P{L}*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u.test(first?.token.token ?? '') ? 'rtl' : 'ltr';
}

/** All that can be seen of a token. */
function signatureOf(shown: readonly ShownToken[], index: number): string {
  const { token, label, endsLine, before } = shown[index] as ShownToken;
  const joint = shown[index - 1]?.token.end === token.start;
  return `${label} ${endsLine} ${token.known} ${joint} ${token.bits.toFixed(2)} ${before?.bits.toFixed(2) ?? ''}`;
}
