/** From and to, in the units of an axis; from is the smaller. */
export type Range = readonly [from: number, to: number];

/** A range scaled about a point of it: a factor below 1 shows less of it, larger. */
export function scaled([from, to]: Range, factor: number, about: number = (from + to) / 2): Range {
  return [about - (about - from) * factor, about + (to - about) * factor];
}

/** A range moved by a part of its width. */
export function moved([from, to]: Range, part: number): Range {
  const by = (to - from) * part;
  return [from + by, to + by];
}

/**
 * The part of `whole` that a wish names, or null for all of it: a range that was moved beyond an end is moved back, one
 * that is wider than the whole is no zoom. Not narrower than a millionth, where floating-point ticks run together.
 */
export function within(whole: Range, wish: Range): Range | null {
  const width = whole[1] - whole[0];
  const wanted = Math.max(wish[1] - wish[0], width * 1e-6);
  if (!(wanted < width * 0.9999)) return null;
  const from = Math.min(Math.max(wish[0], whole[0]), whole[1] - wanted);
  return [from, from + wanted];
}

/** A range with a margin on both sides, never empty. */
export function padded([from, to]: Range, margin: number): Range {
  if (!(to > from)) return from === 0 ? [0, 1] : [from - Math.abs(from) * 0.1, from + Math.abs(from) * 0.1];
  const by = (to - from) * margin;
  return [from - by, to + by];
}

/** How values lie on a y axis: drawn linearly in what `to` gives. */
export interface Scale {
  to(value: number): number;
  from(position: number): number;
}

export const linear: Scale = { to: (value) => value, from: (position) => position };
/** Values of 0 or below have no place: they become NaN, a gap. */
export const logarithmic: Scale = {
  to: (value) => (value > 0 ? Math.log10(value) : NaN),
  from: (position) => 10 ** position,
};
