import type { Marker } from './colours.ts';
import { validationDash } from './colours.ts';
import type { Polyline } from './decimate.ts';
import { Raster } from './raster.ts';
import type { Scene, SceneRun } from './scene.ts';

/** Where a chart's plot lies on its canvas, all in device pixels. */
export interface Plot {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Device pixels of a CSS pixel. */
  readonly ratio: number;
}

/** What all that is drawn needs. */
interface Drawing {
  readonly context: CanvasRenderingContext2D;
  readonly scene: Scene;
  readonly plot: Plot;
  /** From a value to device pixels below the canvas's top. */
  readonly toY: (value: number) => number;
}

/** Draws a scene's lines into the plot of a canvas that has the axes already. */
export function drawScene(context: CanvasRenderingContext2D, scene: Scene, plot: Plot): void {
  context.save();
  context.beginPath();
  context.rect(plot.left, plot.top, plot.width, plot.height);
  context.clip();
  const drawing: Drawing = { context, scene, plot, toY: yOf(scene, plot) };
  drawReferences(drawing);
  // The highlighted run lies above the others.
  const ordered = [...scene.runs].sort((left, right) => Number(left.highlighted) - Number(right.highlighted));
  drawLines(drawing, ordered);
  for (const run of ordered) drawPoints(drawing, run);
  context.restore();
}

const rasters = new WeakMap<CanvasRenderingContext2D, { raster: Raster; canvas: OffscreenCanvas }>();

/** The lines of the steps: faint ones first, then those in front, gathered in a picture that is put over the grid. */
function drawLines({ context, scene, plot }: Drawing, runs: readonly SceneRun[]): void {
  const [width, height] = [Math.max(1, Math.round(plot.width)), Math.max(1, Math.round(plot.height))];
  let kept = rasters.get(context);
  if (kept?.raster.width !== width || kept.raster.height !== height) {
    kept = { raster: new Raster(width, height), canvas: new OffscreenCanvas(width, height) };
    rasters.set(context, kept);
  }
  const { raster, canvas } = kept;
  const { ratio } = plot;
  const toY = yOf(scene, { ...plot, top: 0 });
  const high = scene.theme.contrastBorder !== null;
  const faint = high ? 0.5 : runs.length > 8 ? 0.14 : 0.28;
  raster.clear();
  for (const { raw, smoothed, look, faded } of runs) {
    if (smoothed === undefined || faded) continue;
    raster.line(raw, { colour: look.colour, alpha: faint, thickness: ratio, dash: [] }, toY);
  }
  for (const run of runs) {
    const thickness = (run.highlighted ? 2.5 : 1.5) * ratio;
    const dash = run.look.dash.map((length) => length * ratio);
    const style = { colour: run.look.colour, alpha: strength(run, scene), thickness, dash };
    raster.line(run.smoothed ?? run.raw, style, toY);
  }
  const painter = canvas.getContext('2d');
  painter?.putImageData(new ImageData(raster.bytes, width, height), 0, 0);
  context.drawImage(canvas, plot.left, plot.top);
}

function yOf({ y, scale }: Scene, { top, height }: Plot): (value: number) => number {
  const perUnit = height / (y[1] - y[0]);
  return (value) => top + height - (scale.to(value) - y[0]) * perUnit;
}

/** How strong a run's lines are beside the highlighted one. High contrast keeps them readable. */
function strength(run: SceneRun, scene: Scene): number {
  if (!run.faded) return 1;
  return scene.theme.contrastBorder === null ? 0.18 : 0.4;
}

/** What of a run is not its line of steps: a single point, the cross of a failed run, validation. */
function drawPoints(drawing: Drawing, run: SceneRun): void {
  const { context, scene, plot, toY } = drawing;
  const { ratio } = plot;
  context.globalAlpha = strength(run, scene);
  context.strokeStyle = run.look.colour;
  context.fillStyle = run.look.colour;
  context.lineWidth = ratio;
  context.setLineDash([]);
  const line = run.smoothed ?? run.raw;
  if (line.length === 2)
    mark(context, 'circle', { x: plot.left + at(line, 0), y: toY(at(line, 1)), size: 2.5 * ratio });
  if (run.crashed) drawCross(drawing, line);
  if (run.valid === undefined) return;
  context.strokeStyle = run.look.colour;
  context.lineWidth = (run.highlighted ? 2 : 1.25) * ratio;
  context.setLineDash(validationDash.map((length) => length * ratio));
  stroke(drawing, run.valid);
  drawMarkers(drawing, run);
}

/** Points of validation: filled with the background's colour, so that they stand out on lines of training. */
function drawMarkers({ context, scene, plot, toY }: Drawing, { valid, look }: SceneRun): void {
  if (valid === undefined || valid.length / 2 > plot.width / (6 * plot.ratio)) return;
  context.setLineDash([]);
  context.lineWidth = 1.5 * plot.ratio;
  context.fillStyle = scene.theme.background;
  for (let index = 0; index < valid.length; index += 2) {
    mark(context, look.marker, { x: plot.left + at(valid, index), y: toY(at(valid, index + 1)), size: 3 * plot.ratio });
  }
}

/** A cross at the end of a run that failed. */
function drawCross({ context, scene, plot, toY }: Drawing, line: Polyline): void {
  if (line.length < 2) return;
  const x = plot.left + at(line, line.length - 2);
  const y = toY(at(line, line.length - 1));
  const size = 4 * plot.ratio;
  context.setLineDash([]);
  context.strokeStyle = scene.theme.error;
  context.lineWidth = 2 * plot.ratio;
  context.beginPath();
  context.moveTo(x - size, y - size);
  context.lineTo(x + size, y + size);
  context.moveTo(x - size, y + size);
  context.lineTo(x + size, y - size);
  context.stroke();
}

/** A marker: its outline in the stroke's colour, filled. */
export function mark(
  context: CanvasRenderingContext2D,
  marker: Marker,
  { x, y, size }: { x: number; y: number; size: number },
): void {
  if (!Number.isFinite(y)) return;
  context.beginPath();
  if (marker === 'circle') context.arc(x, y, size, 0, 2 * Math.PI);
  else if (marker === 'square') context.rect(x - size, y - size, 2 * size, 2 * size);
  else {
    context.moveTo(x, y - 1.3 * size);
    context.lineTo(x + 1.2 * size, marker === 'diamond' ? y : y + size);
    if (marker === 'diamond') context.lineTo(x, y + 1.3 * size);
    context.lineTo(x - 1.2 * size, marker === 'diamond' ? y : y + size);
    context.closePath();
  }
  context.fill();
  context.stroke();
}

function stroke({ context, plot, toY }: Drawing, line: Polyline): void {
  const { points, length } = line;
  let gap = true;
  context.beginPath();
  for (let index = 0; index < length; index += 2) {
    const y = toY(points[index + 1] as number);
    if (y !== y) {
      gap = true;
      continue;
    }
    const x = plot.left + (points[index] as number);
    if (gap) context.moveTo(x, y);
    else context.lineTo(x, y);
    gap = false;
  }
  context.stroke();
}

/** Dashed lines: the heading says what they are, where no curve runs through the words. */
function drawReferences({ context, scene, plot, toY }: Drawing): void {
  context.strokeStyle = scene.theme.muted;
  context.lineWidth = plot.ratio;
  context.setLineDash([6 * plot.ratio, 4 * plot.ratio]);
  for (const { value } of scene.references) {
    const y = Math.round(toY(value)) + 0.5;
    context.beginPath();
    context.moveTo(plot.left, y);
    context.lineTo(plot.left + plot.width, y);
    context.stroke();
  }
  context.setLineDash([]);
}

function at({ points }: Polyline, index: number): number {
  return points[index] as number;
}
