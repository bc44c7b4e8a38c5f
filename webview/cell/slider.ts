import { html, live } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';

export interface SliderOptions {
  /** Its name in the page. */
  readonly id: string;
  readonly label: string;
  /** What it is, in a sentence. */
  readonly hint: string;
  readonly range: { readonly min: number; readonly max: number; readonly step: number };
  readonly value: number;
  readonly format: (value: number) => string;
  readonly changed: (value: number) => void;
}

/** A native slider with its name before it and its value behind: the toolkit has none. */
export function slider({ id, label, hint, range, value, format, changed }: SliderOptions): TemplateResult {
  const words = format(value);
  return html`<div class="slider">
    <label for=${id}>${label}</label>
    <input
      type="range"
      id=${id}
      min=${range.min}
      max=${range.max}
      step=${range.step}
      title=${hint}
      aria-valuetext=${words}
      .value=${live(String(value))}
      @input=${({ currentTarget }: Event) => changed(Number((currentTarget as HTMLInputElement).value))}
    />
    <output for=${id}>${words}</output>
  </div>`;
}
