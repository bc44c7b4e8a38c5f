/** What of the heatmap is in sight: the size of a cell, and how far the window is scrolled. CSS pixels. */
export interface Viewport {
  /** A column is a token, a row a unit. */
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly left: number;
  readonly top: number;
}

/** Of the heatmap's cells, without its labels. */
export interface Window {
  readonly width: number;
  readonly height: number;
}

/** How many columns and rows there are. */
export interface Extent {
  readonly tokens: number;
  readonly units: number;
}

const maxCellWidth = 160;
const maxCellHeight = 48;
/** Wide enough that the words above the columns can be read. */
const readableWidth = 15;
/** At first a few words do not become posters. */
const initialMaxCellWidth = 64;
const initialMaxCellHeight = 18;

/** All rows, and columns that can be read: the rest is scrolled to. */
export function firstViewport(extent: Extent, window: Window): Viewport {
  const all = fitted(extent, window);
  const cellWidth = Math.min(initialMaxCellWidth, Math.max(readableWidth, all.cellWidth));
  return { cellWidth, cellHeight: Math.min(initialMaxCellHeight, all.cellHeight), left: 0, top: 0 };
}

/** Everything in sight, however small. */
export function fitted({ tokens, units }: Extent, { width, height }: Window): Viewport {
  const cellWidth = Math.min(initialMaxCellWidth, width / Math.max(1, tokens));
  return { cellWidth, cellHeight: Math.min(initialMaxCellHeight, height / Math.max(1, units)), left: 0, top: 0 };
}

/** Never smaller than that all is in sight, and no wider than its contents. */
export function within(view: Viewport, extent: Extent, window: Window): Viewport {
  const least = fitted(extent, window);
  const cellWidth = Math.min(maxCellWidth, Math.max(least.cellWidth, view.cellWidth));
  const cellHeight = Math.min(maxCellHeight, Math.max(least.cellHeight, view.cellHeight));
  const most = (count: number, size: number, room: number): number => Math.max(0, count * size - room);
  return {
    cellWidth,
    cellHeight,
    left: Math.min(Math.max(0, view.left), most(extent.tokens, cellWidth, window.width)),
    top: Math.min(Math.max(0, view.top), most(extent.units, cellHeight, window.height)),
  };
}

/** Zooms (a factor above 1: closer) about a point of the window, which keeps its cell. */
export function zoomed(
  view: Viewport,
  factor: { readonly x: number; readonly y: number },
  about: { readonly x: number; readonly y: number },
): Viewport {
  return {
    cellWidth: view.cellWidth * factor.x,
    cellHeight: view.cellHeight * factor.y,
    left: (view.left + about.x) * factor.x - about.x,
    top: (view.top + about.y) * factor.y - about.y,
  };
}

/** Scrolled as little as brings a cell into sight whole. */
export function showing(view: Viewport, cell: { token: number; row: number }, window: Window): Viewport {
  const reach = (at: number, size: number, from: number, room: number): number =>
    Math.max(Math.min(from, at * size), (at + 1) * size - room);
  return {
    ...view,
    left: Math.max(0, reach(cell.token, view.cellWidth, view.left, window.width)),
    top: Math.max(0, reach(cell.row, view.cellHeight, view.top, window.height)),
  };
}

/** The cell at a point of the window, none of which may be there: its column and its row, from 0. */
export function cellAt(view: Viewport, x: number, y: number): { token: number; row: number } {
  return {
    token: Math.floor((view.left + x) / view.cellWidth),
    row: Math.floor((view.top + y) / view.cellHeight),
  };
}

/** Every how many columns or rows a label fits: 1, 2, 5, 10, 20, … */
export function labelEvery(size: number, room: number): number {
  for (let power = 1; ; power *= 10)
    for (const step of [1, 2, 5]) if (step * power * size >= room || step * power > 1e6) return step * power;
}
