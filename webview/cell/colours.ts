import { palette } from '../shared/palette.ts';
import type { ThemeKind } from '../shared/swatch.ts';
import type { ReachLine } from './reachChart.ts';

export { swatch } from '../shared/swatch.ts';
export type { Swatch } from '../shared/swatch.ts';

/** How the lines of a chart look, one after another: a place in the palette, a marker, dashes in CSS pixels. */
const looks = [
  { hue: 5, marker: 'circle', dash: '2 3' },
  { hue: 2, marker: 'square', dash: '9 4' },
  { hue: 0, marker: 'triangle', dash: undefined },
  { hue: 1, marker: 'inverted', dash: '9 3 2 3' },
  { hue: 3, marker: 'plus', dash: '14 4 4 4' },
  { hue: 6, marker: 'cross', dash: '6 2' },
  { hue: 4, marker: 'bar', dash: '4 2 1 2' },
] as const;

/** The look of a line by its place among those that may be drawn together. */
export function lineLook(place: number, kind: ThemeKind): Pick<ReachLine, 'colour' | 'marker' | 'dash'> {
  const { hue, marker, dash } = looks[place % looks.length] ?? looks[0];
  return { colour: palette[kind.endsWith('light') ? 'light' : 'dark'][hue], marker, dash };
}
