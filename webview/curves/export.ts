import { csvPieces } from '../../src/formats/curvesCsv.ts';
import type { CsvRun } from '../../src/formats/curvesCsv.ts';
import type { PageFile } from '../../src/protocol/saving.ts';
import type { Theme } from '../shared/theme.ts';
import type { Look } from './colours.ts';
import { validationDash } from './colours.ts';
import { mark } from './drawing.ts';

/** A run in a picture's legend. */
export interface PictureRun {
  readonly look: Look;
  readonly words: string;
}

/** What a picture is made of. */
export interface Picture {
  readonly title: string;
  readonly charts: readonly {
    readonly title: string;
    readonly chart: { readonly canvas: HTMLCanvasElement | undefined };
    /** What the x axis is, below the chart; left out where the next one has the same. */
    readonly axis?: string;
  }[];
  readonly runs: readonly PictureRun[];
  readonly theme: Theme;
}

const margin = 16;
const row = 20;

/** The charts under each other with a title and a legend, as the panel shows them, in the screen's resolution: PNG bytes. */
export async function pngOf({ title, charts, runs, theme }: Picture): Promise<PageFile['bytes']> {
  const ratio = devicePixelRatio;
  const canvases = charts.flatMap(({ title: name, chart: { canvas: drawn }, axis }) =>
    drawn === undefined ? [] : [{ name, canvas: drawn, axis }],
  );
  const inner = Math.max(320, ...canvases.map(({ canvas }) => canvas.width / ratio));
  const columns = Math.max(1, Math.floor(inner / 320));
  const legendHeight = Math.ceil(runs.length / columns) * row;
  const chartsHeight = canvases.reduce(
    (sum, { canvas, axis }) => sum + row + canvas.height / ratio + (axis ? row : 0),
    0,
  );
  const canvas = document.createElement('canvas');
  canvas.width = Math.round((inner + 2 * margin) * ratio);
  canvas.height = Math.round((2 * margin + 32 + legendHeight + 8 + chartsHeight) * ratio);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('the picture is too large for this machine');
  context.fillStyle = theme.background;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.scale(ratio, ratio);
  context.textBaseline = 'middle';
  const write = (words: string, x: number, y: number, font: string, width: number): void => {
    context.fillStyle = theme.foreground;
    context.font = `${font} ${theme.fontFamily}`;
    context.fillText(shortened(context, words, width), x, y);
  };
  write(title, margin, margin + 10, '600 16px', inner);
  let top = margin + 32;
  runs.forEach(({ look, words }, index) => {
    const x = margin + (index % columns) * (inner / columns);
    const y = top + Math.floor(index / columns) * row + row / 2;
    drawSample(context, look, { x, y, background: theme.background });
    write(words, x + 36, y, '12px', inner / columns - 48);
  });
  top += legendHeight + 8;
  for (const { name, canvas: chart, axis } of canvases) {
    write(name, margin, top + row / 2, '600 12px', inner);
    top += row;
    context.drawImage(chart, margin, top, chart.width / ratio, chart.height / ratio);
    top += chart.height / ratio;
    if (axis === undefined) continue;
    context.textAlign = 'center';
    write(axis, margin + inner / 2, top + row / 2, '12px', inner);
    context.textAlign = 'start';
    top += row;
  }
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
  if (blob === null) throw new Error('the picture is too large for this machine');
  return new Uint8Array(await blob.arrayBuffer());
}

/** All rows of the runs as CSV bytes. The page stays awake meanwhile. */
export async function csvOf(runs: readonly CsvRun[]): Promise<PageFile['bytes']> {
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (const piece of csvPieces(runs)) {
    const part = encoder.encode(piece);
    parts.push(part);
    size += part.length;
    if (parts.length % 20 === 0) await new Promise((done) => setTimeout(done));
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function drawSample(
  context: CanvasRenderingContext2D,
  look: Look,
  { x, y, background }: { x: number; y: number; background: string },
): void {
  context.strokeStyle = look.colour;
  context.fillStyle = background;
  for (const [dy, dash] of [
    [-3, look.dash],
    [4, validationDash],
  ] as const) {
    context.lineWidth = 2;
    context.setLineDash([...dash]);
    context.beginPath();
    context.moveTo(x, y + dy);
    context.lineTo(x + 28, y + dy);
    context.stroke();
  }
  context.setLineDash([]);
  context.lineWidth = 1.5;
  mark(context, look.marker, { x: x + 14, y: y + 4, size: 3 });
}

function shortened(context: CanvasRenderingContext2D, words: string, width: number): string {
  if (context.measureText(words).width <= width) return words;
  let length = words.length;
  while (length > 1 && context.measureText(`${words.slice(0, length)}…`).width > width) length -= 1;
  return `${words.slice(0, length)}…`;
}
