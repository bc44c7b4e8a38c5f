import type { Model } from './model.ts';
import { moveX, resetZoom, selectX, selectY, zoomX } from './navigation.ts';
import type { Zoom } from './navigation.ts';
import type { Scene } from './scene.ts';
import { wholeX } from './scene.ts';
import type { ChartId } from './state.ts';
import type { Range } from './viewport.ts';
import { moved, scaled } from './viewport.ts';

/** Zooming and moving by pointer, wheel, button and key: each changes the model's state. */
export interface Navigator {
  readonly zoom: (factor: number, part: number) => void;
  readonly move: (part: number) => void;
  readonly reset: () => void;
  readonly select: (chart: ChartId, x: Range | undefined, y: Range | undefined) => void;
  /** @returns whether the key was one of its own */
  readonly key: (chart: ChartId, event: KeyboardEvent, cursor: number | null) => boolean;
}

/** @param scenes what is drawn now: a chart's y range is known there, when nobody has zoomed it */
export function navigator(model: Model, scenes: () => readonly Scene[]): Navigator {
  const whole = (): Range => wholeX(model.state.axis, model.shown());
  const set = (zoom: Zoom): void => {
    if (zoom !== model.state) model.set({ zoomX: zoom.zoomX, zoomY: zoom.zoomY });
  };
  const setY = (chart: ChartId, change: (range: Range) => Range): void => {
    const scene = scenes().find((candidate) => candidate.chart === chart);
    if (scene) set(selectY(model.state, chart, scene.scale, change(scene.y)));
  };
  const made: Navigator = {
    zoom: (factor, part) => set(zoomX(model.state, whole(), factor, part)),
    move: (part) => set(moveX(model.state, whole(), part)),
    reset: () => set(resetZoom()),
    select(chart, x, y) {
      if (x) set(selectX(model.state, whole(), x));
      if (y) setY(chart, () => y);
    },
    key(chart, { key, shiftKey, ctrlKey, metaKey, altKey }, cursor) {
      if (ctrlKey || metaKey || altKey) return false;
      if (key === '+' || key === '=') made.zoom(0.5, cursor ?? 0.5);
      else if (key === '-' || key === '_') made.zoom(2, cursor ?? 0.5);
      else if (key === '0' || key === 'Escape') made.reset();
      else if (shiftKey && key === 'ArrowLeft') made.move(-0.1);
      else if (shiftKey && key === 'ArrowRight') made.move(0.1);
      else if (shiftKey && key === 'ArrowUp') setY(chart, (range) => scaled(range, 0.7));
      else if (shiftKey && key === 'ArrowDown') setY(chart, (range) => scaled(range, 1 / 0.7));
      else if (key === 'ArrowUp' && model.state.zoomY[chart]) setY(chart, (range) => moved(range, 0.1));
      else if (key === 'ArrowDown' && model.state.zoomY[chart]) setY(chart, (range) => moved(range, -0.1));
      else return false;
      return true;
    },
  };
  return made;
}
