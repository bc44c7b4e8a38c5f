import { element, setText } from '../shared/dom.ts';
import { checkbox } from '../shared/toolkit.ts';
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
const mostNamed = 4;

const keysHelp = 'Left and right arrow: read values by distance. Home and End: the ends.';

/**
 * The chart of gradient flow with its controls: how much of the gradient of one step's loss reaches each layer at each
 * distance back in time. There only while a drawn run has records of it.
 */
export class FlowSection {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #live: HTMLElement;
  readonly #chart: FlowChart;
  readonly #readout = new Readout();
  readonly #layers = element('ul', { class: 'flow-key', 'aria-label': 'Layers' });
  readonly #runs = element('p', { class: 'flow-runs' });
  readonly #axis = element('p', { class: 'axis-title' });
  readonly #slider;
  readonly #relative;
  #scene: FlowScene | undefined;
  #isShown = false;
  #distance: number | null = null;
  #moving = false;
  #drawnKey = '';

  constructor(model: Model, live: HTMLElement) {
    this.#model = model;
    this.#live = live;
    this.#chart = new FlowChart({ hover: (distance) => this.#hover(distance), key: (event) => this.#key(event) });
    this.#readout.element.classList.add('flow-readout');
    this.#slider = flowSlider(model, 'flow-step');
    this.#relative = checkbox('Relative to distance 0', model.state.flowRelative, (on) =>
      model.set({ flowRelative: on }),
    );
    this.element = element(
      'section',
      { class: 'chart flow', 'aria-label': 'Gradient flow' },
      element('div', { class: 'chart-head' }, element('h2', {}, 'Gradient flow'), this.#layers, this.#runs),
      element('div', { class: 'flow-controls' }, this.#slider.element, this.#relative),
      this.#chart.element,
      this.#axis,
      element('p', { class: 'sr-only', id: 'flow-keys' }, keysHelp),
      this.#readout.element,
    );
  }

  /** Whether there is anything to show. */
  get isShown(): boolean {
    return this.#isShown;
  }

  /** The chart for a picture; undefined while it is not there. */
  get picture(): { title: string; chart: FlowChart; axis: string } | undefined {
    if (!this.#isShown || this.#scene === undefined) return undefined;
    const layers = this.#scene.layers.map((layer) => layerWords(layer).toLowerCase()).join(', ');
    const title = `Gradient flow${this.#scene.relative ? ' relative to distance 0' : ''} (${layers}): ${this.#where()}`;
    return { title, chart: this.#chart, axis: flowAxis(this.#scene) };
  }

  /** Draws what there is. @param width of the chart, CSS pixels */
  update(highlighted: string | null, theme: Theme, width: number): void {
    const { state } = this.#model;
    const sources = this.#model.shown().flatMap(({ run, loaded: { data }, hidden, slot }) => {
      const { colour } = lookOf(slot, theme.kind.endsWith('light'));
      return hidden || data?.flow === undefined ? [] : [{ key: run.key, name: run.name, colour, data: data.flow }];
    });
    const scene = flowScene({ state, sources, highlighted });
    this.#scene = scene;
    this.#isShown = state.flow && scene.runs.length > 0;
    if (!this.#isShown) return this.#readout.hide();
    this.#drawKey(scene);
    this.#slider.update(flowSteps(scene.runs));
    if (this.#relative.checked !== state.flowRelative) this.#relative.checked = state.flowRelative;
    setText(this.#axis, flowAxis(scene));
    this.#chart.draw(scene, theme, { width, height: chartHeight });
    const summary = flowSummary(scene);
    if (this.#chart.element.getAttribute('aria-label') !== summary)
      this.#chart.element.setAttribute('aria-label', summary);
    this.#refresh();
  }

  #drawKey({ layers, runs, zeros }: FlowScene): void {
    const key = JSON.stringify([layers, runs.map(({ name, colour }) => [name, colour]), this.#where(), zeros]);
    if (key === this.#drawnKey) return;
    this.#drawnKey = key;
    this.#layers.replaceChildren(
      ...layers.map((layer) => element('li', {}, layerSample(layerLook(layer)), layerWords(layer))),
    );
    const named = runs.slice(0, mostNamed).map((run) => {
      const words = element('span', { class: 'flow-run' }, swatch(run.colour), `${run.name}: ${placeOf(run)}`);
      words.title = run.name;
      return words;
    });
    const more = runs.length > mostNamed ? [`and ${runs.length - mostNamed} more`] : [];
    const every = Math.max(...runs.map(({ data }) => data.every));
    const thinned = every > 1 ? [`1 record in ${every} is kept here`] : [];
    const gaps = zeros > 0 ? [`${zeros} ${zeros === 1 ? 'norm is' : 'norms are'} 0 and not drawn`] : [];
    this.#runs.replaceChildren(...named, ...[...more, ...thinned, ...gaps].map((words) => element('span', {}, words)));
  }

  #where(): string {
    return (this.#scene?.runs ?? []).map((run) => `${run.name}, ${placeOf(run)}`).join('; ');
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
    setText(this.#live, [`distance ${this.#distance}`, ...values.map((row) => `${row.name} ${row.words}`)].join(', '));
  }

  #refresh(): void {
    const distance = this.#distance;
    if (this.#scene === undefined || distance === null) return this.#readout.hide();
    const rows = this.#readings().map(({ name, words, sample }) => ({ sample, name, values: [words] }));
    const title = `distance ${distance}`;
    this.#readout.show({ title, heads: [], rows }, this.#chart.placeOf(distance));
  }

  #readings(): { name: string; words: string; sample: SVGElement }[] {
    const { lines = [], runs = [] } = this.#scene ?? {};
    return lines.flatMap(({ run, layer, look, colour, values }) => {
      const value = values[this.#distance ?? 0];
      if (value === undefined) return [];
      const name = runs.length === 1 ? layerWords(layer) : `${layerWords(layer)}, ${run}`;
      return [{ name, words: normFigure(value), sample: layerSample(look, colour) }];
    });
  }
}
