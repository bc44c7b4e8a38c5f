import { element } from '../shared/dom.ts';

/** A line of the read-out. */
export interface ReadoutRow {
  readonly sample: SVGElement;
  readonly name: string;
  /** A figure a column. */
  readonly values: readonly string[];
}

/** The values at a place. */
export interface Reading {
  readonly title: string;
  /** What the columns are; none where there is but one. */
  readonly heads: readonly string[];
  readonly rows: readonly ReadoutRow[];
}

/** The values under the pointer, beside it. For sight alone: the keyboard's cursor is announced in words. */
export class Readout {
  readonly element = element('div', { class: 'readout', 'aria-hidden': 'true', hidden: true });

  show({ title, heads, rows }: Reading, place: { x: number; y: number }): void {
    this.element.replaceChildren(
      element(
        'div',
        { class: 'readout-title' },
        rows.length > 12 && heads.length > 0 ? `${title} · ${heads.join(', ')}` : title,
      ),
      element(
        'div',
        { class: rows.length > 12 ? 'readout-rows two' : 'readout-rows' },
        ...(rows.length > 12 ? [] : [headRow(heads)]),
        ...rows.map(({ sample, name, values }) =>
          element(
            'div',
            { class: 'readout-row' },
            sample,
            element('span', { class: 'run-name' }, name),
            ...values.map((value) => element('span', { class: 'readout-value' }, value)),
          ),
        ),
      ),
    );
    this.element.hidden = false;
    const { width, height } = this.element.getBoundingClientRect();
    const right = place.x + 16 + width <= innerWidth;
    const x = right ? place.x + 16 : Math.max(4, place.x - 16 - width);
    const y = Math.max(4, Math.min(place.y + 12, innerHeight - height - 4));
    this.element.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
  }

  hide(): void {
    this.element.hidden = true;
  }
}

function headRow(heads: readonly string[]): HTMLElement {
  const cells = heads.map((head) => element('span', { class: 'readout-value' }, head));
  return element('div', { class: 'readout-row heads', hidden: heads.length === 0 }, ...cells);
}
