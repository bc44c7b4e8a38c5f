import { strokeIcon } from '../shared/icon.ts';

/** See strokeIcon. */
const strokes = {
  first: 'M4 3.5V12.5M12 3.5L7 8L12 12.5',
  previous: 'M10 3.5L5.5 8L10 12.5',
  play: 'M5 3.5L12 8L5 12.5Z',
  pause: 'M5.5 4V12M10.5 4V12',
  next: 'M6 3.5L10.5 8L6 12.5',
} as const;

export function icon(name: keyof typeof strokes): SVGElement {
  return strokeIcon(strokes[name]);
}
