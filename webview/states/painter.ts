import type { Theme } from '../shared/theme.ts';
import { coarsenessFor, pixelsFor } from './levels.ts';
import type { Shown } from './pictures.ts';
import { coloursOf, pixelsOf } from './scale.ts';
import type { Viewport, Window } from './viewport.ts';

/** Keeps the pictures of a heatmap at each coarseness, and puts the part in sight on a canvas. */
export class Painter {
  #shown: Pick<Shown, 'grid' | 'rows' | 'scale'> | undefined;
  #kind: Theme['kind'] | undefined;
  #palette: Uint32Array = new Uint32Array();
  readonly #levels = new Map<string, OffscreenCanvas>();

  /** @param at where the cells' window begins on the canvas, CSS pixels */
  paint(
    context: CanvasRenderingContext2D,
    shown: Shown,
    { view, window, at, theme }: { view: Viewport; window: Window; at: { x: number; y: number }; theme: Theme },
  ): void {
    this.#forget(shown, theme);
    const { grid, rows } = shown;
    const ratio = devicePixelRatio;
    const coarse = coarsenessFor(view.cellWidth * ratio, view.cellHeight * ratio);
    const level = this.#level(shown, coarse);
    // The part in sight, in cells, then in pixels of the level.
    const columns = Math.min(grid.tokens - view.left / view.cellWidth, window.width / view.cellWidth);
    const lines = Math.min(rows.length - view.top / view.cellHeight, window.height / view.cellHeight);
    if (!(columns > 0 && lines > 0)) return;
    context.imageSmoothingEnabled = false;
    context.drawImage(
      level,
      view.left / view.cellWidth / coarse.columns,
      view.top / view.cellHeight / coarse.rows,
      Math.min(level.width, columns / coarse.columns),
      Math.min(level.height, lines / coarse.rows),
      at.x,
      at.y,
      columns * view.cellWidth,
      lines * view.cellHeight,
    );
  }

  #forget({ grid, rows, scale }: Shown, { kind }: Theme): void {
    const before = this.#shown;
    const same =
      before?.grid.values === grid.values &&
      before.rows === rows &&
      before.scale.low === scale.low &&
      before.scale.high === scale.high &&
      before.scale.kind === scale.kind;
    if (same && kind === this.#kind) return;
    this.#shown = { grid, rows, scale };
    this.#kind = kind;
    this.#palette = pixelsOf(coloursOf(scale, kind));
    this.#levels.clear();
  }

  #level(shown: Shown, coarse: { columns: number; rows: number }): OffscreenCanvas {
    const key = `${coarse.columns} ${coarse.rows}`;
    const known = this.#levels.get(key);
    if (known !== undefined) return known;
    const { grid, rows, scale } = shown;
    const { width, height, data } = pixelsFor({ grid, order: rows, scale, palette: this.#palette }, coarse);
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('the heatmap is too large for this machine');
    context.putImageData(new ImageData(new Uint8ClampedArray(data.buffer), width, height), 0, 0);
    this.#levels.set(key, canvas);
    return canvas;
  }
}
