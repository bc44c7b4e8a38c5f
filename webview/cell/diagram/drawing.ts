import { html, ifDefined, svg } from '../../shared/lit.ts';
import type { TemplateResult } from '../../shared/lit.ts';
import type { ThemeKind } from '../../shared/theme.ts';
import { swatch } from '../colours.ts';
import { shown } from '../numbers.ts';

/** The numbers of one step of one layer. */
export interface DiagramValues {
  readonly kind: ThemeKind;
  /** Of the units that are looked at, by name: a gate, `<gate>.before`, a state, `<state>.last`. */
  of(name: string): readonly number[];
  /** What the layer reads. */
  readonly input: readonly number[];
  /** Of the network; undefined under the layer on top. */
  readonly output: number | undefined;
}

/** What says which numbers: a name, `x` for the input, `y` for the output. */
export type Source = string;

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** So many numbers are written; more are drawn as squares. */
const maxWritten = 2;
const lineHeight = 16;

const arrowHead = svg`<defs>
  <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto" markerUnits="userSpaceOnUse">
    <path d="M0 0L8 4L0 8Z" class="arrow" />
  </marker>
</defs>`;

/** A diagram in the making: it is drawn part by part, and rendered once. Lengths are CSS pixels. */
export class Drawing {
  readonly #size: { readonly width: number; readonly height: number };
  readonly #values: DiagramValues;
  readonly #parts: TemplateResult[] = [];

  constructor(size: { width: number; height: number }, values: DiagramValues) {
    this.#size = size;
    this.#values = values;
  }

  /** @param label the diagram in a sentence */
  render(label: string): TemplateResult {
    const { width, height } = this.#size;
    return html`<svg
      class="diagram"
      viewBox=${`0 0 ${width} ${height}`}
      width=${width}
      height=${height}
      role="img"
      aria-label=${label}
    >
      ${arrowHead}${this.#parts}
    </svg>`;
  }

  /** The conveyor belt of the state. */
  belt(d: string): void {
    this.#parts.push(svg`<path d=${d} class="belt" /><path d=${d} class="belt-inside" />`);
    this.wire(d, true);
  }

  wire(d: string, arrow = false): void {
    this.#parts.push(svg`<path d=${d} class="wire" marker-end=${ifDefined(arrow ? 'url(#arrow)' : undefined)} />`);
  }

  /** Where a wire branches: others that cross it do not touch it. */
  junction(x: number, y: number): void {
    this.#parts.push(svg`<circle cx=${x} cy=${y} r="3" class="junction" />`);
  }

  /** An operation on two wires: `+`. */
  joint(x: number, y: number, symbol: string): void {
    this.#parts.push(svg`<circle cx=${x} cy=${y} r="12" class="joint" />${text(symbol, x, y + 6, 'symbol middle')}`);
  }

  /** A function of one wire: `tanh`. */
  pill(x: number, y: number, words: string): void {
    const width = words.length * 7 + 12;
    this.#parts.push(
      svg`<rect x=${x - width / 2} y=${y - 10} width=${width} height="20" rx="10" class="pill" />`,
      text(words, x, y + 4, 'small middle'),
    );
  }

  /** A layer of the cell: what goes in, its function, what comes out. @param source the gate's name */
  card(box: Box, labels: { title: string; symbol: string }, source: Source, before?: Source): void {
    const { x, y, width, height } = box;
    this.#parts.push(
      svg`<rect x=${x} y=${y} width=${width} height=${height} rx="4" class="card" />`,
      text(labels.title, x + 7, y + 16, 'title'),
    );
    if (hasRoom(labels, width)) this.#parts.push(text(labels.symbol, x + width - 7, y + 16, 'small muted end'));
    const place = { x: x + 7, y: y + 24, width: width - 14 };
    if (before !== undefined && width >= 116) this.#pairs(place, before, source);
    else this.#numbers(place, source, 'start');
  }

  /** What lies on a wire: a name and its numbers. */
  plate(at: { x: number; y: number }, title: string, source: Source, anchor: 'start' | 'end' = 'start'): void {
    this.#parts.push(text(title, at.x, at.y + 11, `small muted ${anchor}`));
    const width = 70;
    this.#numbers({ x: anchor === 'end' ? at.x - width : at.x, y: at.y + 16, width }, source, anchor);
  }

  /**
   * A multiplication with a gate, as a valve: its flap lies along the flow where the gate is open, and across it where it
   * is shut. Beside it stands how far it is open, the mean of the units.
   */
  valve(
    at: { x: number; y: number; flow: 'right' | 'up' | 'down' },
    source: Source,
    label: { dx: number; dy: number },
    opening: (gate: number) => number = (gate) => gate,
  ): void {
    const { x, y, flow } = at;
    const values = this.#values.of(source);
    const open = opening(values.reduce((sum, value) => sum + value, 0) / values.length);
    const turned = (1 - open) * 90 + (flow === 'right' ? 0 : 90);
    const turn = `rotate(${turned.toFixed(1)} ${x} ${y})`;
    this.#parts.push(
      svg`<circle cx=${x} cy=${y} r="14" class="valve" />`,
      svg`<line x1=${x - 10} y1=${y} x2=${x + 10} y2=${y} class="flap" transform=${turn} />`,
      text(`${Math.round(open * 100)}%`, x + label.dx, y + label.dy, 'small start'),
      text('×', x - 17, y - 8, 'small end'),
    );
  }

  /** `before → after`, a line a unit; squares where there are many. */
  #pairs(at: { x: number; y: number; width: number }, before: Source, after: Source): void {
    const from = this.#values.of(before);
    if (from.length > maxWritten) {
      this.#numbers(at, before, 'start');
      this.#numbers({ ...at, y: at.y + 18 }, after, 'start');
      return;
    }
    const to = this.#values.of(after);
    from.forEach((value, unit) => {
      const y = at.y + 12 + unit * lineHeight;
      this.#parts.push(
        text(shown(value), at.x, y, 'figure muted'),
        text('→', at.x + at.width / 2, y, 'small muted middle'),
        text(shown(to[unit] ?? NaN), at.x + at.width, y, 'figure strong end'),
      );
    });
  }

  /** A line of text for each of a few numbers, a square for each of many. */
  #numbers(at: { x: number; y: number; width: number }, source: Source, anchor: 'start' | 'end'): void {
    const values = this.#valuesOf(source);
    const right = at.x + at.width;
    const side = Math.min(14, Math.floor(at.width / values.length));
    const left = anchor === 'end' ? right - side * values.length : at.x;
    values.forEach((value, index) => {
      if (values.length <= maxWritten) {
        const x = anchor === 'end' ? right : at.x;
        this.#parts.push(text(shown(value), x, at.y + 12 + index * lineHeight, `figure strong ${anchor}`));
        return;
      }
      const { fill } = swatch(value, this.#values.kind);
      const [x, y] = [left + index * side, at.y + 2];
      this.#parts.push(
        svg`<rect x=${x} y=${y} width=${side - 1} height="14" class="square" fill=${fill}><title>${shown(value)}</title></rect>`,
      );
    });
  }

  #valuesOf(source: Source): readonly number[] {
    const { input, output } = this.#values;
    if (source === 'x') return input;
    if (source === 'y') return output === undefined ? [] : [output];
    return this.#values.of(source);
  }
}

function text(words: string, x: number, y: number, classes: string): TemplateResult {
  return svg`<text x=${x} y=${y} class=${classes}>${words}</text>`;
}

/** Whether a card's heading and its formula fit side by side, by the usual widths of their letters; else the heading stands alone. */
function hasRoom({ title, symbol }: { title: string; symbol: string }, width: number): boolean {
  return 7.3 * title.length + 6.3 * symbol.length + 18 <= width;
}
