import { element } from '../shared/dom.ts';
import { Directive, directive } from '../shared/lit.ts';
import type { PartInfo } from '../shared/lit.ts';
import { dragged, editable, maxMagnitude, parseNumber, stepped } from './numbers.ts';
import type { Pace } from './numbers.ts';

/** Pixels that the pointer moves before it is a drag and no click. */
const dragThreshold = 3;

/** What all fields say to screen readers beside their name; the page has this text once. */
export const numberFieldHelp = 'number-keys';
export const numberFieldKeys =
  'The up and down arrow keys change the number by 0.1, with Shift by 1, with Alt by 0.01. It can also be dragged to the ' +
  'left and right.';

interface NumberFieldOptions {
  /** What the number is, for screen readers. */
  readonly name: string;
  readonly value: number;
  readonly changed: (value: number) => void;
  /** Its value as a colour. */
  readonly tone?: string;
}

class NumberField extends Directive {
  readonly #field = element('input', {
    type: 'text',
    class: 'number',
    inputmode: 'decimal',
    role: 'spinbutton',
    autocomplete: 'off',
    spellcheck: 'false',
    size: 5,
    'aria-describedby': numberFieldHelp,
    'aria-valuemin': -maxMagnitude,
    'aria-valuemax': maxMagnitude,
  });
  #name = '';
  #value = NaN;
  #tone: string | undefined;
  #changed: (value: number) => void = () => undefined;

  constructor(part: PartInfo) {
    super(part);
    this.#listen();
    this.#listenToDrags();
  }

  override render({ name, value, changed, tone }: NumberFieldOptions): HTMLInputElement {
    this.#changed = changed;
    if (name !== this.#name) {
      this.#name = this.#field.title = this.#field.ariaLabel = name;
    }
    if (tone !== undefined && tone !== this.#tone) {
      this.#tone = tone;
      this.#field.style.setProperty('--tone', tone);
    }
    this.#follow(value);
    return this.#field;
  }

  /** Brings the field in line with the number. What is being typed stays as it is while it says the same. */
  #follow(value: number): void {
    if (value === this.#value) return;
    this.#value = value;
    const isTyped = document.activeElement === this.#field && parseNumber(this.#field.value) === value;
    if (isTyped) this.#describe();
    else this.#show();
  }

  #show(): void {
    this.#field.value = editable(this.#value);
    this.#describe();
  }

  #describe(): void {
    this.#field.removeAttribute('aria-invalid');
    this.#field.setAttribute('aria-valuenow', editable(this.#value));
  }

  #change(value: number): void {
    if (value === this.#value) return;
    this.#follow(value);
    this.#changed(value);
  }

  #listen(): void {
    const field = this.#field;
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
    const field = this.#field;
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
      if (!moved && Math.abs(pixels) < dragThreshold) return;
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

/** A number that can be typed, changed by arrow keys, and dragged to the left and right. */
export const numberField = directive(NumberField);

function paceOf({ shiftKey, altKey }: { shiftKey: boolean; altKey: boolean }): Pace {
  return shiftKey ? 'coarse' : altKey ? 'fine' : 'normal';
}
