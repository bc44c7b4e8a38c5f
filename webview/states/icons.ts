import { html } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';

/** Strokes in the text's colour, 16 by 16. */
const strokes = {
  zoomIn: 'M7 3.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7M9.6 9.6L13.5 13.5M5.2 7H8.8M7 5.2V8.8',
  zoomOut: 'M7 3.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7M9.6 9.6L13.5 13.5M5.2 7H8.8',
  all: 'M3 6V3H6M10 3H13V6M13 10V13H10M6 13H3V10',
  words: 'M3 4H13M8 4V13M6 13H10',
  play: 'M5 3.5L12 8L5 12.5Z',
  pause: 'M5.5 4V12M10.5 4V12',
  close: 'M5 5L11 11M11 5L5 11',
} as const;

export function icon(name: keyof typeof strokes): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
    <path
      d=${strokes[name]}
      fill="none"
      stroke="currentColor"
      stroke-width="1.4"
      stroke-linecap="round"
      stroke-linejoin="round"
    ></path>
  </svg>`;
}
