import { element, setText } from '../shared/dom.ts';
import { iconButton } from '../shared/toolkit.ts';
import type { Theme } from '../shared/theme.ts';
import { lookOf } from '../curves/colours.ts';
import { icon } from './icons.ts';
import type { Lines, LinesOf } from './lines.ts';
import type { Model } from './model.ts';
import { valueAt } from './grid.ts';
import { figure } from './words.ts';

/** The lines of the pinned units with their key, and the values at the cursor. */
export class Pins {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #key = element('ul', { class: 'pins' });
  readonly #hint = element('p', { class: 'muted' }, 'Click units in the heatmap to compare them as lines.');
  #values: HTMLElement[] = [];
  #made = '';

  constructor(model: Model, lines: Lines) {
    this.#model = model;
    this.element = element(
      'section',
      { class: 'pins-section', 'aria-label': 'Pinned units' },
      this.#hint,
      this.#key,
      lines.canvas,
    );
  }

  /** @param at the token under the cursor */
  update(of: readonly LinesOf[], at: number | null, theme: Theme): void {
    const { pins } = this.#model.state;
    this.#hint.hidden = pins.length > 0;
    const made = JSON.stringify([pins, theme.kind]);
    if (made !== this.#made) {
      this.#made = made;
      this.#values = pins.map(() => element('output', { class: 'pin-value' }));
      this.#key.replaceChildren(...pins.map((unit, slot) => this.#pin(unit, slot, theme)));
    }
    pins.forEach((unit, slot) => {
      const values = of.map(({ grid }) => figure(valueAt(grid, at ?? -1, unit)));
      const target = this.#values[slot];
      if (target !== undefined) setText(target, at === null ? '' : values.join(' / '));
    });
  }

  #pin(unit: number, slot: number, theme: Theme): HTMLElement {
    const mark = element('span', { class: 'pin-mark', 'aria-hidden': 'true' });
    mark.style.backgroundColor = lookOf(slot, theme.kind.endsWith('light')).colour;
    const name = element('button', { type: 'button', class: 'pin-name' }, `unit ${unit + 1}`);
    name.addEventListener('click', () => this.#model.look(unit));
    const close = iconButton(`Unpin unit ${unit + 1}`, icon('close'), () => this.#model.unpin(unit));
    return element('li', {}, mark, name, this.#values[slot] ?? '', close);
  }
}
