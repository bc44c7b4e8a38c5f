import { html, ifDefined, live, nothing } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import { wholeWithin, describeLimits } from './whole.ts';
import type { Limits } from './whole.ts';

interface NumberFieldParts extends Limits {
  readonly id: string;
  readonly label: string;
  /** What the empty field stands for, and the word for that; left out where there must be a number. */
  readonly empty?: { readonly value: number; readonly words: string };
  readonly changed: (value: number) => void;
  readonly redraw: () => void;
}

/** A whole number that is typed, and what is wrong with it. The last good one counts, and is back when the field is left. */
export class NumberField {
  readonly #parts: NumberFieldParts;
  #value = NaN;
  /** What is being typed, as long as the value is not set by something else. */
  #typed: { readonly text: string; readonly value: number | undefined } | undefined;

  constructor(parts: NumberFieldParts) {
    this.#parts = parts;
  }

  /** The field, and the note of what is wrong with what stands in it. */
  render(value: number): { input: TemplateResult; note: TemplateResult } {
    if (value !== this.#value) {
      if (value !== this.#typed?.value) this.#typed = undefined;
      this.#value = value;
    }
    const { id, label, empty } = this.#parts;
    const isWrong = this.#typed !== undefined && this.#typed.value === undefined;
    const input = html`<input
      type="text"
      inputmode="numeric"
      id=${id}
      class="number"
      aria-label=${label}
      aria-describedby="${id}-note"
      aria-invalid=${isWrong ? 'true' : nothing}
      autocomplete="off"
      placeholder=${ifDefined(empty?.words)}
      .value=${live(this.#typed?.text ?? this.#text)}
      @input=${this.#take}
      @blur=${this.#leave}
    />`;
    const note = html`<span id="${id}-note" class="field-note" role="alert"
      >${isWrong ? describeLimits(this.#parts) : ''}</span
    >`;
    return { input, note };
  }

  get #text(): string {
    return this.#value === this.#parts.empty?.value ? '' : String(this.#value);
  }

  readonly #take = ({ currentTarget }: Event): void => {
    const text = (currentTarget as HTMLInputElement).value;
    const value = text.trim() === '' ? this.#parts.empty?.value : wholeWithin(text, this.#parts);
    this.#typed = { text, value };
    if (value !== undefined && value !== this.#value) this.#parts.changed((this.#value = value));
    else this.#parts.redraw();
  };

  readonly #leave = ({ currentTarget }: Event): void => {
    this.#typed = undefined;
    (currentTarget as HTMLInputElement).value = this.#text;
    this.#parts.redraw();
  };
}

/** A slider with its value beside it. */
export function slider(parts: {
  id: string;
  label: string;
  min: number;
  max: number;
  step: number;
  value: number;
  words: (value: number) => string;
  changed: (value: number) => void;
}): TemplateResult {
  const { id, label, min, max, step, value, words, changed } = parts;
  return html`<div class="slider">
    <label for=${id}>${label}</label>
    <input
      type="range"
      id=${id}
      min=${min}
      max=${max}
      step=${step}
      .value=${live(String(value))}
      aria-valuetext=${words(value)}
      @input=${({ currentTarget }: Event) => changed(Number((currentTarget as HTMLInputElement).value))}
    />
    <output for=${id}>${words(value)}</output>
  </div>`;
}
