import type { CurveRun } from '../../src/protocol/curves.ts';
import { figure } from './ticks.ts';

/** A dashed horizontal line of the perplexity chart. */
export interface Reference {
  readonly value: number;
  readonly label: string;
}

/**
 * The floor of the built-in corpus and the published figures of the runs' presets. Training's are left out: what is
 * compared is validation and test. Runs that share a line share its label.
 */
export function referencesOf(runs: readonly CurveRun[]): Reference[] {
  const found = new Map<string, Reference>();
  const put = (words: string, value: number | undefined): void => {
    if (value === undefined || !(value > 0)) return;
    const label = `${words} ${figure(value)}`;
    if (!found.has(label)) found.set(label, { value, label });
  };
  for (const { floor, published, preset } of runs) {
    put('floor, validation', floor?.valid);
    put('floor, test', floor?.test);
    const of = preset === undefined ? 'published' : `published ${preset}`;
    put(`${of}, validation`, published?.valid);
    put(`${of}, test`, published?.test);
  }
  return [...found.values()].sort((left, right) => left.value - right.value);
}

/** A label, and how far its line is from the top, in pixels. */
export interface PlacedReference {
  readonly label: string;
  readonly y: number;
}

/**
 * Labels of lines that lie closer than a label is high, joined to one above the upper line: below it the lower line would
 * cross the text. Joined only as long as they fit.
 *
 * @param lines by their distance from the top
 * @param line height of a label
 * @param fits whether a text is narrow enough
 */
export function joinLabels(
  lines: readonly PlacedReference[],
  line: number,
  fits: (label: string) => boolean,
): PlacedReference[] {
  const joined: PlacedReference[] = [];
  for (const { label, y } of lines) {
    const above = joined.at(-1);
    const both = above && `${above.label} · ${label}`;
    if (above !== undefined && both !== undefined && y - above.y < line && fits(both))
      joined[joined.length - 1] = { label: both, y: above.y };
    else joined.push({ label, y });
  }
  return joined;
}

/**
 * Where labels stand so that none covers another: each as near its line as the others leave room, in the order of their
 * lines. Labels that do not fit at all are left out (null), the last ones first.
 *
 * @param wanted where each would stand by itself (pixels from the top of the space), ascending
 * @param height of the space
 * @param line height of a label
 */
export function placeLabels(wanted: readonly number[], height: number, line: number): (number | null)[] {
  const room = Math.floor(height / line);
  const count = Math.min(wanted.length, room);
  const placed: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const free = index === 0 ? 0 : (placed[index - 1] as number) + line;
    placed.push(Math.max(free, Math.min(wanted[index] as number, height - line)));
  }
  // What was pushed beyond the bottom pushes back upwards.
  for (let index = count - 1, bottom = height - line; index >= 0; index -= 1, bottom -= line) {
    if ((placed[index] as number) <= bottom) bottom = placed[index] as number;
    placed[index] = Math.min(placed[index] as number, bottom);
  }
  return wanted.map((_, index) => placed[index] ?? null);
}
