import { html, nothing } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import type { Content } from '../shared/controls.ts';

interface TableOptions {
  /** For screen readers. */
  readonly label: string;
  readonly caption?: string;
  readonly heads: readonly string[];
  readonly rows: Content;
}

/** A table that scrolls in its own place, by keys too: so it takes the focus. */
export function scrolledTable({ label, caption, heads, rows }: TableOptions): TemplateResult {
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label=${label}>
    <table class="figures">
      ${caption === undefined ? nothing : html`<caption .textContent=${caption}></caption>`}
      <thead>
        <tr>
          ${heads.map((head) => html`<th scope="col">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}
