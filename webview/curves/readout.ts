import { element } from '../shared/dom.ts';
import type { Look } from './colours.ts';
import { sample } from './icons.ts';

/** A line of the read-out. */
export interface ReadoutRow {
  readonly look: Look;
  readonly name: string;
  readonly words: string;
}

/** The values under the pointer, beside it. For sight alone: the keyboard's cursor is announced in words. */
export class Readout {
  readonly element = element('div', { class: 'readout', 'aria-hidden': 'true', hidden: true });

  show(title: string, rows: readonly ReadoutRow[], place: { x: number; y: number }): void {
    this.element.replaceChildren(
      element('div', { class: 'readout-title' }, title),
      element(
        'div',
        { class: rows.length > 12 ? 'readout-rows two' : 'readout-rows' },
        ...rows.map(({ look, name, words }) =>
          element(
            'div',
            { class: 'readout-row' },
            sample(look),
            element('span', { class: 'run-name' }, name),
            element('span', { class: 'readout-value' }, words),
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
