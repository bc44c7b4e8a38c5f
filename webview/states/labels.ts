import type { Theme } from '../shared/theme.ts';
import type { ShownToken } from '../../src/protocol/states.ts';
import { wordsOfToken } from './tokens.ts';
import { labelEvery } from './viewport.ts';
import type { Viewport, Window } from './viewport.ts';

/** The words above the columns and the numbers beside the rows. CSS pixels. */

/** Of the numbers of units. */
export const gutter = 48;
const fontSize = 11;
/** From this width on words lie above their columns; below it they stand. */
const lyingWidth = 44;
const standingHeight = 76;
const lyingHeight = 24;

export function headHeight({ cellWidth }: Viewport): number {
  return cellWidth >= lyingWidth ? lyingHeight : standingHeight;
}

export interface LabelPlace {
  readonly context: CanvasRenderingContext2D;
  readonly view: Viewport;
  readonly window: Window;
  readonly theme: Theme;
}

/** @param strong the token under the cursor */
export function drawTokens(
  { context, view, window, theme }: LabelPlace,
  tokens: readonly ShownToken[],
  strong: number | null,
): void {
  const height = headHeight(view);
  const every = labelEvery(view.cellWidth, fontSize + 3);
  const lying = view.cellWidth >= lyingWidth;
  context.save();
  context.beginPath();
  context.rect(gutter, 0, window.width, height);
  context.clip();
  context.textBaseline = 'middle';
  const first = Math.floor(Math.floor(view.left / view.cellWidth) / every) * every;
  for (let at = first; at < tokens.length; at += every) {
    const token = tokens[at];
    const x = gutter + (at + 0.5) * view.cellWidth - view.left;
    if (token === undefined || x - view.cellWidth > gutter + window.width) break;
    const isStrong = at === strong;
    context.font = `${token.known ? '' : 'italic '}${isStrong ? '600 ' : ''}${fontSize}px ${theme.fontFamily}`;
    context.fillStyle = isStrong ? theme.foreground : theme.muted;
    const words = wordsOfToken(token);
    if (lying) {
      context.textAlign = 'center';
      context.fillText(fitting(context, words, view.cellWidth - 6), x, height / 2);
    } else {
      context.save();
      context.translate(x, height - 5);
      context.rotate(-Math.PI / 2);
      context.textAlign = 'start';
      context.fillText(fitting(context, words, height - 10), 0, 0);
      context.restore();
    }
  }
  context.restore();
}

/** @param rows the unit of each row, from 0; it is shown from 1 */
export function drawUnits({ context, view, window, theme }: LabelPlace, rows: readonly number[], strong: number): void {
  const top = headHeight(view);
  const every = labelEvery(view.cellHeight, fontSize + 3);
  context.save();
  context.beginPath();
  // The first and the last number reach beyond their rows.
  context.rect(0, top - fontSize / 2, gutter, window.height + fontSize);
  context.clip();
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  const y = (row: number): number => top + (row + 0.5) * view.cellHeight - view.top;
  const first = Math.floor(Math.floor(view.top / view.cellHeight) / every) * every;
  const chosen = rows.indexOf(strong);
  const label = (row: number): void => {
    const unit = rows[row];
    if (unit !== undefined) context.fillText(String(unit + 1), gutter - 14, y(row));
  };
  context.font = `${fontSize}px ${theme.fontFamily}`;
  context.fillStyle = theme.muted;
  for (let row = first; row < rows.length && y(row) < top + window.height + fontSize; row += every)
    // The chosen unit's number stands alone.
    if (chosen < 0 || Math.abs(y(row) - y(chosen)) >= fontSize + 2) label(row);
  context.font = `600 ${fontSize}px ${theme.fontFamily}`;
  context.fillStyle = theme.foreground;
  if (chosen >= 0) label(chosen);
  context.restore();
}

/** The text, or as much of it as fits. */
export function fitting(context: CanvasRenderingContext2D, words: string, width: number): string {
  if (context.measureText(words).width <= width) return words;
  const letters = Array.from(words);
  while (letters.length > 1 && context.measureText(`${letters.join('')}…`).width > width) letters.pop();
  return `${letters.join('')}…`;
}
