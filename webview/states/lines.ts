import { element } from '../shared/dom.ts';
import type { Theme } from '../shared/theme.ts';
import { lookOf } from '../curves/colours.ts';
import { sizedContext } from './canvas.ts';
import { valueAt } from './grid.ts';
import type { Grid } from './grid.ts';
import { gutter } from './labels.ts';
import type { Scale } from './scale.ts';
import { figure } from './words.ts';

const height = 132;
const margin = 10;

/** Lines of one heatmap. */
export interface LinesOf {
  readonly grid: Grid;
  /** Of the second heatmap: its lines are broken. */
  readonly isSecond: boolean;
}

export interface LinesScene {
  readonly of: readonly LinesOf[];
  readonly pins: readonly number[];
  readonly scale: Scale;
  readonly view: { readonly cellWidth: number; readonly left: number };
  /** Of the cells' window above, CSS pixels. */
  readonly width: number;
  readonly cursor: number | null;
  readonly theme: Theme;
}

/** The pinned units as lines over the tokens, each under its column of the heatmap. */
export class Lines {
  readonly canvas = element('canvas', { class: 'lines-canvas', role: 'img' });

  draw(scene: LinesScene): void {
    const { width, theme } = scene;
    const context = sizedContext(this.canvas, { width: gutter + width, height }, 'the picture of the lines');
    drawScale(context, scene);
    context.save();
    context.beginPath();
    context.rect(gutter, 0, width, height);
    context.clip();
    for (const one of scene.of) scene.pins.forEach((unit, slot) => drawLine(context, scene, { ...one, unit, slot }));
    if (scene.cursor !== null) {
      context.setLineDash([]);
      context.strokeStyle = theme.muted;
      context.lineWidth = 1;
      const x = Math.round(gutter + (scene.cursor + 0.5) * scene.view.cellWidth - scene.view.left) + 0.5;
      context.strokeRect(x, 0, 0, height);
    }
    context.restore();
    const units = scene.pins.map((unit) => unit + 1).join(', ');
    this.canvas.setAttribute(
      'aria-label',
      units === '' ? 'No unit is pinned' : `Pinned units over the tokens: ${units}`,
    );
  }
}

const yOf = (value: number, { low, high }: Scale): number =>
  margin + (1 - (value - low) / (high - low)) * (height - 2 * margin);

function drawScale(context: CanvasRenderingContext2D, { scale, width, theme }: LinesScene): void {
  const { low, high } = scale;
  context.font = `11px ${theme.fontFamily}`;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  context.lineWidth = 1;
  context.setLineDash([]);
  for (const value of [low, (low + high) / 2, high]) {
    const y = Math.round(yOf(value, scale)) + 0.5;
    context.fillStyle = theme.muted;
    context.fillText(figure(value), gutter - 6, y);
    context.strokeStyle = theme.grid;
    context.strokeRect(gutter, y, width, 0);
  }
}

function drawLine(
  context: CanvasRenderingContext2D,
  { view, width, scale, theme }: LinesScene,
  { grid, unit, slot, isSecond }: LinesOf & { unit: number; slot: number },
): void {
  if (unit >= grid.units) return;
  context.strokeStyle = lookOf(slot, theme.kind.endsWith('light')).colour;
  context.lineWidth = 2;
  context.lineJoin = 'round';
  context.setLineDash(isSecond ? [5, 3] : []);
  context.beginPath();
  const first = Math.max(0, Math.floor(view.left / view.cellWidth) - 1);
  const last = Math.min(grid.tokens - 1, Math.ceil((view.left + width) / view.cellWidth) + 1);
  let isDown = false;
  for (let token = first; token <= last; token += 1) {
    const value = valueAt(grid, token, unit);
    if (!Number.isFinite(value)) {
      isDown = false;
      continue;
    }
    const x = gutter + (token + 0.5) * view.cellWidth - view.left;
    if (isDown) context.lineTo(x, yOf(value, scale));
    else context.moveTo(x, yOf(value, scale));
    isDown = true;
  }
  context.stroke();
  // A text of one word has points and no lines.
  if (grid.tokens === 1) {
    context.fillStyle = context.strokeStyle;
    context.fillRect(gutter + 0.5 * view.cellWidth - view.left - 3, yOf(valueAt(grid, 0, unit), scale) - 3, 6, 6);
  }
}
