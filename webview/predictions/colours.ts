import { inkOn } from '../shared/ink.ts';
import { mixed } from '../shared/swatch.ts';
import type { Rgb, Swatch, ThemeKind } from '../shared/swatch.ts';

export type { ThemeKind };

/** From so many bits on a token has the full colour: a word in 4,096. */
export const fullBits = 12;

/**
 * From the page's own tone for what was expected to what stands out most: in even steps of lightness, over purple and
 * orange (as Matplotlib's inferno, which can be read without red or green receptors, and in grey).
 */
const light: readonly Rgb[] = [
  [246, 246, 246],
  [252, 222, 176],
  [248, 171, 104],
  [222, 104, 62],
  [165, 44, 88],
  [84, 15, 96],
];
const dark: readonly Rgb[] = [
  [46, 46, 48],
  [84, 40, 104],
  [150, 48, 104],
  [212, 78, 66],
  [246, 146, 46],
  [250, 216, 110],
];
const black: Rgb = [0, 0, 0];
const scales: Readonly<Record<ThemeKind, readonly Rgb[]>> = {
  light,
  'hc-light': [[255, 255, 255], ...light.slice(1)],
  dark,
  'hc-dark': [black, ...dark.slice(1)],
};

/** @param part from 0 to 1; what is not a number has the colour of 0 */
export function shade(part: number, kind: ThemeKind): Swatch {
  const scale = scales[kind];
  const place = Math.min(1, Math.max(0, Number.isNaN(part) ? 0 : part)) * (scale.length - 1);
  const index = Math.min(scale.length - 2, Math.floor(place));
  const [from = black, to = black] = scale.slice(index, index + 2);
  const [red, green, blue] = mixed(from, to, place - index);
  return { fill: `rgb(${red}, ${green}, ${blue})`, ink: inkOn(red, green, blue) };
}

/** The colour of a surprisal. */
export function shadeOfBits(bits: number, kind: ThemeKind): Swatch {
  return shade(bits / fullBits, kind);
}
