import { element } from '../shared/dom.ts';
import { html } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
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
  readonly #canvas = element('canvas', { class: 'legend-bar', width, height: barHeight, 'aria-hidden': 'true' });
  #drawn = '';

  render(scale: Scale, theme: Theme): TemplateResult {
    this.#draw(scale, theme);
    const isDiverging = scale.kind === 'diverging';
    return html`<div class="scale">
      <span>${figure(scale.low)}</span>${this.#canvas}<span>${figure(scale.high)}</span>
      <span class="sr-only"
        >${isDiverging ? 'Blue is negative, orange is positive.' : 'Larger values stand out more from the page.'}</span
      >
    </div>`;
  }

  #draw(scale: Scale, theme: Theme): void {
    const ratio = devicePixelRatio;
    const drawn = JSON.stringify([scale, theme.kind, ratio]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#canvas.width = width * ratio;
    this.#canvas.height = barHeight * ratio;
    const context = this.#canvas.getContext('2d');
    if (context === null) return;
    context.scale(ratio, ratio);
    drawBar(context, scale, { theme, x: 0, y: 0, width, height: barHeight });
  }
}
