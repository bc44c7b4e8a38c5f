import { element, setText, vector } from '../shared/dom.ts';
import type { ThemeKind } from '../shared/theme.ts';
import { cellColours } from './colours.ts';
import type { Model, Reach } from './model.ts';
import { cellNames } from './network.ts';
import { part } from './numbers.ts';
import { followWidth } from './followWidth.ts';
import { markerAt, reachPicture } from './reachChart.ts';
import type { ReachLine } from './reachChart.ts';
import { nearestStep } from './reachScale.ts';
import { slider } from './slider.ts';
import { sliders } from './state.ts';
import { capital, cellTitles, cellWords } from './words.ts';

const markers = { rnn: 'circle', gru: 'square', lstm: 'triangle' } as const;
const dashes = { rnn: '2 3', gru: '9 4', lstm: undefined } as const;
const height = 250;
const narrowest = 240;

/** How much of the gradient of the last step's loss reaches each step, for cells of each kind side by side. */
export class ReachView {
  readonly element: HTMLElement;
  readonly #picture = vector('svg', { class: 'reach-chart', role: 'img', tabindex: 0, height });
  readonly #legend = element('ul', { class: 'reach-legend', 'aria-label': 'Lines of the chart' });
  readonly #summary = element('p', { class: 'reach-summary' });
  readonly #readout = element('p', { class: 'reach-readout', role: 'status' });
  readonly #table = element('table', { class: 'figures' });
  readonly #details: HTMLDetailsElement;
  readonly #sliders: readonly { element: HTMLElement; update: () => void }[];
  readonly #model: Model;
  #lines: readonly ReachLine[] = [];
  #cursor: number | null = null;
  #tabled = '';
  #width = narrowest;

  constructor(model: Model) {
    this.#model = model;
    this.#sliders = this.#makeSliders();
    const scroll = { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': 'Gradient by step' };
    this.#details = element(
      'details',
      {},
      element('summary', {}, 'Table of these figures'),
      element('div', scroll, this.#table),
    );
    this.#details.addEventListener('toggle', () => this.#fillTable());
    const explanation = element(
      'p',
      { class: 'explanation' },
      'The loss is half the squared output of the last step. The chart shows the length of its gradient by the state that ' +
        'each step passes on to the next, as a part of that at the last step. The compared cells have as many units and ' +
        'layers as the network above, random weights of its seed, and read random numbers in ±1; the network above reads ' +
        'its own sequence again and again.',
    );
    const place = element('div', { class: 'reach-place' }, this.#picture);
    followWidth(place, (width) => {
      this.#width = Math.max(narrowest, width);
      this.#draw();
    });
    this.element = element(
      'section',
      { class: 'reach', 'aria-labelledby': 'reach-title' },
      element('h2', { id: 'reach-title' }, 'How far the gradient reaches'),
      this.#summary,
      element('div', { class: 'reach-controls' }, ...this.#sliders.map(({ element: made }) => made)),
      this.#legend,
      place,
      this.#readout,
      explanation,
      this.#details,
    );
    this.#listen();
  }

  update(kind: ThemeKind): void {
    for (const { update } of this.#sliders) update();
    const reach = this.#model.reach();
    this.#lines = linesOf(reach, kind);
    setText(this.#summary, summaryOf(reach));
    this.#draw();
    this.#fillTable();
  }

  #makeSliders() {
    const model = this.#model;
    const of = (name: keyof typeof sliders, label: string, words: (value: number) => string, hint: string) =>
      slider({
        label,
        hint,
        range: sliders[name],
        value: () => model.state.reach[name],
        words,
        changed: (value) => model.setReach({ [name]: value }),
      });
    return [
      of(
        'length',
        'Sequence length',
        (value) => `${value} steps`,
        'How many steps are between the first and the last.',
      ),
      of(
        'scale',
        'Weight scale',
        (value) => `± ${value.toFixed(2)}`,
        'The compared cells’ weights are uniform in this.',
      ),
      of(
        'keepBias',
        'Keeping gates’ bias',
        (value) => value.toFixed(2).replace('-', '−'),
        'Of the LSTM’s forget gate and the GRU’s update gate: at 4 they begin 98 % open.',
      ),
    ];
  }

  #draw(): void {
    const size = { width: this.#width, height };
    this.#picture.setAttribute('width', String(size.width));
    this.#picture.setAttribute('viewBox', `0 0 ${size.width} ${size.height}`);
    const count = this.#lines[0]?.values.length ?? 1;
    if (this.#cursor !== null) this.#cursor = Math.min(this.#cursor, count - 1);
    this.#picture.replaceChildren(...reachPicture(this.#lines, size, this.#cursor));
    this.#picture.setAttribute(
      'aria-label',
      `${this.#summary.textContent} Left and right arrow: read the values of a step.`,
    );
    this.#legend.replaceChildren(
      ...this.#lines.map(({ name, colour, dash, marker }) => {
        const sample = vector(
          'svg',
          { width: 28, height: 12, viewBox: '0 0 28 12', 'aria-hidden': 'true' },
          vector('path', { d: 'M0 6H28', class: 'line', stroke: colour, 'stroke-dasharray': dash }),
          markerAt(marker, 14, 6, colour),
        );
        return element('li', {}, sample, name);
      }),
    );
    this.#read();
  }

  /** The values at the step under the pointer, or at the one that the arrow keys have gone to. */
  #read(): void {
    const at = this.#cursor;
    if (at === null) return setText(this.#readout, 'Point at the chart, or use its arrow keys, to read values.');
    const values = this.#lines.map(({ name, values: all }) => `${name} ${part(all[at] ?? NaN)}`);
    setText(this.#readout, `Step ${at + 1}: ${values.join(', ')}`);
  }

  #listen(): void {
    const count = (): number => this.#lines[0]?.values.length ?? 1;
    const go = (step: number | null): void => {
      this.#cursor = step;
      this.#draw();
    };
    this.#picture.addEventListener('pointermove', (event) => {
      const { left, width } = this.#picture.getBoundingClientRect();
      go(nearestStep(event.clientX - left, count(), { width, height }));
    });
    this.#picture.addEventListener('pointerleave', () => go(null));
    this.#picture.addEventListener('keydown', (event) => {
      const last = count() - 1;
      const at = this.#cursor ?? last + 1;
      const step = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      go(Math.max(0, Math.min(last, step)));
    });
  }

  /** Only while it is open: it has a row a step. */
  #fillTable(): void {
    if (!this.#details.open) return;
    const stamp = JSON.stringify(this.#lines.map(({ name, values }) => [name, values]));
    if (stamp === this.#tabled) return;
    this.#tabled = stamp;
    const count = this.#lines[0]?.values.length ?? 0;
    const heads = ['Step', ...this.#lines.map(({ name }) => name)];
    const rows = Array.from({ length: count }, (_, step) =>
      element(
        'tr',
        {},
        element('th', { scope: 'row' }, String(step + 1)),
        ...this.#lines.map(({ values }) => element('td', {}, part(values[step] ?? NaN))),
      ),
    );
    this.#table.replaceChildren(
      element('thead', {}, element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head)))),
      element('tbody', {}, ...rows),
    );
  }
}

function linesOf({ compared, shown }: Reach, kind: ThemeKind): ReachLine[] {
  const colours = kind.endsWith('light') ? cellColours.light : cellColours.dark;
  return [
    ...cellNames.map((cell) => ({
      name: cellTitles[cell],
      colour: colours[cell],
      dash: dashes[cell],
      marker: markers[cell],
      values: compared[cell],
    })),
    { name: 'The network above', colour: 'currentColor', dash: '1 4', marker: 'diamond', values: shown },
  ];
}

function summaryOf({ compared, shown }: Reach): string {
  const first = cellNames.map((cell) => `${part(compared[cell][0] ?? NaN)} in ${cellWords[cell]}`);
  const own = Number.isFinite(shown[0]) ? `, ${part(shown[0] ?? NaN)} in the network above` : '';
  return capital(`of the gradient at step ${shown.length}, this reaches the first step: ${first.join(', ')}${own}.`);
}
