import { inkOn } from '../shared/ink.ts';

/** The kinds of theme, as theme.ts has them; named here so that this can be used without a page. */
type ThemeKind = 'dark' | 'light' | 'hc-dark' | 'hc-light';

/**
 * Colours of values: from blue for negative ones over the page's own tone to orange for positive ones, which can be told
 * apart without red or green receptors. Cells that show a number write it in black or in white, whichever can be read.
 */
const ends: Readonly<Record<ThemeKind, { negative: Rgb; zero: Rgb; positive: Rgb }>> = {
  dark: { negative: [82, 168, 255], zero: [56, 56, 58], positive: [255, 160, 46] },
  light: { negative: [26, 104, 176], zero: [238, 238, 240], positive: [214, 100, 4] },
  'hc-dark': { negative: [92, 176, 255], zero: [18, 18, 18], positive: [255, 166, 50] },
  'hc-light': { negative: [12, 84, 156], zero: [255, 255, 255], positive: [176, 76, 0] },
};

type Rgb = readonly [number, number, number];

/** A colour, and what can be read on it. */
export interface Swatch {
  readonly fill: string;
  readonly ink: string;
}

/** @param range the size from which on a value has the full colour */
export function swatch(value: number, kind: ThemeKind, range = 1): Swatch {
  const { negative, zero, positive } = ends[kind];
  const strength = Number.isFinite(value) ? Math.min(1, Math.abs(value) / range) : 0;
  const end = value < 0 ? negative : positive;
  const mixed = zero.map((from, channel) => Math.round(from + ((end[channel] ?? 0) - from) * strength));
  const [red = 0, green = 0, blue = 0] = mixed;
  return { fill: `rgb(${red}, ${green}, ${blue})`, ink: inkOn(red, green, blue) };
}

/** Of the lines of the chart, by cell: as the first runs of the loss curves, 3 : 1 and more to the background. */
export const cellColours = {
  dark: { rnn: '#fe571e', gru: '#28a56f', lstm: '#3ec0ff' },
  light: { rnn: '#dc3904', gru: '#007f5f', lstm: '#1f7fb8' },
} as const;
