import { vector } from './dom.ts';

/** An icon, drawn here as the toolkit brings none: 16 by 16, strokes in the text's colour. */
export function strokeIcon(path: string): SVGElement {
  return vector(
    'svg',
    { class: 'icon', viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true' },
    vector('path', {
      d: path,
      fill: 'none',
      stroke: 'currentColor',
      'stroke-width': 1.4,
      'stroke-linecap': 'round',
      'stroke-linejoin': 'round',
    }),
  );
}
