import { element, setText, vector } from '../shared/dom.ts';
import { firstText } from '../shared/firstText.ts';
import { wordsOf } from '../shared/messenger.ts';
import type { ThemeKind } from '../shared/theme.ts';
import { button, dropdown } from '../shared/toolkit.ts';
import { cellColours, swatch } from './colours.ts';
import { diagrams } from './diagram/cells.ts';
import { followWidth } from './followWidth.ts';
import type { Model } from './model.ts';
import { part, shown } from './numbers.ts';
import { markerAt, reachPicture } from './reachChart.ts';
import type { ReachLine } from './reachChart.ts';
import { RunData, unitsOnPage } from './runData.ts';
import { cellTitles, layerWords, quantities } from './words.ts';

const chartHeight = 220;

/** The cell of a trained run on a sentence: its most varying units, step by step. Its weights cannot be changed. */
export class RunView {
  readonly element = element('main', { class: 'body broad run' });
  readonly #model: Model;
  readonly #title = element('h2');
  readonly #status = element('p', { role: 'status', class: 'run-status' });
  readonly #sums = element('p', { class: 'run-sums', hidden: true });
  readonly #sentence = element('input', { type: 'text', id: 'sentence', class: 'sequence', spellcheck: 'false' });
  readonly #content = element('div', { class: 'run-content' });
  readonly #changed: () => void;
  #data: RunData | undefined;
  #asked = '';
  /** The run whose cells are drawn. */
  #shownRun = '';
  #kind: ThemeKind = 'dark';
  #width = 600;
  #step = 0;
  #layer = 0;
  #page = 0;
  #order: readonly number[] = [];

  constructor(model: Model, changed: () => void) {
    this.#model = model;
    this.#changed = changed;
    const form = element(
      'form',
      { class: 'toolbar' },
      this.#title,
      element('div', { class: 'labelled wide' }, element('label', { for: 'sentence' }, 'Sentence'), this.#sentence),
      button('Read', () => this.#submit()),
      button('Back to Own Network', () => model.leaveRun()),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.element.append(form, this.#status, this.#sums, this.#content);
    followWidth(this.#content, (width) => {
      this.#width = Math.max(288, Math.min(860, width));
      this.#changed();
    });
  }

  /** @returns whether a run is on show */
  update(kind: ThemeKind): boolean {
    const { run } = this.#model.state;
    this.element.hidden = run === null;
    if (run === null) return false;
    this.#kind = kind;
    setText(this.#title, run.name);
    const sentence = run.sentence === '' ? firstText : run.sentence;
    const key = JSON.stringify([run.key, sentence, this.#model.state.asked]);
    if (key !== this.#asked) {
      // Another run's cells must not stand under this one's name.
      if (run.key !== this.#shownRun) {
        this.#data = undefined;
        this.#content.replaceChildren();
      }
      this.#shownRun = run.key;
      this.#asked = key;
      this.#sentence.value = sentence;
      void this.#ask(key, run.key, sentence);
    }
    const notice = this.#data?.answer.sumsNotice;
    setText(this.#sums, notice ?? '');
    this.#sums.hidden = notice === undefined;
    if (this.#data) this.#draw(this.#data);
    return true;
  }

  #submit(): void {
    this.#asked = '';
    this.#model.setSentence(this.#sentence.value.trim());
  }

  async #ask(key: string, run: string, sentence: string): Promise<void> {
    setText(this.#status, 'Reading the sentence…');
    try {
      const data = new RunData(await this.#model.askRun(run, sentence));
      if (key !== this.#asked) return;
      this.#data = data;
      this.#step = Math.min(this.#step, data.steps - 1);
      this.#look(Math.min(this.#layer, data.layers.length - 1));
      setText(
        this.#status,
        `${cellTitles[data.answer.cell]} of ${data.answer.hidden} units, after ${data.answer.checkpointStep.toLocaleString('en-US')} steps of training. Words with a ? are not in its vocabulary.`,
      );
    } catch (error) {
      if (key !== this.#asked) return;
      this.#data = undefined;
      this.#content.replaceChildren();
      setText(this.#status, wordsOf(error));
    }
    this.#changed();
  }

  #look(layer: number): void {
    this.#layer = layer;
    this.#page = 0;
    this.#order = this.#data?.mostVarying(layer) ?? [];
  }

  #draw(data: RunData): void {
    const focused = document.activeElement?.getAttribute('data-focus');
    const units = this.#order.slice(this.#page * unitsOnPage, (this.#page + 1) * unitsOnPage);
    this.#content.replaceChildren(
      this.#words(data, units),
      this.#choices(data, units),
      this.#diagram(data, units),
      this.#table(data, units),
      this.#reach(data),
    );
    if (focused) this.#content.querySelector<HTMLElement>(`[data-focus="${focused}"]`)?.focus();
  }

  /** A button a word: the units that are looked at, and what is held for the next word. */
  #words(data: RunData, units: readonly number[]): HTMLElement {
    const steps = data.answer.words.map(({ text, known }, step) => {
      const tiles = data.of(this.#layer, 'h', step, units).map((value) => {
        const tile = element('span', { class: 'tile' });
        tile.style.backgroundColor = swatch(value, this.#kind).fill;
        return tile;
      });
      const guesses = data.answer.guesses[step] ?? [];
      const made = element(
        'button',
        {
          type: 'button',
          class: 'word',
          'data-focus': `step-${step}`,
          'aria-current': step === this.#step ? 'step' : undefined,
          title: guesses.map(({ word, probability }) => `${word} ${percent(probability)}`).join(', '),
        },
        element('span', {}, known ? text : `${text} ?`),
        element('span', { class: 'tiles', 'aria-hidden': 'true' }, ...tiles),
        element(
          'span',
          { class: 'guess' },
          `then ${guesses[0]?.word ?? ''} ${percent(guesses[0]?.probability ?? NaN)}`,
        ),
      );
      made.addEventListener('click', () => {
        this.#step = step;
        this.#changed();
      });
      return made;
    });
    const made = element('div', { class: 'words', role: 'group', 'aria-label': 'Words of the sentence' }, ...steps);
    made.addEventListener('keydown', (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      this.#step = Math.max(0, Math.min(data.steps - 1, this.#step + by));
      steps[this.#step]?.focus();
      this.#changed();
    });
    return made;
  }

  #choices(data: RunData, units: readonly number[]): HTMLElement {
    const shape = { layers: Math.max(...data.layers.map(({ layer }) => layer)) + 1, direction: data.answer.direction };
    const layer = dropdown(
      'Layer',
      data.layers.map((one, index) => [String(index), layerWords(one, shape) || 'layer 1'] as const),
      String(this.#layer),
      (value) => {
        if (Number(value) === this.#layer) return;
        this.#look(Number(value));
        this.#changed();
      },
    );
    layer.dataset['control'] = 'layer';
    const pages = Math.ceil(this.#order.length / unitsOnPage);
    const turn = (words: string, by: number): HTMLElement => {
      const made = button(words, () => {
        this.#page += by;
        this.#changed();
      });
      made.disabled = this.#page + by < 0 || this.#page + by >= pages;
      made.dataset['focus'] = words;
      return made;
    };
    return element(
      'div',
      { class: 'section-head' },
      element('span', { class: 'labelled' }, element('span', { 'aria-hidden': 'true' }, 'Layer'), layer),
      turn('More varying', -1),
      turn('Less varying', 1),
      element('span', { class: 'muted' }, `Units ${units.map((unit) => unit + 1).join(', ')}`),
    );
  }

  #diagram(data: RunData, units: readonly number[]): HTMLElement {
    const { layer = 0, reading = 'forward' } = data.layers[this.#layer] ?? {};
    const word = data.answer.words[this.#step]?.text ?? '';
    const drawing = diagrams[data.answer.cell]({
      width: this.#width,
      units: Math.max(3, units.length),
      hasOutput: false,
      names: {
        input: layer === 0 ? `“${word}”` : `from ${layer}`,
        now: String(this.#step + 1),
        before: String(reading === 'forward' ? this.#step : this.#step + 2),
      },
    });
    const of = (name: string): number[] => data.of(this.#layer, name, this.#step, units);
    drawing.update({ kind: this.#kind, of, input: [], output: undefined });
    drawing.element.setAttribute('aria-label', `The cell after “${word}”; its figures are in the table below`);
    return element('div', { class: 'diagram-place' }, drawing.element);
  }

  #table(data: RunData, units: readonly number[]): HTMLElement {
    const shownQuantities = quantities(data.answer.cell);
    const heads = ['Unit', ...shownQuantities.map(({ title }) => title)];
    const rows = units.map((unit) =>
      element(
        'tr',
        {},
        element('th', { scope: 'row' }, String(unit + 1)),
        ...shownQuantities.map(({ source }) =>
          element('td', {}, shown(data.of(this.#layer, source, this.#step, [unit])[0] ?? NaN)),
        ),
      ),
    );
    const word = data.answer.words[this.#step]?.text ?? '';
    return element(
      'div',
      { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': 'Figures' },
      element(
        'table',
        { class: 'figures' },
        element('caption', {}, `After “${word}”`),
        element('thead', {}, element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head)))),
        element('tbody', {}, ...rows),
      ),
    );
  }

  #reach(data: RunData): HTMLElement {
    const colours = Object.values(this.#kind.endsWith('light') ? cellColours.light : cellColours.dark);
    const lines = data.layers
      .filter(({ reach }) => reach.length > 0)
      .map(({ layer, reach }, index): ReachLine => ({
        name: `Layer ${layer + 1}`,
        colour: colours[index % colours.length] ?? 'currentColor',
        dash: [undefined, '9 4', '2 3'][index % 3],
        marker: (['circle', 'square', 'triangle'] as const)[index % 3] ?? 'circle',
        values: reach.map((value) => value ?? NaN),
      }));
    const size = { width: this.#width, height: chartHeight };
    const first = lines.map(({ name, values }) => `${part(values[0] ?? NaN)} in ${name.toLowerCase()}`).join(', ');
    const summary = `Of the gradient at the last word, this reaches the first: ${first}.`;
    const picture = vector(
      'svg',
      { class: 'reach-chart', role: 'img', 'aria-label': summary, width: size.width, height: size.height },
      ...reachPicture(lines, size, null),
    );
    const legend = lines.map(({ name, colour, marker }) =>
      element(
        'li',
        {},
        vector('svg', { width: 12, height: 12, 'aria-hidden': 'true' }, markerAt(marker, 6, 6, colour)),
        name,
      ),
    );
    return element(
      'section',
      { class: 'reach', 'aria-label': 'How far the gradient reaches' },
      element('h2', {}, 'How far the gradient reaches'),
      element('p', {}, summary),
      element('ul', { class: 'reach-legend' }, ...legend),
      picture,
      element(
        'p',
        { class: 'explanation' },
        'The loss is the last step’s cross entropy. The chart shows the length of its gradient by each step’s output h, as a part of that at the last step.',
      ),
    );
  }
}

function percent(probability: number): string {
  return Number.isNaN(probability) ? '' : `${(100 * probability).toFixed(probability < 0.1 ? 1 : 0)}%`;
}
