import { element } from '../shared/dom.ts';
import { html } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import type { Theme } from '../shared/theme.ts';
import { lookOf } from '../curves/colours.ts';
import { sizedContext } from './canvas.ts';
import type { OnUnit, Span } from './grid.ts';
import { Legend } from './legend.ts';
import { drawTokens, drawUnits, gutter, headHeight } from './labels.ts';
import type { Shown } from './pictures.ts';
import { Painter } from './painter.ts';
import { cellAt, within } from './viewport.ts';
import type { Viewport, Window } from './viewport.ts';

/** A cell: the token's place and the row. */
export interface Cell {
  readonly token: number;
  readonly row: number;
}

/** A cell, and where its figures are shown beside it: a place of the page's window, CSS pixels. */
export interface PointedCell {
  readonly cell: Cell;
  readonly x: number;
  readonly y: number;
}

/** What a user does in a heatmap. */
export interface HeatmapActions {
  readonly scrolled: (left: number, top: number) => void;
  /** With Ctrl and the wheel: a factor about a point of the cells' window. */
  readonly zoom: (factor: number, about: { x: number; y: number }) => void;
  readonly hover: (pointed: PointedCell | null) => void;
  readonly pick: (cell: Cell) => void;
  readonly span: (span: Span) => void;
  readonly key: (event: KeyboardEvent) => void;
}

/** What is drawn over the colours. */
export interface Marks {
  readonly cursor: Cell | null;
  readonly span: Span | null;
  readonly on: readonly OnUnit[];
  readonly pins: readonly number[];
  readonly unit: number | null;
}

/** A move of fewer pixels is a click. */
const clickRoom = 4;

/**
 * A heatmap in a window that scrolls: the browser's own scrolling of an empty page as large as the whole heatmap, on
 * which a canvas of the window's size sticks and draws the part in sight.
 */
export class Heatmap {
  readonly canvas = element('canvas', {
    class: 'map-canvas',
    tabindex: 0,
    // It has keys of its own.
    role: 'application',
    'aria-describedby': 'map-keys',
  });
  readonly #scroller = element('div', { class: 'map-scroll' });
  readonly #page = element('div', { class: 'map-page' });
  readonly #legend = new Legend();
  readonly #painter = new Painter();
  readonly #actions: HeatmapActions;
  #shown: Shown | undefined;
  #view: Viewport = { cellWidth: 1, cellHeight: 1, left: 0, top: 0 };
  #drag: { readonly from: number; readonly x: number; readonly y: number; moved: boolean } | undefined;

  constructor(actions: HeatmapActions) {
    this.#actions = actions;
    this.#page.append(this.canvas);
    this.#scroller.append(this.#page);
    this.#scroller.addEventListener('scroll', () =>
      this.#actions.scrolled(this.#scroller.scrollLeft, this.#scroller.scrollTop),
    );
    this.#scroller.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    this.#listen();
  }

  /** @param summary what the heatmap is, for who does not see it */
  render(
    { scale }: Shown,
    { title, summary, theme }: { title: string; summary: string; theme: Theme },
  ): TemplateResult {
    this.canvas.ariaLabel = summary;
    return html`<section class="map">
      <div class="map-head">
        <h2 class="map-title" title=${title}>${title}</h2>
        ${this.#legend.render(scale, theme)}
      </div>
      ${this.#scroller}
    </section>`;
  }

  /** Of the cells, as the element stands now. */
  window(view: Viewport): Window {
    return {
      width: Math.max(40, this.#scroller.clientWidth - gutter),
      height: Math.max(40, this.#scroller.clientHeight - headHeight(view)),
    };
  }

  /** Where the middle of a cell is in the window, when the heatmap is where this says. */
  placeOf(cell: Cell, view: Viewport): PointedCell {
    const place = this.canvas.getBoundingClientRect();
    return {
      cell,
      x: place.left + gutter + (cell.token + 0.5) * view.cellWidth - view.left,
      y: place.top + headHeight(view) + (cell.row + 0.5) * view.cellHeight - view.top,
    };
  }

  set height(pixels: number) {
    this.#scroller.style.height = `${pixels}px`;
  }

  /** Draws what is shown, at a place that all heatmaps share as far as there is so much of it. */
  draw(shown: Shown, wanted: Viewport, { marks, theme }: { marks: Marks; theme: Theme }): void {
    this.#shown = shown;
    const { grid, rows } = shown;
    const extent = { tokens: grid.tokens, units: rows.length };
    const head = headHeight(wanted);
    // Whole pixels: a part of one too many would bring a scroll bar.
    this.#page.style.width = `${Math.floor(gutter + grid.tokens * wanted.cellWidth + 1e-6)}px`;
    this.#page.style.height = `${Math.floor(head + rows.length * wanted.cellHeight + 1e-6)}px`;
    const window = this.window(wanted);
    const view = within(wanted, extent, window);
    this.#view = { ...view, cellWidth: wanted.cellWidth, cellHeight: wanted.cellHeight };
    if (Math.abs(this.#scroller.scrollLeft - view.left) >= 1) this.#scroller.scrollLeft = view.left;
    if (Math.abs(this.#scroller.scrollTop - view.top) >= 1) this.#scroller.scrollTop = view.top;
    const { clientWidth, clientHeight } = this.#scroller;
    const context = sizedContext(this.canvas, { width: clientWidth, height: clientHeight }, 'the heatmap');
    const place = { context, view: this.#view, window, theme };
    this.#painter.paint(context, shown, { view: this.#view, window, at: { x: gutter, y: head }, theme });
    drawTokens(place, shown.reading.tokens, marks.cursor?.token ?? null);
    drawUnits(place, rows, marks.unit ?? -1);
    this.#drawMarks(context, marks, { window, theme, head });
  }

  #drawMarks(
    context: CanvasRenderingContext2D,
    { cursor, span, on, pins, unit }: Marks,
    { window, theme, head }: { window: Window; theme: Theme; head: number },
  ): void {
    const { rows = [] } = this.#shown ?? {};
    const { cellWidth, cellHeight, left, top } = this.#view;
    const x = (token: number): number => gutter + token * cellWidth - left;
    const y = (row: number): number => head + row * cellHeight - top;
    context.save();
    context.beginPath();
    context.rect(0, head, gutter + window.width, window.height);
    context.clip();
    const hasMarks = on.length > 0 || pins.length > 0 || unit !== null;
    const placeOf = new Map(hasMarks ? rows.map((one, row) => [one, row] as const) : []);
    // Units that are on in the span, then pins in their colours, at the edge of the gutter.
    context.fillStyle = theme.foreground;
    for (const one of on) context.fillRect(gutter - 4, y(placeOf.get(one.unit) ?? -1), 3, Math.max(1, cellHeight));
    pins.forEach((pin, slot) => {
      context.fillStyle = lookOf(slot, theme.kind.endsWith('light')).colour;
      const height = Math.max(3, cellHeight);
      context.fillRect(gutter - 11, y(placeOf.get(pin) ?? -1) + (cellHeight - height) / 2, 6, height);
    });
    context.beginPath();
    context.rect(gutter, 0, window.width, head + window.height);
    context.clip();
    const box = (at: Box, width = 2): void => outline(context, at, { theme, width });
    const height = Math.min(window.height, rows.length * cellHeight - top);
    const width = Math.min(window.width, (this.#shown?.grid.tokens ?? 0) * cellWidth - left);
    if (unit !== null && placeOf.has(unit))
      box([gutter - 2, y(placeOf.get(unit) ?? 0) - 1, width + 4, Math.max(3, cellHeight + 2)], 1);
    if (span !== null) box([x(span.from), head - 2, (span.to - span.from + 1) * cellWidth, height + 4]);
    if (cursor !== null) box([x(cursor.token), y(cursor.row), Math.max(3, cellWidth), Math.max(3, cellHeight)]);
    context.restore();
  }

  #listen(): void {
    const { canvas } = this;
    canvas.addEventListener('pointermove', (event) => {
      const drag = this.#drag;
      const cell = this.#cellAt(event, drag !== undefined);
      this.#actions.hover(cell === null ? null : { cell, x: event.clientX, y: event.clientY });
      if (drag === undefined || cell === null) return;
      drag.moved ||= Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > clickRoom;
      if (drag.moved) this.#actions.span(spanOf(drag.from, cell.token));
    });
    canvas.addEventListener('pointerleave', () => this.#actions.hover(null));
    canvas.addEventListener('blur', () => this.#actions.hover(null));
    canvas.addEventListener('pointerdown', (event) => {
      // Above the cells too: a word is dragged over as its column is.
      const cell = this.#cellAt(event, true);
      if (event.button !== 0 || cell === null) return;
      this.#drag = { from: cell.token, x: event.clientX, y: event.clientY, moved: false };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener('pointerup', (event) => {
      const drag = this.#drag;
      this.#drag = undefined;
      const cell = this.#cellAt(event, false);
      if (drag === undefined || drag.moved) return;
      if (cell !== null) this.#actions.pick(cell);
      else this.#actions.span(spanOf(drag.from, drag.from));
    });
    canvas.addEventListener('pointercancel', () => (this.#drag = undefined));
    canvas.addEventListener('keydown', (event) => this.#actions.key(event));
  }

  /** The cell under the pointer; `nearest` where it may have left the heatmap. In the gutter: the row's first in sight. */
  #cellAt(event: PointerEvent, nearest: boolean): Cell | null {
    const { grid, rows } = this.#shown ?? {};
    if (grid === undefined || rows === undefined) return null;
    const place = this.canvas.getBoundingClientRect();
    const head = headHeight(this.#view);
    const clamp = (value: number, most: number): number => Math.min(most, Math.max(0, value));
    const inX = event.clientX - place.left - gutter;
    const inY = event.clientY - place.top - head;
    const cell = cellAt(this.#view, Math.max(0, inX), Math.max(0, inY));
    const there = inY >= 0 && cell.token < grid.tokens && cell.row < rows.length;
    if (!there && !nearest) return null;
    return { token: clamp(cell.token, grid.tokens - 1), row: clamp(cell.row, rows.length - 1) };
  }

  #wheel(event: WheelEvent): void {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const place = this.canvas.getBoundingClientRect();
    const about = {
      x: Math.max(0, event.clientX - place.left - gutter),
      y: Math.max(0, event.clientY - place.top - headHeight(this.#view)),
    };
    this.#actions.zoom(2 ** (-Math.sign(event.deltaY) * Math.min(0.5, Math.abs(event.deltaY) / 200)), about);
  }
}

export function spanOf(one: number, other: number): Span {
  return { from: Math.min(one, other), to: Math.max(one, other) };
}

/** From the left, from the top, width and height. */
type Box = readonly [number, number, number, number];

/** A frame that is seen on every colour: the text's over the page's. */
function outline(
  context: CanvasRenderingContext2D,
  [x, y, width, height]: Box,
  { theme, width: line }: { theme: Theme; width: number },
): void {
  context.strokeStyle = theme.background;
  context.lineWidth = line + 2;
  context.strokeRect(x, y, width, height);
  context.strokeStyle = theme.foreground;
  context.lineWidth = line;
  context.strokeRect(x, y, width, height);
}
