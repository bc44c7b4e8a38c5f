import { inkOn } from './ink.ts';

/** The kinds of theme, as theme.ts has them; named here so that this can be used without a page. */
export type ThemeKind = 'dark' | 'light' | 'hc-dark' | 'hc-light';

export type Rgb = readonly [number, number, number];

/**
 * Colours of values: from blue for negative ones over the page's own tone to orange for positive ones, which can be told
 * apart without red or green receptors. Cells that show a number write it in black or in white, whichever can be read.
 */
export const valueEnds: Readonly<Record<ThemeKind, { negative: Rgb; zero: Rgb; positive: Rgb }>> = {
  dark: { negative: [82, 168, 255], zero: [56, 56, 58], positive: [255, 160, 46] },
  light: { negative: [26, 104, 176], zero: [238, 238, 240], positive: [214, 100, 4] },
  'hc-dark': { negative: [92, 176, 255], zero: [18, 18, 18], positive: [255, 166, 50] },
  'hc-light': { negative: [12, 84, 156], zero: [255, 255, 255], positive: [176, 76, 0] },
};

/** A colour, and what can be read on it. */
export interface Swatch {
  readonly fill: string;
  readonly ink: string;
}

/** @param range the size from which on a value has the full colour */
export function swatch(value: number, kind: ThemeKind, range = 1): Swatch {
  const { negative, zero, positive } = valueEnds[kind];
  const strength = Number.isFinite(value) ? Math.min(1, Math.abs(value) / range) : 0;
  const [red, green, blue] = mixed(zero, value < 0 ? negative : positive, strength);
  return { fill: `rgb(${red}, ${green}, ${blue})`, ink: inkOn(red, green, blue) };
}

/** A colour between two: `part` 0 is the first, 1 the second. */
export function mixed(first: Rgb, second: Rgb, part: number): Rgb {
  const channel = (at: 0 | 1 | 2): number => Math.round(first[at] + (second[at] - first[at]) * part);
  return [channel(0), channel(1), channel(2)];
}
