import type { ExporterIdOf } from '../../src/config/exporters.ts';
import { textCell } from '../../src/formats/curvesCsv.ts';
import type { PageFile } from '../../src/protocol/saving.ts';
import type { Theme } from '../shared/theme.ts';
import { valueAt } from './grid.ts';
import { fitting } from './labels.ts';
import { drawBar } from './legend.ts';
import { drawPinKey } from './pinKey.ts';
import type { KeyedLines } from './pinKey.ts';
import type { Shown } from './pictures.ts';
import { figure } from './words.ts';

/** A heatmap that goes into a file. */
export interface ExportedMap {
  /** The run's id. */
  readonly run: string;
  /** Of training: whose weights, or whose record; undefined where nobody has told. */
  readonly step: number | undefined;
  /** The run's name, with the step. */
  readonly who: string;
  readonly title: string;
  readonly shown: Shown;
  readonly canvas: HTMLCanvasElement;
}

/** What the panel shows, for its files. */
export interface ExportedView {
  readonly maps: readonly ExportedMap[];
  /** Of the pinned units, drawn with a key to their colours; null where none is pinned. */
  readonly lines: (KeyedLines & { readonly canvas: HTMLCanvasElement }) | null;
  readonly theme: Theme;
}

/** A writer for each format that a page writes. */
export const pageWriters: Readonly<Record<ExporterIdOf<'page'>, (view: ExportedView) => Promise<PageFile['bytes']>>> = {
  png: pngOf,
  csv: ({ maps }) => Promise.resolve(csvOf(maps)),
};

/**
 * The values as CSV (RFC 4180, lines end with CR LF): a row a token, a column a unit, both as they are numbered; of two
 * heatmaps the rows of the second stand below, told apart by run and step. Always the values as the network made them,
 * also while the panel shows a difference: who has both has the difference, and no figure needs a mark.
 */
function csvOf(maps: readonly ExportedMap[]): PageFile['bytes'] {
  const units = Math.max(0, ...maps.map(({ shown }) => shown.reading.grid.units));
  const numbers = Array.from({ length: units }, (_, unit) => `unit_${unit + 1}`);
  const lines = [['run', 'step', 'series', 'layer', 'reading', 'position', 'token', 'read_as', ...numbers].join(',')];
  for (const { run, step, shown } of maps) {
    const { reading } = shown;
    const { name, layer, reading: direction } = reading.series;
    const start = `${textCell(run)},${step ?? ''},${name},${layer + 1},${direction}`;
    reading.tokens.forEach(({ token, readAs }, at) => {
      const values = numbers.map((_, unit) => {
        const value = valueAt(reading.grid, at, unit);
        return Number.isFinite(value) ? String(value) : '';
      });
      lines.push(`${start},${at + 1},${textCell(token)},${textCell(readAs)},${values.join(',')}`);
    });
  }
  return new TextEncoder().encode(`${lines.join('\r\n')}\r\n`);
}

const margin = 16;
const row = 24;
const barWidth = 160;

/** What is on show, with titles and legends, in the screen's resolution: PNG bytes. */
async function pngOf({ maps, lines, theme }: ExportedView): Promise<PageFile['bytes']> {
  const ratio = devicePixelRatio;
  const width = Math.max(360, ...maps.map(({ canvas }) => canvas.width / ratio));
  const key = lines === null ? 0 : drawPinKey(null, lines, { theme, x: margin, y: 0, width });
  const below = lines === null ? 0 : key + lines.canvas.height / ratio + 16;
  const height = maps.reduce((sum, { canvas }) => sum + 2 * row + canvas.height / ratio + 8, below);
  const canvas = document.createElement('canvas');
  canvas.width = Math.round((width + 2 * margin) * ratio);
  canvas.height = Math.round((height + 2 * margin) * ratio);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('the picture is too large for this machine');
  context.fillStyle = theme.background;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.scale(ratio, ratio);
  context.textBaseline = 'middle';
  const write = (words: string, x: number, y: number, font: string): void => {
    context.fillStyle = theme.foreground;
    context.font = `${font} ${theme.fontFamily}`;
    context.fillText(words, x, y);
  };
  let top = margin;
  for (const { title, shown, canvas: map } of maps) {
    context.font = `600 13px ${theme.fontFamily}`;
    write(fitting(context, title, width), margin, top + row / 2, '600 13px');
    top += row;
    const low = figure(shown.scale.low);
    write(low, margin, top + row / 2, '11px');
    const x = Math.round(margin + context.measureText(low).width + 6);
    drawBar(context, shown.scale, { theme, x, y: top + 7, width: barWidth, height: 10 });
    write(figure(shown.scale.high), x + barWidth + 6, top + row / 2, '11px');
    top += row;
    context.drawImage(map, margin, top, map.width / ratio, map.height / ratio);
    top += map.height / ratio + 8;
  }
  if (lines !== null) {
    const { canvas: drawn } = lines;
    drawPinKey(context, lines, { theme, x: margin, y: top, width });
    context.drawImage(drawn, margin, top + key + 8, drawn.width / ratio, drawn.height / ratio);
  }
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
  if (blob === null) throw new Error('the picture is too large for this machine');
  return new Uint8Array(await blob.arrayBuffer());
}
