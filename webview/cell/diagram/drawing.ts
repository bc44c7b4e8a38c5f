import { setText, vector } from '../../shared/dom.ts';
import type { ThemeKind } from '../../shared/theme.ts';
import { swatch } from '../colours.ts';
import { shown as inWords } from '../numbers.ts';

/** What is drawn of one step of one layer. */
export interface Shown {
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
export const mostWritten = 2;
const lineHeight = 16;
let drawings = 0;

/** A diagram in the making: what is drawn once, and what follows the values. Lengths are CSS pixels. */
export class Drawing {
  readonly element: SVGElement;
  readonly #updates: ((shown: Shown) => void)[] = [];
  /** Of its own: a drawing that is hidden lends its arrow heads to no other. */
  readonly #arrow = `arrow-${++drawings}`;
  /** How many units are drawn at each place. */
  readonly #units: number;

  constructor(size: { width: number; height: number }, units: number) {
    this.#units = units;
    this.element = vector('svg', {
      class: 'diagram',
      viewBox: `0 0 ${size.width} ${size.height}`,
      width: size.width,
      height: size.height,
      role: 'img',
    });
    const head = vector('path', { d: 'M0 0L8 4L0 8Z', class: 'arrow' });
    const marker = { id: this.#arrow, viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 8, markerHeight: 8 };
    this.#add(vector('defs', {}, vector('marker', { ...marker, orient: 'auto', markerUnits: 'userSpaceOnUse' }, head)));
  }

  update(shown: Shown): void {
    for (const update of this.#updates) update(shown);
  }

  /** The conveyor belt of the state. */
  belt(d: string): void {
    this.#add(vector('path', { d, class: 'belt' }), vector('path', { d, class: 'belt-inside' }));
    this.wire(d, true);
  }

  wire(d: string, arrow = false): void {
    this.#add(vector('path', { d, class: 'wire', 'marker-end': arrow ? `url(#${this.#arrow})` : undefined }));
  }

  /** Where a wire branches: others that cross it do not touch it. */
  junction(x: number, y: number): void {
    this.#add(vector('circle', { cx: x, cy: y, r: 3, class: 'junction' }));
  }

  /** An operation on two wires: `+`. */
  joint(x: number, y: number, symbol: string): void {
    this.#add(vector('circle', { cx: x, cy: y, r: 12, class: 'joint' }), text(symbol, x, y + 6, 'symbol middle'));
  }

  /** A function of one wire: `tanh`. */
  pill(x: number, y: number, words: string): void {
    const width = words.length * 7 + 12;
    this.#add(
      vector('rect', { x: x - width / 2, y: y - 10, width, height: 20, rx: 10, class: 'pill' }),
      text(words, x, y + 4, 'small middle'),
    );
  }

  /** A layer of the cell: what goes in, its function, what comes out. @param source the gate's name */
  card(box: Box, labels: { title: string; symbol: string }, source: Source, before?: Source): void {
    const { x, y, width, height } = box;
    const isWide = width >= 116;
    this.#add(
      vector('rect', { x, y, width, height, rx: 4, class: 'card' }),
      text(labels.title, x + 7, y + 16, 'title'),
      text(labels.symbol, x + width - 7, y + 16, 'small muted end'),
    );
    const values = { x: x + 7, y: y + 24, width: width - 14 };
    if (before !== undefined && isWide) this.#pairs(values, before, source);
    else this.#values(values, source, 'start');
  }

  /** What lies on a wire: a name and its numbers. */
  plate(at: { x: number; y: number }, title: string, source: Source, anchor: 'start' | 'end' = 'start'): void {
    this.#add(text(title, at.x, at.y + 11, `small muted ${anchor}`));
    const width = 70;
    this.#values({ x: anchor === 'end' ? at.x - width : at.x, y: at.y + 16, width }, source, anchor);
  }

  /**
   * A multiplication with a gate, as a valve: its flap lies along the flow where the gate is open, and across it where it
   * is shut. Beside it stands how far it is open, the mean of the units.
   */
  valve(
    at: { x: number; y: number; flow: 'right' | 'up' | 'down' },
    source: Source,
    label: { dx: number; dy: number; anchor?: 'start' | 'end' },
    opening: (gate: number) => number = (gate) => gate,
  ): void {
    const { x, y, flow } = at;
    const flap = vector('line', { x1: x - 10, y1: y, x2: x + 10, y2: y, class: 'flap' });
    const words = text('', x + label.dx, y + label.dy, `small ${label.anchor ?? 'start'}`);
    this.#add(
      vector('circle', { cx: x, cy: y, r: 14, class: 'valve' }),
      flap,
      words,
      text('×', x - 17, y - 8, 'small end'),
    );
    this.#updates.push((shown) => {
      const values = shown.of(source);
      const open = opening(values.reduce((sum, value) => sum + value, 0) / values.length);
      const turned = (1 - open) * 90 + (flow === 'right' ? 0 : 90);
      flap.setAttribute('transform', `rotate(${turned.toFixed(1)} ${x} ${y})`);
      setText(words, `${Math.round(open * 100)}%`);
    });
  }

  /** A few words anywhere. */
  note(words: string, x: number, y: number, anchor: 'start' | 'middle' | 'end' = 'start'): void {
    this.#add(text(words, x, y, `small muted ${anchor}`));
  }

  /** `before → after`, a line a unit; squares where there are many. */
  #pairs(at: { x: number; y: number; width: number }, before: Source, after: Source): void {
    if (this.#units > mostWritten) {
      this.#values(at, before, 'start');
      this.#values({ ...at, y: at.y + 18 }, after, 'start');
      return;
    }
    for (let unit = 0; unit < this.#units; unit++) {
      const from = text('', at.x, at.y + 12 + unit * lineHeight, 'figure muted');
      const to = text('', at.x + at.width, at.y + 12 + unit * lineHeight, 'figure strong end');
      this.#add(from, text('→', at.x + at.width / 2, at.y + 12 + unit * lineHeight, 'small muted middle'), to);
      this.#updates.push((shown) => {
        setText(from, inWords(shown.of(before)[unit] ?? NaN));
        setText(to, inWords(shown.of(after)[unit] ?? NaN));
      });
    }
  }

  #values(at: { x: number; y: number; width: number }, source: Source, anchor: 'start' | 'end'): void {
    const group = vector('g');
    this.#add(group);
    let drawn = -1;
    const update = (shown: Shown): void => {
      const values = valuesOf(shown, source);
      if (values.length !== drawn) {
        drawn = values.length;
        group.replaceChildren(...places(at, drawn, anchor));
      }
      [...group.children].forEach((place, index) => {
        const value = values[index] ?? NaN;
        if (drawn <= mostWritten) return setText(place, inWords(value));
        place.setAttribute('fill', swatch(value, shown.kind).fill);
        setText(place.firstElementChild ?? place, inWords(value));
      });
    };
    this.#updates.push(update);
  }

  #add(...nodes: SVGElement[]): void {
    this.element.append(...nodes);
  }
}

function valuesOf(shown: Shown, source: Source): readonly number[] {
  if (source === 'x') return shown.input;
  if (source === 'y') return shown.output === undefined ? [] : [shown.output];
  return shown.of(source);
}

/** A line of text for each of a few numbers, a square for each of many. */
function places(at: { x: number; y: number; width: number }, count: number, anchor: 'start' | 'end'): SVGElement[] {
  const side = Math.min(14, Math.floor(at.width / count));
  const left = anchor === 'end' ? at.x + at.width - side * count : at.x;
  return Array.from({ length: count }, (_, index) => {
    if (count <= mostWritten) {
      const x = anchor === 'end' ? at.x + at.width : at.x;
      return text('', x, at.y + 12 + index * lineHeight, `figure strong ${anchor}`);
    }
    const square = { x: left + index * side, y: at.y + 2, width: side - 1, height: 14, class: 'square' };
    return vector('rect', square, vector('title'));
  });
}

function text(words: string, x: number, y: number, classes: string): SVGElement {
  return vector('text', { x, y, class: classes }, document.createTextNode(words));
}
