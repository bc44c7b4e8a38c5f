import { element, setText } from '../shared/dom.ts';
import { wholeWithin, wholeWords } from './whole.ts';
import type { Limits } from './whole.ts';

/** A whole number that is typed, and what is wrong with it. The last good one counts, and is back when the field is left. */
export function field(
  parts: Limits & {
    id: string;
    label: string;
    /** What the empty field stands for, and the word for that; left out where there must be a number. */
    empty?: { readonly value: number; readonly words: string };
    changed: (value: number) => void;
  },
): { element: HTMLInputElement; note: HTMLElement; update(value: number): void } {
  const { id, label, empty, changed, ...limits } = parts;
  const note = element('span', { id: `${id}-note`, class: 'field-note', role: 'alert' });
  const made = element('input', {
    type: 'text',
    inputmode: 'numeric',
    id,
    class: 'number',
    'aria-label': label,
    'aria-describedby': note.id,
    autocomplete: 'off',
    placeholder: empty?.words,
  });
  let current = NaN;
  const show = (): void => {
    made.value = current === empty?.value ? '' : String(current);
    complain(false);
  };
  const complain = (isWrong: boolean): void => {
    if (isWrong) made.setAttribute('aria-invalid', 'true');
    else made.removeAttribute('aria-invalid');
    setText(note, isWrong ? wholeWords(limits) : '');
  };
  made.addEventListener('input', () => {
    const value = made.value.trim() === '' ? empty?.value : wholeWithin(made.value, limits);
    complain(value === undefined);
    if (value !== undefined && value !== current) changed((current = value));
  });
  made.addEventListener('blur', show);
  return {
    element: made,
    note,
    update(value) {
      if (value === current) return;
      current = value;
      show();
    },
  };
}

/** A slider with its value beside it. */
export function slider(parts: {
  id: string;
  label: string;
  least: number;
  most: number;
  step: number;
  words: (value: number) => string;
  changed: (value: number) => void;
}): { element: HTMLElement; update(value: number): void } {
  const { id, label, least, most, step, words, changed } = parts;
  const range = element('input', { type: 'range', id, min: least, max: most, step });
  const shown = element('output', { for: id });
  range.addEventListener('input', () => changed(Number(range.value)));
  return {
    element: element('div', { class: 'slider' }, element('label', { for: id }, label), range, shown),
    update(value) {
      if (range.value !== String(value)) range.value = String(value);
      range.setAttribute('aria-valuetext', words(value));
      setText(shown, words(value));
    },
  };
}
