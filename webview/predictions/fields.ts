import { element, setText } from '../shared/dom.ts';

/** A whole number that is typed. What is no number is refused when the field is left. */
export function field(parts: { label: string; least: number; most: number; changed: (value: number) => void }): {
  element: HTMLInputElement;
  update(value: number): void;
} {
  const { label, least, most, changed } = parts;
  const made = element('input', {
    type: 'text',
    inputmode: 'numeric',
    class: 'number',
    'aria-label': label,
    autocomplete: 'off',
  });
  let current = NaN;
  made.addEventListener('input', () => {
    const value = wholeWithin(made.value, { least, most });
    if (value === undefined) made.setAttribute('aria-invalid', 'true');
    else made.removeAttribute('aria-invalid');
    if (value !== undefined && value !== current) changed((current = value));
  });
  made.addEventListener('blur', () => {
    made.value = String(current);
    made.removeAttribute('aria-invalid');
  });
  return {
    element: made,
    update(value) {
      if (value === current) return;
      current = value;
      made.value = String(value);
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

/** @returns the number within its limits, a whole one; undefined for what is no number */
function wholeWithin(text: string, { least, most }: { least: number; most: number }): number | undefined {
  const value = Number(text.trim());
  if (text.trim() === '' || !Number.isFinite(value)) return undefined;
  return Math.min(most, Math.max(least, Math.round(value)));
}
