import { button } from '../shared/controls.ts';
import type { Content } from '../shared/controls.ts';
import { guard, html, ifDefined, live, nothing } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import { flowSteps, layerWords, placeOf } from './flowScene.ts';
import { flowSlider } from './flowSlider.ts';
import type { Model, ShownRun } from './model.ts';
import { epochHeads, epochRows, flowTableRows, pageCount, stepHeads, stepRows, stepsOnPage } from './tableRows.ts';
import { titleOf } from './words.ts';

/** The charts' figures as tables: the epochs of all shown runs, and the steps of one of them by pages. */
export class TableView {
  readonly #model: Model;
  readonly #redraw: () => void;
  /** The key of the run whose steps are there; another's are where it is not shown. */
  #chosen = '';
  /** From 0, the newest steps. */
  #page = 0;

  /** @param redraw renders at once: what is read after a turn of the page is the other page */
  constructor(model: Model, redraw: () => void) {
    this.#model = model;
    this.#redraw = redraw;
  }

  render(): TemplateResult {
    const shown = this.#model.shown();
    const run = shown.find(({ run: { key } }) => key === this.#chosen) ?? shown[0];
    const pages = run?.loaded.data === undefined ? 1 : pageCount(run.loaded.data);
    const page = Math.min(this.#page, pages - 1);
    const turnTo = (wanted: number): void => {
      this.#page = wanted;
      this.#redraw();
    };
    return html`<section class="tables" aria-label="Figures">
      <div class="table-scroll">${epochsTable(shown)}</div>
      <div class="pager" role="group" aria-label="Steps to show">
        <label for="table-run">Steps of</label>${this.#runChoice(shown, run)}
        ${button('Newer', { click: () => turnTo(page - 1), disabled: page === 0 })}
        ${button('Older', { click: () => turnTo(page + 1), disabled: page >= pages - 1 })}
        <span role="status">${`Page ${page + 1} of ${pages}`}</span>
      </div>
      <div class="table-scroll">${stepsTable(run, page)}</div>
      ${run === undefined ? nothing : this.#flow(run)}
    </section>`;
  }

  #runChoice(shown: readonly ShownRun[], chosen: ShownRun | undefined): TemplateResult {
    const option = ({ run: { key, name } }: ShownRun): TemplateResult =>
      html`<option value=${key} .selected=${live(key === chosen?.run.key)}>${name}</option>`;
    return html`<select
      id="table-run"
      @change=${({ currentTarget }: Event) => {
        this.#chosen = (currentTarget as HTMLSelectElement).value;
        this.#page = 0;
        this.#redraw();
      }}
    >
      ${shown.map(option)}
    </select>`;
  }

  /** Below the steps, where the run has records of its gradient flow. */
  #flow({ run, loaded }: ShownRun): TemplateResult | typeof nothing {
    const data = loaded.data?.flow;
    const place = data?.at(this.#model.state.flowStep);
    if (data === undefined || place === undefined) return nothing;
    return html`<div>
      <div class="flow-choice">${flowSlider(this.#model, 'table-flow-step', flowSteps([{ data }]))}</div>
      <div class="table-scroll">
        ${table({
          caption: `Gradient flow of ${run.name} at ${placeOf(place)}`,
          heads: ['Distance', ...data.layers.map(layerWords)],
          bodies: [body(flowTableRows(data, place.record))],
          kind: 'figures flow-figures',
        })}
      </div>
    </div>`;
  }
}

function epochsTable(shown: readonly ShownRun[]): TemplateResult {
  const ofRun = ({ run, loaded: { data } }: ShownRun): TemplateResult => {
    const head = html`<tr>
      <th scope="rowgroup" colspan=${epochHeads.length}>${titleOf(run)}</th>
    </tr>`;
    const rows = data === undefined ? [] : epochRows(data);
    const none = [[data === undefined ? 'Not loaded yet' : 'No epoch has ended yet']];
    return body(rows.length > 0 ? rows : none, { head });
  };
  const bodies = shown.map((item) => {
    const { data } = item.loaded;
    // Of many runs these are thousands of cells, and new ones come only at the end of an epoch.
    return guard([item.run.name, data, data?.epochs.length, data?.epochs.rewritten], () => ofRun(item));
  });
  return table({ caption: 'Epochs of the shown runs', heads: epochHeads, bodies });
}

function stepsTable(shown: ShownRun | undefined, page: number): TemplateResult {
  const data = shown?.loaded.data;
  const caption =
    shown === undefined ? 'No run is shown' : `Steps of ${titleOf(shown.run)}, newest first, ${stepsOnPage} a page`;
  const rows = data === undefined ? [] : stepRows(data, page);
  // Where the page lies in the whole table; the heads are its first row.
  const bodies = [body(rows, { firstRow: 2 + page * stepsOnPage })];
  return table({ caption, heads: stepHeads, bodies, rowCount: 1 + (data?.steps.length ?? 0) });
}

interface Table {
  readonly caption: string;
  readonly heads: readonly string[];
  readonly bodies: readonly Content[];
  /** Of the whole table with its heads, where only a page of it is there. */
  readonly rowCount?: number;
  /** Its classes. */
  readonly kind?: string;
}

function table({ caption, heads, bodies, rowCount, kind = 'figures' }: Table): TemplateResult {
  return html`<table class=${kind} aria-rowcount=${ifDefined(rowCount)}>
    <caption .textContent=${caption}></caption>
    <thead>
      <tr>
        ${heads.map((words) => html`<th scope="col">${words}</th>`)}
      </tr>
    </thead>
    ${bodies}
  </table>`;
}

/** @param place a row above the others, and the first row's place in the whole table where only a page of it is there */
function body(rows: readonly string[][], place: { head?: TemplateResult; firstRow?: number } = {}): TemplateResult {
  const { head = nothing, firstRow } = place;
  const row = ([first = '', ...rest]: readonly string[], index: number): TemplateResult =>
    html`<tr aria-rowindex=${ifDefined(firstRow === undefined ? undefined : firstRow + index)}>
      <th scope="row">${first}</th>
      ${rest.map((cell) => html`<td>${cell}</td>`)}
    </tr>`;
  return html`<tbody>
    ${head}${rows.map(row)}
  </tbody>`;
}
