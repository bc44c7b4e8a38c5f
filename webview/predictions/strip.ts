import { button } from '../shared/controls.ts';
import { html, live } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import { Bars, maxProbability } from './bars.ts';
import type { ShownToken } from './tokens.ts';
import { describeReading, describeToken, percent } from './words.ts';

interface Span {
  readonly start: number;
  readonly end: number;
}

type Found = ShownToken & { readonly name: string };

/** What is to be said of the chosen token, of each model, and what can be put in its place. */
export class Strip {
  readonly #replace: (span: Span, word: string) => void;
  readonly #bars: readonly Bars[];
  #span: Span | null = null;
  /** What stands in the field. */
  #word = '';

  /** @param replace a word is to take the place of what stands from `start` to `end` */
  constructor(replace: (span: Span, word: string) => void) {
    this.#replace = replace;
    this.#bars = [0, 1].map(() => new Bars('Likely words in this place', 'Replace with', (word) => this.#put(word)));
  }

  /** @param found the token, of each model that has it; hidden where none has */
  render(found: readonly Found[], text: string): TemplateResult {
    this.#take(found[0]?.token, text);
    const max = maxProbability(found.map(({ token }) => token.alternatives));
    // Whatever is announced stays in the page: only then its changes are.
    return html`<div class="strip" role="group" aria-label="The chosen token" ?hidden=${found.length === 0}>
      <div class="strip-lanes">${this.#bars.map((bars, index) => lane(found[index], bars, max))}</div>
      <form
        class="labelled"
        @submit=${(event: Event) => {
          event.preventDefault();
          this.#put(this.#word);
        }}
      >
        <label for="replacement">Replace with</label>
        <input
          type="text"
          id="replacement"
          class="replacement"
          autocomplete="off"
          .value=${live(this.#word)}
          @input=${({ currentTarget }: Event) => (this.#word = (currentTarget as HTMLInputElement).value)}
        />
        ${button('Replace', { click: () => this.#put(this.#word) })}
      </form>
    </div>`;
  }

  #put(word: string): void {
    if (this.#span !== null) this.#replace(this.#span, word);
  }

  #take(token: Span | undefined, text: string): void {
    const isNew = token !== undefined && (this.#span?.start !== token.start || this.#span.end !== token.end);
    this.#span = token === undefined ? null : { start: token.start, end: token.end };
    // Not while somebody types in it.
    if (isNew && document.activeElement?.id !== 'replacement') this.#word = text.slice(token.start, token.end).trim();
  }
}

function lane(one: Found | undefined, bars: Bars, max: number): TemplateResult {
  const name = one?.name ?? '';
  const change = one?.before === undefined ? '' : `Before the change: ${percent(one.before.probability)}. `;
  const more = one === undefined ? '' : change + describeReading(one.token);
  return html`<div class="strip-lane" ?hidden=${one === undefined}>
    <h3 class="lane-name" title=${name} ?hidden=${name === ''}>${name}</h3>
    <p class="strip-words" aria-live="polite">${one === undefined ? '' : describeToken(one.token)}</p>
    <p class="muted" ?hidden=${more === ''}>${more}</p>
    ${bars.render(one?.token.alternatives ?? [], max)}
  </div>`;
}
