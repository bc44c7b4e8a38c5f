import type { PanelState } from './state.ts';
import type { ChartId } from './state.ts';
import type { Range, Scale } from './viewport.ts';
import { moved, scaled, within } from './viewport.ts';

/** What part of the figures is seen, as a change of the panel's state. */
export type Zoom = Pick<PanelState, 'zoomX' | 'zoomY'>;

const all: Zoom = { zoomX: null, zoomY: {} };

/** Zooms x by a factor (below 1: closer) about a part of the view's width. */
export function zoomX(zoom: Zoom, whole: Range, factor: number, part = 0.5): Zoom {
  const view = zoom.zoomX ?? whole;
  const about = view[0] + (view[1] - view[0]) * part;
  return withX(zoom, within(whole, scaled(view, factor, about)));
}

/** Moves the view on x by a part of its width. */
export function moveX(zoom: Zoom, whole: Range, part: number): Zoom {
  return zoom.zoomX === null ? zoom : withX(zoom, within(whole, moved(zoom.zoomX, part)));
}

/** Shows a range on x, or as much of it as there is. */
export function selectX(zoom: Zoom, whole: Range, wish: Range): Zoom {
  return withX(zoom, within(whole, [Math.max(wish[0], whole[0]), Math.min(wish[1], whole[1])]));
}

/** Shows a range on a chart's y axis, in positions of its scale. */
export function selectY(zoom: Zoom, chart: ChartId, scale: Scale, wish: Range): Zoom {
  const range: Range = [scale.from(wish[0]), scale.from(wish[1])];
  // Closer than this the ticks would have no digits to differ in, and further away no numbers.
  const fine = range[1] - range[0] > Math.abs(range[1]) * 1e-9 && range.every(Number.isFinite);
  return fine ? { ...zoom, zoomY: { ...zoom.zoomY, [chart]: [range[0], range[1]] } } : zoom;
}

/** All of x and of every y. */
export function resetZoom(): Zoom {
  return all;
}

function withX(zoom: Zoom, range: Range | null): Zoom {
  return { ...zoom, zoomX: range === null ? null : [range[0], range[1]] };
}
