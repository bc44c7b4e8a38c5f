import { element, setText } from '../shared/dom.ts';

export interface SliderOptions {
  readonly label: string;
  /** What it is, in a sentence. */
  readonly hint: string;
  readonly range: { readonly min: number; readonly max: number; readonly step: number };
  readonly value: () => number;
  readonly words: (value: number) => string;
  readonly changed: (value: number) => void;
}

let made = 0;

/** A native slider with its name before it and its value behind: the toolkit has none. */
export function slider(options: SliderOptions): { element: HTMLElement; update: () => void } {
  const { label, hint, range, value, words, changed } = options;
  const id = `slider-${++made}`;
  const { min, max, step } = range;
  const input = element('input', { type: 'range', id, min, max, step, title: hint });
  const output = element('output', { for: id });
  input.addEventListener('input', () => changed(Number(input.value)));
  return {
    element: element('div', { class: 'slider' }, element('label', { for: id }, label), input, output),
    update() {
      input.value = String(value());
      input.setAttribute('aria-valuetext', words(value()));
      setText(output, words(value()));
    },
  };
}
