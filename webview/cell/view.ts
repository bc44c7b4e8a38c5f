import { element, setText } from '../shared/dom.ts';
import { readTheme } from '../shared/theme.ts';
import { dropdown } from '../shared/toolkit.ts';
import type { Dropdown } from '../shared/toolkit.ts';
import { Controls } from './controls.ts';
import { DiagramView } from './diagramView.ts';
import { Figures } from './figures.ts';
import { Matrices } from './matrices.ts';
import type { Model } from './model.ts';
import { numberFieldHelp, numberFieldKeys } from './numberField.ts';
import { shown } from './numbers.ts';
import { Player } from './player.ts';
import { ReachView } from './reachView.ts';
import { RunView } from './runView.ts';
import { sceneOf } from './scene.ts';
import { Strip } from './strip.ts';
import { layerWords } from './words.ts';

/** The panel: puts the parts together, and draws them once a frame at most when the model has changed. */
export class View {
  readonly #model: Model;
  readonly #controls: Controls;
  readonly #player: Player;
  readonly #strip: Strip;
  readonly #diagram: DiagramView;
  readonly #figures: Figures;
  readonly #matrices: Matrices;
  readonly #reach: ReachView;
  readonly #run: RunView;
  readonly #body = element('main', { class: 'body' });
  readonly #live = element('p', { class: 'sr-only', role: 'status', 'aria-live': 'polite' });
  readonly #units = element('span', { class: 'labelled' });
  readonly #layers = element('span', { class: 'labelled' });
  #choices: { of: string; layer: Dropdown; unit: Dropdown } | undefined;
  #said = '';
  #frame = 0;

  constructor(root: HTMLElement, model: Model) {
    this.#model = model;
    this.#controls = new Controls(model);
    this.#player = new Player(model);
    this.#strip = new Strip(model, this.#player.element);
    this.#diagram = new DiagramView(() => this.redraw(), this.#layers, this.#units);
    this.#figures = new Figures(model);
    this.#matrices = new Matrices(model);
    this.#reach = new ReachView(model);
    this.#run = new RunView(model, () => this.redraw());
    const main = element('div', { class: 'main' }, this.#strip.element, this.#diagram.element, this.#figures.element);
    this.#body.append(main, this.#matrices.element, this.#reach.element);
    root.append(
      this.#controls.element,
      this.#body,
      this.#run.element,
      this.#live,
      element('p', { class: 'sr-only', id: numberFieldHelp }, numberFieldKeys),
    );
    model.onChange(() => this.redraw());
    this.redraw();
  }

  /** Draws everything before the next frame. */
  redraw(): void {
    if (this.#frame !== 0 || document.hidden) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#drawNow();
    });
  }

  #drawNow(): void {
    const { kind } = readTheme();
    const isRun = this.#run.update(kind);
    this.#body.hidden = isRun;
    this.#controls.element.hidden = isRun;
    if (isRun) {
      this.#player.stop();
      return;
    }
    // Matrices of many units need the whole width.
    this.#body.classList.toggle('broad', this.#model.state.network.shape.hidden > 4);
    this.#controls.update();
    this.#player.update();
    this.#choose();
    this.#strip.update(kind);
    this.#diagram.update(sceneOf(this.#model.state, this.#model.unrolled()), kind);
    this.#figures.update();
    this.#matrices.update(kind);
    this.#reach.update(kind);
    this.#announce();
  }

  /** Which layer and which units are looked at: only where there is a choice. */
  #choose(): void {
    const { network, place } = this.#model.state;
    const { layers, direction, hidden } = network.shape;
    const places = this.#model.unrolled().layers.map(({ layer, reading }) => ({ layer, reading }));
    const current = places.findIndex(({ layer, reading }) => layer === place.layer && reading === place.reading);
    const unit = place.unit === null ? 'all' : String(place.unit);
    const key = JSON.stringify([layers, direction, hidden]);
    if (key !== this.#choices?.of) {
      const made = {
        of: key,
        layer: dropdown(
          'Layer',
          places.map((one, index) => [String(index), layerWords(one, network.shape)] as const),
          String(current),
          (value) => this.#model.look(places[Number(value)] ?? {}),
        ),
        unit: dropdown(
          'Unit',
          [['all', 'All'], ...Array.from({ length: hidden }, (_, at) => [String(at), String(at + 1)] as const)],
          unit,
          (value) => this.#model.look({ unit: value === 'all' ? null : Number(value) }),
        ),
      };
      made.layer.dataset['control'] = 'layer';
      made.unit.dataset['control'] = 'unit';
      this.#layers.replaceChildren(element('span', { 'aria-hidden': 'true' }, 'Layer'), made.layer);
      this.#units.replaceChildren(element('span', { 'aria-hidden': 'true' }, 'Unit'), made.unit);
      this.#layers.hidden = places.length === 1;
      this.#units.hidden = hidden === 1;
      this.#choices = made;
    }
    const { layer: layerChoice, unit: unitChoice } = this.#choices;
    if (layerChoice.value !== String(current)) layerChoice.value = String(current);
    if (unitChoice.value !== unit) unitChoice.value = unit;
  }

  /** Says a step that is gone to. */
  #announce(): void {
    const { state } = this.#model;
    const at = `${state.place.step}`;
    if (this.#said !== '' && this.#said !== at) {
      const { inputs, output, hasOutput, of, place } = sceneOf(state, this.#model.unrolled());
      const words = (values: readonly number[]): string => values.map(shown).join(', ');
      const end = hasOutput ? `, output ${shown(output)}` : '';
      setText(this.#live, `Step ${place.step + 1}: input ${words(inputs)}, state ${words(of('h'))}${end}`);
    }
    this.#said = at;
  }
}
