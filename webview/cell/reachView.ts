import { cellIds, cellKinds, cellTitle } from '../../src/config/cells.ts';
import { ElementWidth } from '../shared/elementWidth.ts';
import { html, nothing, ref } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import type { ThemeKind } from '../shared/theme.ts';
import { lineLook } from './colours.ts';
import type { Model, Reach } from './model.ts';
import { part } from './numbers.ts';
import { reachLegend, reachPicture } from './reachChart.ts';
import type { ReachLine } from './reachChart.ts';
import { nearestStep } from './reachScale.ts';
import { slider } from './slider.ts';
import { sliders } from './state.ts';
import { scrolledTable } from './tables.ts';

const height = 250;

const sliderWords = {
  length: {
    label: 'Sequence length',
    hint: 'Number of steps in the sequence that the cells read.',
    format: (value: number) => `${value} steps`,
  },
  scale: {
    label: 'Weight scale',
    hint: 'The weights of the compared cells are uniform in this range.',
    format: (value: number) => `± ${value.toFixed(2)}`,
  },
  keepBias: {
    label: 'Keep-gate bias',
    hint: 'Bias of the gate that keeps the state (forget gate of an LSTM, update gate of a GRU): at 4 it keeps 98%.',
    format: (value: number) => value.toFixed(2).replace('-', '−'),
  },
};

/** How much of the gradient of the last step's loss reaches each step, for some cells side by side. */
export class ReachView {
  readonly #model: Model;
  readonly #changed: () => void;
  readonly #width: ElementWidth;
  /** The step whose values are read: under the pointer, or where the arrow keys have gone to. */
  #cursor: number | null = null;
  #isTableOpen = false;

  /** @param changed is told when it is to be rendered again, but the model is the same */
  constructor(model: Model, changed: () => void) {
    this.#model = model;
    this.#changed = changed;
    this.#width = new ElementWidth({ min: 240 }, changed);
  }

  render(kind: ThemeKind): TemplateResult {
    const reach = this.#model.reach();
    const lines = linesOf(reach, kind);
    const summary = describe(reach);
    return html`<section class="reach" aria-labelledby="reach-title">
      <h2 id="reach-title">How far the gradient reaches</h2>
      <p class="reach-summary">${summary}</p>
      <div class="reach-controls">${this.#slider('length')}${this.#slider('scale')}${this.#slider('keepBias')}</div>
      ${reachLegend(lines)}
      <div class="reach-place" ${ref(this.#width.observe)}>${this.#chart(lines, summary)}</div>
      <p class="reach-readout" role="status">${this.#readout(lines)}</p>
      <p class="explanation">
        The loss is half the squared output of the last step. The chart shows the norm of its gradient with respect to
        the state that each step passes on to the next, relative to the norm at the last step. The compared cells have
        as many units and layers as the network above, random weights from its seed, and random inputs between −1 and 1;
        the network above repeats its own sequence.
      </p>
      <details @toggle=${({ currentTarget }: Event) => this.#toggle((currentTarget as HTMLDetailsElement).open)}>
        <summary>Table of these figures</summary>
        ${this.#isTableOpen ? table(lines) : nothing}
      </details>
    </section>`;
  }

  #slider(name: keyof typeof sliders): TemplateResult {
    return slider({
      id: `slider-${name}`,
      ...sliderWords[name],
      range: sliders[name],
      value: this.#model.state.reach[name],
      changed: (value) => this.#model.setReach({ [name]: value }),
    });
  }

  #chart(lines: readonly ReachLine[], summary: string): TemplateResult {
    const size = { width: this.#width.value, height };
    return html`<svg
      class="reach-chart"
      role="img"
      tabindex="0"
      width=${size.width}
      height=${height}
      viewBox=${`0 0 ${size.width} ${height}`}
      aria-label=${`${summary} The left and right arrow keys read the values of a step.`}
      @pointermove=${({ currentTarget, clientX }: PointerEvent) => {
        const { left, width } = (currentTarget as Element).getBoundingClientRect();
        this.#go(nearestStep(clientX - left, this.#count, { width, height }));
      }}
      @pointerleave=${() => this.#go(null)}
      @keydown=${(event: KeyboardEvent) => this.#key(event)}
    >
      ${reachPicture(lines, size, this.#step)}
    </svg>`;
  }

  #readout(lines: readonly ReachLine[]): string {
    const step = this.#step;
    if (step === null) return 'Point at the chart or use the arrow keys to read values.';
    const values = lines.map(({ name, values: all }) => `${name} ${part(all[step] ?? NaN)}`);
    return `Step ${step + 1}: ${values.join(', ')}`;
  }

  get #count(): number {
    return this.#model.state.reach.length;
  }

  /** Where the cursor is: the sequence may have become shorter. */
  get #step(): number | null {
    return this.#cursor === null ? null : Math.min(this.#cursor, this.#count - 1);
  }

  #go(step: number | null): void {
    if (step === this.#cursor) return;
    this.#cursor = step;
    this.#changed();
  }

  #key(event: KeyboardEvent): void {
    const last = this.#count - 1;
    const at = this.#step ?? last + 1;
    const step = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    this.#go(Math.max(0, Math.min(last, step)));
  }

  #toggle(isOpen: boolean): void {
    this.#isTableOpen = isOpen;
    this.#changed();
  }
}

/** A row a step: made only while it is open. */
function table(lines: readonly ReachLine[]): TemplateResult {
  const count = lines[0]?.values.length ?? 0;
  const rows = Array.from(
    { length: count },
    (_, step) =>
      html`<tr>
        <th scope="row">${step + 1}</th>
        ${lines.map(({ values }) => html`<td>${part(values[step] ?? NaN)}</td>`)}
      </tr>`,
  );
  return scrolledTable({ label: 'Gradient by step', heads: ['Step', ...lines.map(({ name }) => name)], rows });
}

function linesOf({ compared, shown }: Reach, kind: ThemeKind): ReachLine[] {
  return [
    ...compared.map(({ cell, values }) => ({
      name: cellTitle(cell),
      ...lineLook(cellIds.indexOf(cell), kind),
      values,
    })),
    { name: 'The network above', colour: 'currentColor', dash: '1 4', marker: 'diamond', values: shown },
  ];
}

function describe({ compared, shown }: Reach): string {
  const first = compared.map(({ cell, values }) => `${part(values[0] ?? NaN)} in the ${cellKinds[cell].name}`);
  const own = Number.isFinite(shown[0]) ? `, ${part(shown[0] ?? NaN)} in the network above` : '';
  return `Fraction of the gradient at step ${shown.length} that reaches the first step: ${first.join(', ')}${own}.`;
}
