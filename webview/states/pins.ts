import { lookOf } from '../curves/colours.ts';
import { iconButton } from '../shared/controls.ts';
import { html, repeat } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import type { Theme } from '../shared/theme.ts';
import { valueAt } from './grid.ts';
import { icon } from './icons.ts';
import type { Lines, LinesOf } from './lines.ts';
import type { Model } from './model.ts';
import { figure } from './words.ts';

interface PinsOptions {
  readonly lines: Lines;
  readonly of: readonly LinesOf[];
  /** The token under the cursor. */
  readonly at: number | null;
  readonly theme: Theme;
}

/** The lines of the pinned units with their key, and the values at the cursor. */
export function pinsSection(model: Model, { lines, of, at, theme }: PinsOptions): TemplateResult {
  const { pins } = model.state;
  const isLight = theme.kind.endsWith('light');
  const valuesOf = (unit: number): string =>
    at === null ? '' : of.map(({ grid }) => figure(valueAt(grid, at, unit))).join(' / ');
  const pin = (unit: number, slot: number): TemplateResult =>
    html`<li>
      <span class="pin-mark" aria-hidden="true" .style=${`background-color: ${lookOf(slot, isLight).colour}`}></span>
      <button type="button" class="pin-name" @click=${() => model.look(unit)}>unit ${unit + 1}</button>
      <output class="pin-value">${valuesOf(unit)}</output>
      ${iconButton(`Unpin unit ${unit + 1}`, icon('close'), { click: () => model.unpin(unit) })}
    </li>`;
  return html`<section class="pins-section" aria-label="Pinned units">
    <p class="muted" ?hidden=${pins.length > 0}>Click units in the heatmap to compare them as lines.</p>
    <ul class="pins">
      ${repeat(pins, (unit) => unit, pin)}
    </ul>
    ${lines.canvas}
  </section>`;
}
