import { labelledDropdown } from '../shared/controls.ts';
import type { Content } from '../shared/controls.ts';
import { ElementWidth } from '../shared/elementWidth.ts';
import { cache, guard, html, render } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import { scheduler } from '../shared/scheduler.ts';
import { readTheme } from '../shared/theme.ts';
import type { ThemeKind } from '../shared/theme.ts';
import { Controls } from './controls.ts';
import { diagramSection, diagramWidths } from './diagramView.ts';
import { figures } from './figures.ts';
import { matrices } from './matrices.ts';
import type { Model } from './model.ts';
import { numberFieldHelp, numberFieldKeys } from './numberField.ts';
import { shown } from './numbers.ts';
import { Player } from './player.ts';
import { ReachView } from './reachView.ts';
import { RunView } from './runView.ts';
import { sceneOf } from './scene.ts';
import type { Scene } from './scene.ts';
import { strip } from './strip.ts';
import { layerWords } from './words.ts';

/** The panel: puts the parts together, and renders them once a frame at most when something has changed. */
export class View {
  readonly #root: HTMLElement;
  readonly #model: Model;
  readonly #schedule = scheduler(() => this.#render());
  readonly #diagramWidth = new ElementWidth(diagramWidths, () => this.redraw());
  readonly #controls: Controls;
  readonly #player: Player;
  readonly #reach: ReachView;
  readonly #run: RunView;
  #announced: number | undefined;
  #announcement = '';

  constructor(root: HTMLElement, model: Model) {
    const changed = (): void => this.redraw();
    this.#root = root;
    this.#model = model;
    this.#controls = new Controls(model, changed);
    this.#player = new Player(model, changed);
    this.#reach = new ReachView(model, changed);
    this.#run = new RunView(model, changed);
    model.onChange(changed);
    this.redraw();
  }

  /** Renders everything before the next frame. */
  redraw(): void {
    this.#schedule.soon();
  }

  #render(): void {
    const { kind } = readTheme();
    const { run } = this.#model.state;
    if (run !== null) this.#player.stop();
    const content = run === null ? this.#network(kind) : this.#run.render(run.name, kind);
    render(
      html`<h1 class="sr-only">Cell explorer</h1>
        ${cache(content)}
        <p class="sr-only" role="status" aria-live="polite">${this.#announcement}</p>
        <p class="sr-only" id=${numberFieldHelp}>${numberFieldKeys}</p>`,
      this.#root,
    );
  }

  /** The network of one's own. */
  #network(kind: ThemeKind): TemplateResult {
    const model = this.#model;
    const scene = sceneOf(model.state, model.unrolled());
    this.#announce(scene);
    // What these show: they are left alone when the chart of the gradient alone changes.
    const { network, place } = model.state;
    const shownState = [network, place, kind];
    // Matrices of many units need the whole width.
    const isBroad = scene.shape.hidden > 4;
    return html`${this.#controls.render()}
      <main class=${isBroad ? 'body broad' : 'body'}>
        <div class="main">
          ${strip(model, kind, this.#player.render())}
          ${diagramSection(scene, kind, { width: this.#diagramWidth, controls: this.#choices(scene) })}
          ${guard(shownState, () => figures(model))}
        </div>
        ${guard(shownState, () => matrices(model, kind))}${this.#reach.render(kind)}
      </main>`;
  }

  /** Which layer and which units are looked at: only where there is a choice. */
  #choices({ place, shape }: Scene): Content {
    const layers = this.#model.unrolled().layers.map(({ layer, reading }) => ({ layer, reading }));
    const units = Array.from({ length: shape.hidden }, (_, unit) => [String(unit), String(unit + 1)] as const);
    return [
      labelledDropdown(
        {
          label: 'Layer',
          control: 'layer',
          options: layers.map((one, index) => [String(index), layerWords(one, shape)]),
          value: String(layers.findIndex((one) => one.layer === place.layer && one.reading === place.reading)),
          chosen: (value) => this.#model.look(layers[Number(value)] ?? {}),
        },
        { hidden: layers.length === 1 },
      ),
      labelledDropdown(
        {
          label: 'Unit',
          control: 'unit',
          options: [['all', 'All'], ...units],
          value: place.unit === null ? 'all' : String(place.unit),
          chosen: (value) => this.#model.look({ unit: value === 'all' ? null : Number(value) }),
        },
        { hidden: shape.hidden === 1 },
      ),
    ];
  }

  /** Says a step that is gone to. */
  #announce({ place, inputs, output, hasOutput, of }: Scene): void {
    if (this.#announced !== undefined && this.#announced !== place.step) {
      const list = (values: readonly number[]): string => values.map(shown).join(', ');
      const end = hasOutput ? `, output ${shown(output)}` : '';
      this.#announcement = `Step ${place.step + 1}: input ${list(inputs)}, state ${list(of('h'))}${end}`;
    }
    this.#announced = place.step;
  }
}
