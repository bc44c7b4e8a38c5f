import { element, setText } from '../shared/dom.ts';
import type { Theme } from '../shared/theme.ts';
import { colourCount, coloursOf } from './scale.ts';
import type { Scale } from './scale.ts';
import { figure } from './words.ts';

const width = 160;
const barHeight = 10;

/** Draws a scale's colours from its low to its high end. */
export function drawBar(
  context: CanvasRenderingContext2D,
  scale: Scale,
  { theme, x, y, width: across, height }: { theme: Theme; x: number; y: number; width: number; height: number },
): void {
  const colours = coloursOf(scale, theme.kind);
  for (let at = 0; at < across; at += 1) {
    const [red, green, blue] = colours[Math.round((at / Math.max(1, across - 1)) * (colourCount - 1))] ?? [0, 0, 0];
    context.fillStyle = `rgb(${red}, ${green}, ${blue})`;
    context.fillRect(x + at, y, 1, height);
  }
  context.strokeStyle = theme.muted;
  context.lineWidth = 1;
  context.strokeRect(x + 0.5, y + 0.5, across - 1, height - 1);
}

/** What the colours mean. */
export class Legend {
  readonly element: HTMLElement;
  readonly #canvas = element('canvas', { class: 'legend-bar', width, height: barHeight, 'aria-hidden': 'true' });
  readonly #low = element('span');
  readonly #high = element('span');
  #made = '';
  readonly #words = element('span', { class: 'sr-only' });

  constructor() {
    this.element = element('div', { class: 'scale' }, this.#low, this.#canvas, this.#high, this.#words);
  }

  update(scale: Scale, theme: Theme): void {
    const made = JSON.stringify([scale, theme.kind, devicePixelRatio]);
    if (made === this.#made) return;
    this.#made = made;
    setText(this.#low, figure(scale.low));
    setText(this.#high, figure(scale.high));
    setText(
      this.#words,
      scale.kind === 'diverging'
        ? 'Blue is negative, orange is positive.'
        : 'The brighter against the page, the larger.',
    );
    const ratio = devicePixelRatio;
    this.#canvas.width = width * ratio;
    this.#canvas.height = barHeight * ratio;
    const context = this.#canvas.getContext('2d');
    if (context === null) return;
    context.scale(ratio, ratio);
    drawBar(context, scale, { theme, x: 0, y: 0, width, height: barHeight });
  }
}
