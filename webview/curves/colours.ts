import { palette } from '../shared/palette.ts';

/** Once the colours repeat, lines differ by their dashes (CSS pixels) and markers by their shape. */
export const dashes = [[], [9, 4], [9, 3, 2, 3], [14, 4, 4, 4]] as const;
export const markers = ['circle', 'square', 'triangle', 'diamond'] as const;
export type Marker = (typeof markers)[number];

/** How many looks there are before two runs have the same. */
export const slotCount = palette.dark.length * dashes.length;

/** How a run looks. */
export interface Look {
  readonly colour: string;
  /** Of the line of training; empty for a solid one. */
  readonly dash: readonly number[];
  /** Of validation's points. */
  readonly marker: Marker;
}

/** Of the line that joins validation's points, in every slot: unlike all lines of training. */
export const validationDash: readonly number[] = [2, 3];

export function lookOf(slot: number, lightTheme: boolean): Look {
  const colours = lightTheme ? palette.light : palette.dark;
  const group = Math.floor(slot / colours.length) % dashes.length;
  return {
    colour: colours[slot % colours.length] as string,
    dash: dashes[group] as readonly number[],
    marker: markers[group] as Marker,
  };
}

/**
 * The slot of a run that has none yet. Runs keep theirs for good, so it takes what differs most from the runs that are
 * shown: another slot, then another colour, then what fewest runs have had.
 */
export function freeSlot(slots: Readonly<Record<string, number>>, shown: readonly string[]): number {
  const uses = new Array<number>(slotCount).fill(0);
  for (const slot of Object.values(slots)) uses[slot % slotCount] = (uses[slot % slotCount] ?? 0) + 1;
  const taken = shown.flatMap((key) => (slots[key] === undefined ? [] : [slots[key] % slotCount]));
  const cost = (slot: number): number =>
    (taken.includes(slot) ? 1e9 : 0) +
    taken.filter((other) => other % palette.dark.length === slot % palette.dark.length).length * 1e6 +
    (uses[slot] ?? 0) * slotCount +
    slot / slotCount;
  const all = Array.from({ length: slotCount }, (_, slot) => slot);
  return all.reduce((best, slot) => (cost(slot) < cost(best) ? slot : best));
}
