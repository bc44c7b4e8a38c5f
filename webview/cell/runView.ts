import { cellTitle } from '../../src/config/cells.ts';
import { button, labelledDropdown } from '../shared/controls.ts';
import type { Content } from '../shared/controls.ts';
import { ElementWidth } from '../shared/elementWidth.ts';
import { firstText } from '../shared/firstText.ts';
import { html, ifDefined, live, nothing, ref } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import { wordsOf } from '../shared/panelHost.ts';
import type { ThemeKind } from '../shared/theme.ts';
import { lineLook, swatch } from './colours.ts';
import { diagrams } from './diagram/index.ts';
import { diagramWidths, stepNames } from './diagramView.ts';
import type { Model } from './model.ts';
import { part, shown } from './numbers.ts';
import { reachLegend, reachPicture } from './reachChart.ts';
import type { ReachLine } from './reachChart.ts';
import { RunData, unitsOnPage } from './runData.ts';
import { scrolledTable } from './tables.ts';
import { layerWords, quantities } from './words.ts';

const chartHeight = 220;

/** The cell of a trained run on a sentence: its most varying units, step by step. Its weights cannot be changed. */
export class RunView {
  readonly #model: Model;
  readonly #changed: () => void;
  readonly #width: ElementWidth;
  /** What the field says. */
  #sentence = '';
  #status = '';
  #data: RunData | undefined;
  /** What was asked for last. */
  #asked = '';
  /** The run whose cells are drawn. */
  #shownRun = '';
  /** What is looked at: a step, a layer (its place in the answer), and a page of its units. */
  #place = { step: 0, layer: 0, page: 0 };

  /** @param changed is told when it is to be rendered again, but the model is the same */
  constructor(model: Model, changed: () => void) {
    this.#model = model;
    this.#changed = changed;
    this.#width = new ElementWidth(diagramWidths, changed);
    model.onChange(() => this.#follow());
    this.#follow();
  }

  render(name: string, kind: ThemeKind): TemplateResult {
    const sums = this.#data?.answer.sumsNotice;
    const submit = (): void => this.#submit();
    return html`<main class="body broad run">
      <form
        class="toolbar"
        @submit=${(event: Event) => {
          event.preventDefault();
          submit();
        }}
      >
        <h2>${name}</h2>
        <div class="labelled wide">
          <label for="sentence">Sentence</label>
          <input
            type="text"
            id="sentence"
            class="sequence"
            spellcheck="false"
            .value=${live(this.#sentence)}
            @input=${({ currentTarget }: Event) => (this.#sentence = (currentTarget as HTMLInputElement).value)}
          />
        </div>
        ${button('Read', { click: submit })}
        ${button('Back to Editable Network', { click: () => this.#model.leaveRun() })}
      </form>
      <p role="status" class="run-status">${this.#status}</p>
      ${sums === undefined ? nothing : html`<p class="run-sums">${sums}</p>`}
      <div class="run-content" ${ref(this.#width.observe)}>
        ${this.#data ? this.#content(this.#data, kind) : nothing}
      </div>
    </main>`;
  }

  /** Asks for what the model says now, if it was not asked for. */
  #follow(): void {
    const { run, asked } = this.#model.state;
    if (run === null) return;
    const sentence = run.sentence === '' ? firstText : run.sentence;
    const key = JSON.stringify([run.key, sentence, asked]);
    if (key === this.#asked) return;
    // Another run's cells must not stand under this one's name.
    if (run.key !== this.#shownRun) this.#data = undefined;
    this.#shownRun = run.key;
    this.#asked = key;
    this.#sentence = sentence;
    void this.#ask(key, run.key, sentence);
  }

  #submit(): void {
    this.#asked = '';
    this.#model.setSentence(this.#sentence.trim());
  }

  async #ask(key: string, run: string, sentence: string): Promise<void> {
    this.#status = 'Reading the sentence…';
    try {
      const data = new RunData(await this.#model.askRun(run, sentence));
      if (key !== this.#asked) return;
      const { cell, checkpointStep } = data.answer;
      const units = [...new Set(data.layers.map((one) => one.units))].join(' and ');
      this.#data = data;
      const { step, layer } = this.#place;
      this.#place = { step: Math.min(step, data.steps - 1), layer: Math.min(layer, data.layers.length - 1), page: 0 };
      const trained = `after ${checkpointStep.toLocaleString('en-US')} steps of training`;
      this.#status = `${cellTitle(cell)} of ${units} units, ${trained}. Words marked ? are not in the vocabulary.`;
    } catch (error) {
      if (key !== this.#asked) return;
      this.#data = undefined;
      this.#status = wordsOf(error);
    }
    this.#changed();
  }

  #look(change: { step?: number; layer?: number; page?: number }): void {
    this.#place = { ...this.#place, ...change };
    this.#changed();
  }

  #content(data: RunData, kind: ThemeKind): TemplateResult {
    const { layer, page } = this.#place;
    const units = data.maxVarying(layer).slice(page * unitsOnPage, (page + 1) * unitsOnPage);
    return html`${this.#words(data, units, kind)}${this.#choices(data, units)}${this.#diagram(data, units, kind)}
    ${this.#table(data, units)}${reachOf(data, kind, this.#width.value)}`;
  }

  /** A button a word: the units that are looked at, and what is held for the next word. */
  #words(data: RunData, units: readonly number[], kind: ThemeKind): TemplateResult {
    const words = data.answer.words.map(({ text, known }, step) => {
      const guesses = data.answer.guesses[step] ?? [];
      const tiles = data.of(this.#place.layer, 'h', step, units).map((value) => {
        // Set by the object model: the page's policy refuses style attributes.
        return html`<span class="tile" .style=${`background-color: ${swatch(value, kind).fill}`}></span>`;
      });
      return html`<button
        type="button"
        class="word"
        aria-current=${ifDefined(step === this.#place.step ? 'step' : undefined)}
        title=${guesses.map(({ word, probability }) => `${word} ${percent(probability)}`).join(', ')}
        @click=${() => this.#look({ step })}
      >
        <span>${known ? text : `${text} ?`}</span>
        <span class="tiles" aria-hidden="true">${tiles}</span>
        <span class="guess">next: ${guesses[0]?.word ?? ''} ${percent(guesses[0]?.probability ?? NaN)}</span>
      </button>`;
    });
    const go = (event: KeyboardEvent): void => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      const step = Math.max(0, Math.min(data.steps - 1, this.#place.step + by));
      (event.currentTarget as Element).querySelectorAll<HTMLElement>('.word')[step]?.focus();
      this.#look({ step });
    };
    return html`<div class="words" role="group" aria-label="Words of the sentence" @keydown=${go}>${words}</div>`;
  }

  #choices(data: RunData, units: readonly number[]): TemplateResult {
    const shape = { layers: Math.max(...data.layers.map(({ layer }) => layer)) + 1, direction: data.answer.direction };
    const layers = labelledDropdown({
      label: 'Layer',
      control: 'layer',
      options: data.layers.map((one, index) => [String(index), layerWords(one, shape) || 'layer 1']),
      value: String(this.#place.layer),
      chosen: (value) => this.#look({ layer: Number(value), page: 0 }),
    });
    const pages = Math.ceil((data.layers[this.#place.layer]?.units ?? 0) / unitsOnPage);
    const turn = (words: string, page: number): Content =>
      button(words, { click: () => this.#look({ page }), disabled: page < 0 || page >= pages });
    return html`<div class="section-head">
      ${layers}${turn('Higher variance', this.#place.page - 1)}${turn('Lower variance', this.#place.page + 1)}
      <span class="muted">Units ${units.map((unit) => unit + 1).join(', ')}</span>
    </div>`;
  }

  #diagram(data: RunData, units: readonly number[], kind: ThemeKind): TemplateResult {
    const { layer = 0, reading = 'forward' } = data.layers[this.#place.layer] ?? {};
    const word = `“${this.#word(data)}”`;
    const drawing = diagrams[data.answer.cell]({
      width: this.#width.value,
      names: stepNames({ step: this.#place.step, layer, reading }, word),
      values: {
        kind,
        of: (name) => data.of(this.#place.layer, name, this.#place.step, units),
        input: [],
        output: undefined,
      },
    });
    const label = `The cell after ${word}; its figures are in the table below`;
    return html`<div class="diagram-place">${drawing.render(label)}</div>`;
  }

  #table(data: RunData, units: readonly number[]): TemplateResult {
    const columns = quantities(data.answer.cell);
    const figure = (source: string, unit: number): TemplateResult =>
      html`<td>${shown(data.of(this.#place.layer, source, this.#place.step, [unit])[0] ?? NaN)}</td>`;
    return scrolledTable({
      label: 'Figures',
      caption: `After “${this.#word(data)}”`,
      heads: ['Unit', ...columns.map(({ title }) => title)],
      rows: units.map(
        (unit) =>
          html`<tr>
            <th scope="row">${unit + 1}</th>
            ${columns.map(({ source }) => figure(source, unit))}
          </tr>`,
      ),
    });
  }

  #word(data: RunData): string {
    return data.answer.words[this.#place.step]?.text ?? '';
  }
}

function reachOf(data: RunData, kind: ThemeKind, width: number): TemplateResult {
  const lines = data.layers
    .filter(({ reach }) => reach.length > 0)
    .map(({ layer, reach }, index): ReachLine => ({
      name: `Layer ${layer + 1}`,
      ...lineLook(index, kind),
      values: reach.map((value) => value ?? NaN),
    }));
  const first = lines.map(({ name, values }) => `${part(values[0] ?? NaN)} in ${name.toLowerCase()}`).join(', ');
  const summary = `Fraction of the gradient at the last word that reaches the first: ${first}.`;
  return html`<section class="reach" aria-label="How far the gradient reaches">
    <h2>How far the gradient reaches</h2>
    <p>${summary}</p>
    ${reachLegend(lines)}
    <svg class="reach-chart" role="img" aria-label=${summary} width=${width} height=${chartHeight}>
      ${reachPicture(lines, { width, height: chartHeight }, null)}
    </svg>
    <p class="explanation">
      The loss is the cross-entropy of the last step. The chart shows the norm of its gradient with respect to the
      output h of each step, relative to the norm at the last step.
    </p>
  </section>`;
}

function percent(probability: number): string {
  return Number.isNaN(probability) ? '' : `${(100 * probability).toFixed(probability < 0.1 ? 1 : 0)}%`;
}
