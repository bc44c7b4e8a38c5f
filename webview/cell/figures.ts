import { html, ifDefined, nothing } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import type { Model } from './model.ts';
import { shown } from './numbers.ts';
import { layerAt, unitsOf } from './scene.ts';
import type { ExplorerNetwork, Place } from './state.ts';
import { scrolledTable } from './tables.ts';
import { layerTitle, quantities } from './words.ts';

/** So many rows are there at once: more would take longer to lay out than a frame lasts. */
const maxRows = 48;

/** The same figures as a table: a row a step and unit; of a long sequence the steps around the one that is looked at. */
export function figures(model: Model): TemplateResult {
  const { network, place } = model.state;
  const { shape, inputs } = network;
  const { from, to } = stepsShown(place, network);
  const hasInput = place.layer === 0;
  const hasOutput = place.layer === shape.layers - 1;
  const hasUnits = shape.hidden > 1;
  const heads = [
    'Step',
    ...(hasInput ? ['Input'] : []),
    ...(hasUnits ? ['Unit'] : []),
    ...quantities(shape.cell).map(({ title }) => title),
    ...(hasOutput ? ['Output'] : []),
  ];
  const which = to - from === inputs.length ? 'Every step' : `Steps ${from + 1} to ${to} of ${inputs.length}`;
  const steps = Array.from({ length: to - from }, (_, index) => from + index);
  const table = scrolledTable({
    label: 'Figures',
    caption: layerTitle(which, place, shape),
    heads,
    rows: steps.flatMap((step) => rowsOf(model, step, { hasInput, hasUnits, hasOutput })),
  });
  return html`<section class="cell-section" aria-labelledby="figures-title">
    <h2 id="figures-title">Figures</h2>
    ${table}
  </section>`;
}

/** A row a unit; what all units share stands in the first. */
function rowsOf(
  model: Model,
  step: number,
  { hasInput, hasUnits, hasOutput }: { hasInput: boolean; hasUnits: boolean; hasOutput: boolean },
): TemplateResult[] {
  const { network, place } = model.state;
  const units = unitsOf(place, network.shape);
  const values = layerAt(model.unrolled(), place).steps[step] ?? {};
  const look = (): void => model.look({ step });
  const here = place.step === step ? ' here' : '';
  return units.map((unit, index) => {
    const isFirst = index === 0;
    return html`<tr data-step=${step} class=${`${isFirst ? 'first' : ''}${here}`} @click=${look}>
      ${isFirst ? html`<th scope="rowgroup" rowspan=${units.length}>${step + 1}</th>` : nothing}
      ${isFirst && hasInput ? figure(network.inputs[step], units.length) : nothing}
      ${hasUnits ? html`<th scope="row">${unit + 1}</th>` : nothing}
      ${quantities(network.shape.cell).map(({ source }) => figure(values[source]?.[unit]))}
      ${isFirst && hasOutput ? figure(model.unrolled().outputs[step], units.length) : nothing}
    </tr>`;
  });
}

function figure(value = NaN, rowspan?: number): TemplateResult {
  return html`<td rowspan=${ifDefined(rowspan)}>${shown(value)}</td>`;
}

/** The steps that have rows: a page of them, the one with the step that is looked at. */
function stepsShown(place: Place, { shape, inputs }: ExplorerNetwork): { from: number; to: number } {
  const onPage = Math.max(1, Math.floor(maxRows / unitsOf(place, shape).length));
  const from = Math.floor(place.step / onPage) * onPage;
  return { from, to: Math.min(inputs.length, from + onPage) };
}
