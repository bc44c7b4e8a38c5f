import { html, nothing, render } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';

/** A line of the read-out. */
export interface ReadoutRow {
  readonly sample: TemplateResult;
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

/** More rows than this are set in two columns. */
const maxSingleColumn = 12;

/**
 * The values under the pointer, beside it. For sight alone: the keyboard's cursor is announced in words. It renders
 * itself: it follows each move of the pointer, at which nothing else of the panel changes, and is placed by its own size.
 */
export class Readout {
  readonly element = document.createElement('div');

  constructor(...classes: string[]) {
    this.element.classList.add('readout', ...classes);
    this.element.ariaHidden = 'true';
    this.element.hidden = true;
  }

  show(reading: Reading, place: { x: number; y: number }): void {
    render(contents(reading), this.element);
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

function contents({ title, heads, rows }: Reading): TemplateResult {
  const isTwo = rows.length > maxSingleColumn;
  const headRow = html`<div class="readout-row heads">${heads.map(cell)}</div>`;
  return html`<div class="readout-title">${isTwo && heads.length > 0 ? `${title} · ${heads.join(', ')}` : title}</div>
    <div class=${isTwo ? 'readout-rows two' : 'readout-rows'}>
      ${isTwo || heads.length === 0 ? nothing : headRow}
      ${rows.map(
        ({ sample, name, values }) =>
          html`<div class="readout-row">${sample}<span class="run-name">${name}</span>${values.map(cell)}</div>`,
      )}
    </div>`;
}

function cell(words: string): TemplateResult {
  return html`<span class="readout-value">${words}</span>`;
}
