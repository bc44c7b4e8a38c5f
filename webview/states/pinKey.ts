import { lookOf } from '../curves/colours.ts';
import type { Theme } from '../shared/theme.ts';
import { fitting } from './labels.ts';

/** Which lines there are to tell apart. */
export interface KeyedLines {
  /** The pinned units, each in the colour of its place. */
  readonly pins: readonly number[];
  /** Whose lines are whole, and whose are broken: one name or two. */
  readonly of: readonly string[];
}

interface Place {
  readonly theme: Theme;
  readonly x: number;
  readonly y: number;
  /** Further to the right than this nothing is drawn: entries go on in the next row. */
  readonly width: number;
}

const row = 20;
const sample = 20;
const gap = 16;
const font = '11px';

/**
 * Draws which colour is which unit and, of two heatmaps, which lines are broken.
 *
 * @param context null where only the height is wanted
 * @returns the height, CSS pixels
 */
export function drawPinKey(
  context: CanvasRenderingContext2D | null,
  { pins, of }: KeyedLines,
  { theme, x: left, y: top, width }: Place,
): number {
  const measured = context ?? document.createElement('canvas').getContext('2d');
  if (measured === null) return 0;
  measured.font = `${font} ${theme.fontFamily}`;
  const isLight = theme.kind.endsWith('light');
  const entries = [
    ...pins.map((unit, slot) => ({ words: `unit ${unit + 1}`, colour: lookOf(slot, isLight).colour, dash: [] })),
    ...(of.length < 2
      ? []
      : of.map((words, at) => ({ words, colour: theme.foreground, dash: at === 0 ? [] : [5, 3] }))),
  ];
  let [x, y] = [0, 0];
  for (const { words, colour, dash } of entries) {
    const shown = fitting(measured, words, width - sample - 6);
    const taken = sample + 6 + measured.measureText(shown).width;
    if (x > 0 && x + taken > width) [x, y] = [0, y + row];
    if (context !== null) {
      const middle = top + y + row / 2;
      context.strokeStyle = colour;
      context.lineWidth = 2;
      context.setLineDash(dash);
      context.beginPath();
      context.moveTo(left + x, middle);
      context.lineTo(left + x + sample, middle);
      context.stroke();
      context.setLineDash([]);
      context.fillStyle = theme.foreground;
      context.fillText(shown, left + x + sample + 6, middle);
    }
    x += taken + gap;
  }
  return y + row;
}
