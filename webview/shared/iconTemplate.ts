import { html } from './lit.ts';
import type { TemplateResult } from './lit.ts';

/** An icon in a template, as `strokeIcon` draws one: 16 by 16, strokes in the text's colour. */
export function iconTemplate(path: string): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
    <path
      d=${path}
      fill="none"
      stroke="currentColor"
      stroke-width="1.4"
      stroke-linecap="round"
      stroke-linejoin="round"
    ></path>
  </svg>`;
}
