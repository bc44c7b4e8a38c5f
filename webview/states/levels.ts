import type { Grid } from './grid.ts';
import { colourCount, colourIndex } from './scale.ts';
import type { Scale } from './scale.ts';

/** Pixels of a heatmap, or of a coarser one: a row a unit, a column a token, from the top left. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint32Array<ArrayBuffer>;
}

/** How many columns and rows become one: powers of two, so that the picture is made few times while one zooms. */
export interface Coarseness {
  readonly columns: number;
  readonly rows: number;
}

/** The finest that has no cell smaller than a pixel of the screen. */
export function coarsenessFor(cellWidth: number, cellHeight: number): Coarseness {
  const of = (size: number): number => (size >= 1 ? 1 : 2 ** Math.ceil(Math.log2(1 / size) - 1e-9));
  return { columns: of(cellWidth), rows: of(cellHeight) };
}

/**
 * The heatmap as pixels. Where several cells become one, it has the colour of their mean.
 *
 * @param order the unit of each row
 * @param palette a pixel a colour of the scale, and one for what is no number
 */
export function pixelsFor(
  { grid, order, scale, palette }: { grid: Grid; order: readonly number[]; scale: Scale; palette: Uint32Array },
  { columns, rows }: Coarseness,
): Pixels {
  const { tokens, units, values } = grid;
  const width = Math.ceil(tokens / columns);
  const height = Math.ceil(order.length / rows);
  const data = new Uint32Array(width * height);
  const factor = (colourCount - 1) / (scale.high - scale.low);
  for (let y = 0; y < height; y += 1) {
    const toRow = Math.min(order.length, (y + 1) * rows);
    for (let x = 0; x < width; x += 1) {
      const toToken = Math.min(tokens, (x + 1) * columns);
      let sum = 0;
      for (let row = y * rows; row < toRow; row += 1)
        for (let token = x * columns; token < toToken; token += 1)
          sum += values[token * units + (order[row] as number)] as number;
      const mean = sum / ((toRow - y * rows) * (toToken - x * columns));
      // As colourIndex, without a call for each of a million cells.
      const place = (mean - scale.low) * factor;
      const index = place >= 0 && place <= colourCount - 1 ? (place + 0.5) | 0 : colourIndex(mean, scale);
      data[y * width + x] = palette[index] as number;
    }
  }
  return { width, height, data };
}
