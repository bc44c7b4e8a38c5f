import type { Polyline } from './decimate.ts';

/** How a line is drawn, lengths in device pixels. */
export interface LineStyle {
  /** `#rrggbb` */
  readonly colour: string;
  /** From 0 to 1. */
  readonly alpha: number;
  readonly thickness: number;
  /** Lengths drawn and left out by turns, along x; empty for a solid line. */
  readonly dash: readonly number[];
}

/**
 * Draws lines into pixels, a column at a time: what a line covers of a column is one span with soft ends. A canvas takes
 * half a second to stroke the lines of 20 runs where there is no graphics card, since it works out the outline of every
 * segment; this takes a few milliseconds. A steep line is a little thinner than a canvas would make it.
 */
export class Raster {
  /** Bytes of red, green, blue and alpha by turns, rows from the top, as ImageData has them. */
  readonly bytes: Uint8ClampedArray<ArrayBuffer>;
  readonly #pixels: Uint32Array;
  readonly #low: Float32Array;
  readonly #high: Float32Array;

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.bytes = new Uint8ClampedArray(4 * width * height);
    this.#pixels = new Uint32Array(this.bytes.buffer);
    this.#low = new Float32Array(width);
    this.#high = new Float32Array(width);
  }

  clear(): void {
    this.#pixels.fill(0);
  }

  /** @param toY from a value to pixels below the top; NaN for a value that has no place */
  line(line: Polyline, style: LineStyle, toY: (value: number) => number): void {
    this.#low.fill(Infinity);
    this.#high.fill(-Infinity);
    this.#cover(line, style.thickness / 2, toY);
    this.#paint(style);
  }

  /** The span of each column: from the least to the greatest y of the segments in it. */
  #cover({ points, length }: Polyline, half: number, toY: (value: number) => number): void {
    let x0 = NaN;
    let y0 = NaN;
    for (let index = 0; index < length; index += 2) {
      const x1 = points[index] as number;
      const y1 = toY(points[index + 1] as number);
      if (y0 === y0 && y1 === y1) this.#segment(x0, y0, x1, y1, half);
      x0 = x1;
      y0 = y1;
    }
  }

  /** Five numbers, not an object: this runs for every segment of every line, and would make one for each. */
  #segment(x0: number, y0: number, x1: number, y1: number, half: number): void {
    const from = Math.max(0, Math.floor(x0));
    const to = Math.min(this.width - 1, Math.floor(x1));
    const slope = x1 > x0 ? (y1 - y0) / (x1 - x0) : 0;
    // Measured across the line the thickness is the same at every slope; limited, or corners would have spikes.
    const pad = half * Math.min(Math.sqrt(1 + slope * slope), 2);
    for (let column = from; column <= to; column += 1) {
      const left = column <= x0 ? y0 : y0 + (column - x0) * slope;
      const right = column + 1 >= x1 ? y1 : y0 + (column + 1 - x0) * slope;
      const low = (left < right ? left : right) - pad;
      const high = (left > right ? left : right) + pad;
      if (low < (this.#low[column] as number)) this.#low[column] = low;
      if (high > (this.#high[column] as number)) this.#high[column] = high;
    }
  }

  #paint({ colour, alpha, dash }: LineStyle): void {
    const rgb = packed(colour);
    for (let column = 0; column < this.width; column += 1) {
      const low = Math.max(0, this.#low[column] as number);
      const high = Math.min(this.height, this.#high[column] as number);
      if (!(low < high) || !drawnAt(column, dash)) continue;
      const first = Math.floor(low);
      const last = Math.ceil(high) - 1;
      for (let row = first; row <= last; row += 1) {
        const cover = Math.min(row + 1, high) - Math.max(row, low);
        this.#blend(row * this.width + column, rgb, alpha * cover);
      }
    }
  }

  /** Puts a colour over a pixel. Colours are not multiplied by their alpha. */
  #blend(at: number, rgb: number, alpha: number): void {
    const under = this.#pixels[at] as number;
    const underAlpha = (under >>> 24) / 255;
    if (underAlpha === 0 || alpha >= 0.998) {
      this.#pixels[at] = (Math.round(Math.max(alpha, underAlpha) * 255) << 24) | rgb;
      return;
    }
    const rest = underAlpha * (1 - alpha);
    const sum = alpha + rest;
    const part = alpha / sum;
    const blue = ((rgb >>> 16) & 255) * part + ((under >>> 16) & 255) * (1 - part);
    const green = ((rgb >>> 8) & 255) * part + ((under >>> 8) & 255) * (1 - part);
    const red = (rgb & 255) * part + (under & 255) * (1 - part);
    this.#pixels[at] = ((sum * 255 + 0.5) << 24) | ((blue + 0.5) << 16) | ((green + 0.5) << 8) | (red + 0.5);
  }
}

/** Whether a column lies in a dash. */
function drawnAt(column: number, dash: readonly number[]): boolean {
  if (dash.length === 0) return true;
  let at = column % dash.reduce((sum, length) => sum + length, 0);
  for (const [index, length] of dash.entries()) {
    if (at < length) return index % 2 === 0;
    at -= length;
  }
  return true;
}

/** `#rrggbb` in the order of a little-endian pixel: blue, green, red. All machines that run VS Code are little-endian. */
function packed(colour: string): number {
  const rgb = Number.parseInt(colour.slice(1), 16);
  return ((rgb & 255) << 16) | (rgb & 0xff00) | (rgb >>> 16);
}
