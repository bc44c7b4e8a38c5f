import { checkbox } from '../shared/controls.ts';
import { html, nothing } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import type { Theme } from '../shared/theme.ts';
import { lookOf } from './colours.ts';
import { FlowChart } from './flowChart.ts';
import type { FlowScene } from './flowScene.ts';
import {
  flowAxis,
  flowScene,
  flowSteps,
  flowSummary,
  layerLook,
  layerWords,
  normFigure,
  placeOf,
} from './flowScene.ts';
import { flowSlider } from './flowSlider.ts';
import { layerSample, swatch } from './icons.ts';
import type { Model } from './model.ts';
import { Readout } from './readout.ts';

/** Of the chart with its axis, CSS pixels. */
const chartHeight = 196;
/** Runs that the heading names. */
const maxNamed = 4;

const keysHelp = 'Left and right arrow: read values by distance. Home and End: the ends.';

/**
 * The chart of gradient flow with its controls: how much of the gradient of one step's loss reaches each layer at each
 * distance back in time. There only while a drawn run has records of it.
 */
export class FlowSection {
  readonly #model: Model;
  readonly #announce: (words: string) => void;
  readonly #chart: FlowChart;
  readonly #readout = new Readout('flow-readout');
  /** Undefined while there is nothing to show. */
  #scene: FlowScene | undefined;
  #distance: number | null = null;
  #moving = false;

  /** @param announce says the values at the keyboard's cursor */
  constructor(model: Model, announce: (words: string) => void) {
    this.#model = model;
    this.#announce = announce;
    this.#chart = new FlowChart({ hover: (distance) => this.#hover(distance), key: (event) => this.#key(event) });
  }

  /** The chart for a picture; undefined while it is not there. */
  get picture(): { title: string; chart: FlowChart; axis: string } | undefined {
    if (this.#scene === undefined) return undefined;
    const layers = this.#scene.layers.map((layer) => layerWords(layer).toLowerCase()).join(', ');
    const places = this.#scene.runs.map((run) => `${run.name}, ${placeOf(run)}`).join('; ');
    const title = `Gradient flow${this.#scene.relative ? ' relative to distance 0' : ''} (${layers}): ${places}`;
    return { title, chart: this.#chart, axis: flowAxis(this.#scene) };
  }

  render(highlighted: string | null, theme: Theme): TemplateResult | typeof nothing {
    const { state } = this.#model;
    const sources = this.#model.drawn().flatMap(({ run: { key, name }, data: { flow }, slot }) => {
      const { colour } = lookOf(slot, theme.kind.endsWith('light'));
      return flow === undefined ? [] : [{ key, name, colour, data: flow }];
    });
    const scene = flowScene({ state, sources, highlighted });
    this.#scene = state.flow && scene.runs.length > 0 ? scene : undefined;
    if (this.#scene === undefined) return nothing;
    return html`<section class="chart flow" aria-label="Gradient flow">
      <div class="chart-head">
        <h2>Gradient flow</h2>
        ${layerKey(scene)}${runsKey(scene)}
      </div>
      <div class="flow-controls">
        ${flowSlider(this.#model, 'flow-step', flowSteps(scene.runs))}
        ${checkbox('Relative to distance 0', state.flowRelative, (on) => this.#model.set({ flowRelative: on }))}
      </div>
      ${this.#chart.render(flowSummary(scene))}
      <p class="axis-title">${flowAxis(scene)}</p>
      <p class="sr-only" id="flow-keys">${keysHelp}</p>
      ${this.#readout.element}
    </section>`;
  }

  /** Draws what has been rendered. @param width of the chart, CSS pixels */
  draw(theme: Theme, width: number): void {
    if (this.#scene !== undefined) this.#chart.draw(this.#scene, theme, { width, height: chartHeight });
    this.#refresh();
  }

  #hover(distance: number | null): void {
    // Moving the line calls back.
    if (this.#moving) return;
    this.#distance = distance;
    this.#refresh();
  }

  #key(event: KeyboardEvent): void {
    const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
    if (this.#scene === undefined || shiftKey || ctrlKey || metaKey || altKey) return;
    const { end } = this.#scene;
    const now = this.#distance;
    const moves: Record<string, number> = {
      ArrowLeft: (now ?? end + 1) - 1,
      ArrowRight: (now ?? -1) + 1,
      Home: 0,
      End: end,
    };
    const wanted = key === 'Escape' ? null : moves[key];
    if (wanted === undefined) return;
    event.preventDefault();
    this.#distance = wanted === null ? null : Math.min(end, Math.max(0, wanted));
    this.#moving = true;
    this.#chart.setCursor(this.#distance);
    this.#moving = false;
    this.#refresh();
    if (this.#distance === null) return;
    const values = this.#readings().slice(0, 6);
    this.#announce([`distance ${this.#distance}`, ...values.map((row) => `${row.name} ${row.words}`)].join(', '));
  }

  #refresh(): void {
    const distance = this.#distance;
    if (this.#scene === undefined || distance === null) return this.#readout.hide();
    const rows = this.#readings().map(({ name, words, sample }) => ({ sample, name, values: [words] }));
    const title = `distance ${distance}`;
    this.#readout.show({ title, heads: [], rows }, this.#chart.placeOf(distance));
  }

  #readings(): { name: string; words: string; sample: TemplateResult }[] {
    const { lines = [], runs = [] } = this.#scene ?? {};
    return lines.flatMap(({ run, layer, look, colour, values }) => {
      const value = values[this.#distance ?? 0];
      if (value === undefined) return [];
      const name = runs.length === 1 ? layerWords(layer) : `${layerWords(layer)}, ${run}`;
      return [{ name, words: normFigure(value), sample: layerSample(look, colour) }];
    });
  }
}

function layerKey({ layers }: FlowScene): TemplateResult {
  const item = (layer: FlowScene['layers'][number]): TemplateResult =>
    html`<li>${layerSample(layerLook(layer))}${layerWords(layer)}</li>`;
  return html`<ul class="flow-key" aria-label="Layers">
    ${layers.map(item)}
  </ul>`;
}

/** Which runs are drawn, at which record, and what is not drawn. */
function runsKey({ runs, zeros }: FlowScene): TemplateResult {
  const every = Math.max(...runs.map(({ data }) => data.every));
  const notes = [
    ...(runs.length > maxNamed ? [`and ${runs.length - maxNamed} more`] : []),
    ...(every > 1 ? [`1 record in ${every} is kept here`] : []),
    ...(zeros > 0 ? [`${zeros} ${zeros === 1 ? 'norm is' : 'norms are'} 0 and not drawn`] : []),
  ];
  const named = runs.slice(0, maxNamed).map((run) => {
    const words = `${run.name}: ${placeOf(run)}`;
    return html`<span class="flow-run" title=${run.name}>${swatch(run.colour)}${words}</span>`;
  });
  return html`<p class="flow-runs">${named}${notes.map((words) => html`<span>${words}</span>`)}</p>`;
}
