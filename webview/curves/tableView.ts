import { element, setText } from '../shared/dom.ts';
import type { Button } from '../shared/toolkit.ts';
import { button } from '../shared/toolkit.ts';
import { flowSteps, layerWords, placeOf } from './flowScene.ts';
import { flowSlider } from './flowSlider.ts';
import type { Model, ShownRun } from './model.ts';
import { epochHeads, epochRows, flowTableRows, pageCount, stepHeads, stepRows, stepsOnPage } from './tableRows.ts';

/** The charts' figures as tables: the epochs of all shown runs, and the steps of one of them by pages. */
export class TableView {
  readonly element: HTMLElement;
  readonly #epochs = element('table', { class: 'figures' });
  readonly #steps = element('table', { class: 'figures' });
  readonly #choice = element('select', { id: 'table-run' });
  readonly #pages = element('span', { role: 'status' });
  readonly #newer: Button;
  readonly #older: Button;
  #shown: readonly ShownRun[] = [];
  #page = 0;
  #epochsDrawn = '';
  #stepsDrawn = '';
  #choices = '';
  readonly #model: Model;
  readonly #flow = element('table', { class: 'figures flow-figures' });
  readonly #flowSlider;
  readonly #flowPart: HTMLElement;
  #flowDrawn = '';

  constructor(model: Model) {
    this.#model = model;
    this.#newer = button('Newer', () => this.#turn(-1));
    this.#older = button('Older', () => this.#turn(1));
    this.#choice.addEventListener('change', () => {
      this.#page = 0;
      this.#drawSteps();
      this.#drawFlow();
    });
    const pager = element(
      'div',
      { class: 'pager', role: 'group', 'aria-label': 'Steps to show' },
      element('label', { for: 'table-run' }, 'Steps of'),
      this.#choice,
      this.#newer,
      this.#older,
      this.#pages,
    );
    const scroll = (table: HTMLElement): HTMLElement => element('div', { class: 'table-scroll' }, table);
    this.#flowSlider = flowSlider(model, 'table-flow-step');
    const choice = element('div', { class: 'flow-choice' }, this.#flowSlider.element);
    this.#flowPart = element('div', {}, choice, scroll(this.#flow));
    this.element = element(
      'section',
      { class: 'tables', 'aria-label': 'Figures' },
      scroll(this.#epochs),
      pager,
      scroll(this.#steps),
    );
  }

  update(shown: readonly ShownRun[]): void {
    this.#shown = shown;
    const choices = JSON.stringify(shown.map(({ run }) => [run.key, run.name]));
    if (choices !== this.#choices) {
      const chosen = this.#choice.value;
      this.#choice.replaceChildren(...shown.map(({ run }) => element('option', { value: run.key }, run.name)));
      if (shown.some(({ run }) => run.key === chosen)) this.#choice.value = chosen;
      this.#choices = choices;
    }
    this.#drawEpochs();
    this.#drawSteps();
    this.#drawFlow();
  }

  /** Made anew only when there is another epoch: a reader's place in the table would be lost. */
  #drawEpochs(): void {
    const stamp = JSON.stringify(
      this.#shown.map(({ run, loaded }) => [
        run.key,
        run.name,
        loaded.data?.epochs.length,
        loaded.data?.epochs.rewritten,
      ]),
    );
    if (stamp === this.#epochsDrawn) return;
    this.#epochsDrawn = stamp;
    const bodies = this.#shown.map(({ run, loaded }) => {
      const rows = loaded.data ? epochRows(loaded.data) : [];
      const head = element('th', { scope: 'rowgroup', colspan: epochHeads.length }, run.name);
      const none = [[loaded.data ? 'No epoch has ended yet' : 'Not loaded yet']];
      return element(
        'tbody',
        {},
        element('tr', {}, head),
        ...(rows.length > 0 ? rows : none).map((row) => tableRow(row)),
      );
    });
    this.#epochs.replaceChildren(element('caption', {}, 'Epochs of the shown runs'), heads(epochHeads), ...bodies);
  }

  #drawSteps(): void {
    const chosen = this.#shown.find(({ run }) => run.key === this.#choice.value);
    const data = chosen?.loaded.data;
    const pages = data === undefined ? 1 : pageCount(data);
    this.#page = Math.min(this.#page, pages - 1);
    const stamp = JSON.stringify([
      chosen?.run.key,
      chosen?.run.name,
      this.#page,
      data?.steps.length,
      data?.steps.rewritten,
    ]);
    if (stamp === this.#stepsDrawn) return;
    this.#stepsDrawn = stamp;
    setText(this.#pages, `Page ${this.#page + 1} of ${pages}`);
    this.#newer.disabled = this.#page === 0;
    this.#older.disabled = this.#page >= pages - 1;
    const caption =
      chosen === undefined ? 'No run is shown' : `Steps of ${chosen.run.name}, newest first, ${stepsOnPage} a page`;
    const rows = data === undefined ? [] : stepRows(data, this.#page);
    // Where the page lies in the whole table; the heads are its first row.
    this.#steps.setAttribute('aria-rowcount', String(1 + (data?.steps.length ?? 0)));
    const firstRow = 2 + this.#page * stepsOnPage;
    this.#steps.replaceChildren(
      element('caption', {}, caption),
      heads(stepHeads),
      element('tbody', {}, ...rows.map((row, index) => tableRow(row, firstRow + index))),
    );
  }

  /** Below the steps, where the run has records of its gradient flow. */
  #drawFlow(): void {
    const chosen = this.#shown.find(({ run }) => run.key === this.#choice.value);
    const data = chosen?.loaded.data?.flow;
    const place = data?.at(this.#model.state.flowStep);
    if (chosen === undefined || data === undefined || place === undefined) return this.#flowPart.remove();
    if (!this.#flowPart.isConnected) this.element.append(this.#flowPart);
    this.#flowSlider.update(flowSteps([{ data }]));
    const rows = flowTableRows(data, place.record);
    const stamp = JSON.stringify([chosen.run.key, chosen.run.name, place, rows]);
    if (stamp === this.#flowDrawn) return;
    this.#flowDrawn = stamp;
    this.#flow.replaceChildren(
      element('caption', {}, `Gradient flow of ${chosen.run.name} at ${placeOf(place)}`),
      heads(['Distance', ...data.layers.map(layerWords)]),
      element('tbody', {}, ...rows.map((row) => tableRow(row))),
    );
  }

  #turn(by: number): void {
    this.#page = Math.max(0, this.#page + by);
    this.#drawSteps();
  }
}

function heads(words: readonly string[]): HTMLElement {
  return element('thead', {}, element('tr', {}, ...words.map((word) => element('th', { scope: 'col' }, word))));
}

/** @param index in the whole table, from 1, where only a page of it is there */
function tableRow(cells: readonly string[], index?: number): HTMLElement {
  const [first = '', ...rest] = cells;
  return element(
    'tr',
    { 'aria-rowindex': index },
    element('th', { scope: 'row' }, first),
    ...rest.map((cell) => element('td', {}, cell)),
  );
}
