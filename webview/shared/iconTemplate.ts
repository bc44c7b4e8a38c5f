import type { Content } from './controls.ts';
import { html, svg } from './lit.ts';
import type { TemplateResult } from './lit.ts';

/**
 * An icon, drawn here as the toolkit brings none: 16 by 16, strokes in the text's colour. A template: an icon that were a
 * new element at every render would take a click with it that began on the old one.
 */
export function strokeIcon(path: string): TemplateResult {
  const shape = svg`<path
    d=${path}
    fill="none"
    stroke="currentColor"
    stroke-width="1.4"
    stroke-linecap="round"
    stroke-linejoin="round"
  />`;
  return drawing('icon', [0, 0, 16, 16], shape);
}

/**
 * A small drawing between words.
 *
 * @param kind its class
 * @param box left, top, width and height of what is seen of the shapes; it has that size in CSS pixels
 */
export function drawing(kind: string, box: readonly [number, number, number, number], shapes: Content): TemplateResult {
  const [, , width, height] = box;
  const view = box.join(' ');
  return html`<svg class=${kind} viewBox=${view} width=${width} height=${height} aria-hidden="true">${shapes}</svg>`;
}
