import { mixed, valueEnds } from '../shared/swatch.ts';
import type { Rgb, ThemeKind } from '../shared/swatch.ts';

/** From which value to which a colour scale goes, and whether 0 has its own colour in the middle. */
export interface Scale {
  readonly kind: 'diverging' | 'sequential';
  readonly low: number;
  readonly high: number;
}

/** Gates that a sigmoid makes are parts of 1; a candidate is made by tanh, as h is. */
const sigmoids = new Set(['input', 'forget', 'output', 'reset', 'update']);

/**
 * The scale that fits a series by its name.
 *
 * @param largest the largest |value|; what is not bounded (c, a difference) is shown up to it
 */
export function scaleFor(name: string, largest: number, isDifference = false): Scale {
  if (!isDifference && sigmoids.has(name)) return { kind: 'sequential', low: 0, high: 1 };
  const bounded = !isDifference && (name === 'h' || name === 'candidate');
  const high = bounded ? 1 : rounded(largest);
  return { kind: 'diverging', low: -high, high };
}

/** At or above the value, with two digits: the ends of a legend should be readable. */
function rounded(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Number((Math.ceil(value / unit - 1e-9) * unit).toPrecision(2));
}

/** Cividis (Nuñez, Anderton and Renslow, 2018), made to be read without red or green receptors: from dark to bright. */
const cividis: readonly Rgb[] = [
  [0, 34, 78],
  [53, 69, 108],
  [102, 105, 112],
  [148, 142, 119],
  [200, 184, 102],
  [254, 232, 56],
];

/** In light themes the bright end is nearer to the page. */
const pale: Rgb = [248, 246, 232];

/** What is no number. */
const nothing: Rgb = [128, 128, 128];

/** How many colours a scale has: an odd number, so that 0 is one of them. */
export const colourCount = 511;

/** The colours from the scale's low end to its high one, and behind them that of what is no number. */
export function coloursOf({ kind }: Pick<Scale, 'kind'>, theme: ThemeKind): Rgb[] {
  const of = kind === 'diverging' ? diverging : sequential;
  const colours = Array.from({ length: colourCount }, (_, index) => of(index / (colourCount - 1), theme));
  return [...colours, nothing];
}

function diverging(part: number, theme: ThemeKind): Rgb {
  const { negative, zero, positive } = valueEnds[theme];
  return part < 0.5 ? mixed(zero, negative, 1 - 2 * part) : mixed(zero, positive, 2 * part - 1);
}

/** What is near 0 is near the page's own tone. */
function sequential(part: number, theme: ThemeKind): Rgb {
  const stops = theme.endsWith('light') ? [pale, ...cividis.slice(0, -1).reverse()] : cividis;
  const place = part * (stops.length - 1);
  const below = Math.min(stops.length - 2, Math.floor(place));
  return mixed(stops[below] ?? nothing, stops[below + 1] ?? nothing, place - below);
}

/** The place of a value among a scale's colours. */
export function colourIndex(value: number, { low, high }: Scale): number {
  if (value !== value) return colourCount;
  const part = (value - low) / (high - low);
  return Math.round(Math.min(1, Math.max(0, part)) * (colourCount - 1));
}

/** The colours as pixels of ImageData, opaque. All machines that run VS Code are little-endian. */
export function pixelsOf(colours: readonly Rgb[]): Uint32Array {
  return Uint32Array.from(colours, ([red, green, blue]) => ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0);
}
