import { element } from '../shared/dom.ts';
import { dragged, editable, largest, parseNumber, stepped } from './numbers.ts';
import type { Pace } from './numbers.ts';

/** Pixels that the pointer moves before it is a drag and no click. */
const dragFrom = 3;

/** What all fields say to screen readers beside their name; the page has this text once. */
export const numberFieldHelp = 'number-keys';
export const numberFieldKeys =
  'Arrow up and down change it by 0.1, with Shift by 1, with Alt by 0.01. It can also be dragged to the left and right.';

/** A number that can be typed, changed by arrow keys, and dragged to the left and right. */
export class NumberField {
  readonly element: HTMLInputElement;
  #value: number;
  readonly #changed: (value: number) => void;

  /** @param name what the number is, for screen readers */
  constructor(name: string, value: number, changed: (value: number) => void) {
    this.#value = value;
    this.#changed = changed;
    this.element = element('input', {
      type: 'text',
      class: 'number',
      inputmode: 'decimal',
      role: 'spinbutton',
      autocomplete: 'off',
      spellcheck: 'false',
      size: 5,
      'aria-label': name,
      'aria-describedby': numberFieldHelp,
      'aria-valuemin': -largest,
      'aria-valuemax': largest,
      title: name,
    });
    this.#show();
    this.#listen();
    this.#listenToDrags();
  }

  /** Brings the field in line with the number. What is being typed stays as it is while it says the same. */
  set value(value: number) {
    if (value === this.#value) return;
    this.#value = value;
    const typing = document.activeElement === this.element && parseNumber(this.element.value) === value;
    if (typing) this.#describe();
    else this.#show();
  }

  get value(): number {
    return this.#value;
  }

  set name(name: string) {
    if (this.element.title === name) return;
    this.element.title = name;
    this.element.setAttribute('aria-label', name);
  }

  #show(): void {
    this.element.value = editable(this.#value);
    this.#describe();
  }

  #describe(): void {
    this.element.removeAttribute('aria-invalid');
    this.element.setAttribute('aria-valuenow', editable(this.#value));
  }

  #change(value: number): void {
    if (value === this.#value) return;
    this.value = value;
    this.#changed(value);
  }

  #listen(): void {
    const field = this.element;
    field.addEventListener('input', () => {
      const value = parseNumber(field.value);
      if (value === undefined) field.setAttribute('aria-invalid', 'true');
      else {
        this.#describe();
        this.#change(value);
      }
    });
    field.addEventListener('blur', () => this.#show());
    field.addEventListener('keydown', (event) => {
      const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (by !== undefined) {
        event.preventDefault();
        this.#change(stepped(this.#value, by, paceOf(event)));
        this.#show();
      } else if (event.key === 'Enter' || event.key === 'Escape') {
        this.#show();
        field.select();
      }
    });
  }

  #listenToDrags(): void {
    const field = this.element;
    let from: { x: number; value: number } | undefined;
    let moved = false;
    field.addEventListener('pointerdown', (event) => {
      if (event.button !== 0 || field.disabled) return;
      from = { x: event.clientX, value: this.#value };
      moved = false;
      field.setPointerCapture(event.pointerId);
      // Else the browser would select text while the number is dragged.
      event.preventDefault();
    });
    field.addEventListener('pointermove', (event) => {
      if (from === undefined) return;
      const pixels = event.clientX - from.x;
      if (!moved && Math.abs(pixels) < dragFrom) return;
      moved = true;
      this.#change(dragged(from.value, pixels, paceOf(event)));
    });
    const end = (): void => {
      if (from === undefined) return;
      from = undefined;
      field.focus();
      if (!moved) field.select();
    };
    field.addEventListener('pointerup', end);
    field.addEventListener('pointercancel', end);
  }
}

function paceOf({ shiftKey, altKey }: { shiftKey: boolean; altKey: boolean }): Pace {
  return shiftKey ? 'coarse' : altKey ? 'fine' : 'normal';
}
