import { cellKinds, stateTitles } from '../../src/config/cells.ts';
import { readingsOf } from '../../src/config/vocabulary.ts';
import { html, nothing } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import type { ThemeKind } from '../shared/theme.ts';
import { swatch } from './colours.ts';
import type { Model } from './model.ts';
import { cellOf, inputSize, layerNames, outputBias, outputWeights } from './network.ts';
import type { NetworkShape } from './network.ts';
import { numberField } from './numberField.ts';
import type { Place } from './state.ts';
import { capital, directionArrow, gateTitle, layerTitle } from './words.ts';

/** From this size on a weight has the full colour. */
const fullColour = 2;

/** A row of a matrix: where its numbers lie in their tensor, and what they are called. */
interface Row {
  readonly head: string;
  readonly name: string;
  /** The place of its first number. */
  readonly first: number;
  /** For screen readers. */
  readonly label: string;
}

interface Matrix {
  readonly title: string;
  readonly rows: readonly Row[];
  readonly columns: number;
}

/** The numbers of a layer and of the output, to be changed: a matrix a gate, rows for what goes in, columns for units. */
export function matrices(model: Model, kind: ThemeKind): TemplateResult {
  const { network, place } = model.state;
  return html`<section class="weights" aria-labelledby="weights-title">
    <h2 id="weights-title">${layerTitle('Weights', place, network.shape)}</h2>
    <div class="matrices">${matricesAt(place, network.shape).map((matrix) => table(matrix, model, kind))}</div>
  </section>`;
}

function matricesAt(place: Place, shape: NetworkShape): Matrix[] {
  const { gates, states } = cellOf(shape.cell);
  const { start } = layerNames(place.reading, place.layer);
  const starts = states.map((state) => ({
    head: state,
    name: start(state),
    first: 0,
    label: `${state} before the first step`,
  }));
  return [
    ...gates.map((gate, index) => gateMatrix(gate, index * shape.hidden, { place, shape })),
    ...stateMatrices(place, shape),
    { title: 'Output', rows: outputRows(shape), columns: 1 },
    { title: 'Before the first step', rows: starts, columns: shape.hidden },
  ];
}

/** Of a gate: rows for the input, for the units of the step before, and for the bias. @param first its first column */
function gateMatrix(gate: string, first: number, { place, shape }: { place: Place; shape: NetworkShape }): Matrix {
  const { hidden, cell } = shape;
  const names = layerNames(place.reading, place.layer);
  const stride = cellOf(cell).gates.length * hidden;
  const isState = cellKinds[cell].gates[gate]?.becomes !== undefined;
  const of = isState ? '' : `${gate}, `;
  const inputs = Array.from({ length: inputSize(shape, place.layer) }, (_, row) => ({
    head: place.layer === 0 ? 'input x' : `input ${row + 1}`,
    name: names.input,
    first: first + row * stride,
    label: `${of}input weight${place.layer === 0 ? '' : ` from unit ${row + 1} of layer ${place.layer}`}`,
  }));
  const recurrent = Array.from({ length: hidden }, (_, row) => ({
    head: `recurrent h${row + 1}`,
    name: names.recurrent,
    first: first + row * stride,
    label: `${of}recurrent weight from unit ${row + 1}`,
  }));
  const bias = { head: 'bias', name: names.bias, first, label: `${of}bias` };
  return {
    title: isState ? 'State' : gateTitle(gate),
    rows: [...inputs, ...recurrent, bias, ...ownRows(gate, { place, shape })],
    columns: hidden,
  };
}

/** The cell's own weights of one gate or state. */
function ownRows(block: string, { place, shape }: { place: Place; shape: NetworkShape }): Row[] {
  const { own = {} } = cellKinds[shape.cell];
  const names = layerNames(place.reading, place.layer);
  return Object.entries(own).flatMap(([name, { title, blocks }]) => {
    const index = blocks.indexOf(block);
    return index < 0
      ? []
      : [{ head: title, name: names.own(name), first: index * shape.hidden, label: `${block}, ${title}` }];
  });
}

/** Of the states that have weights of their own. */
function stateMatrices(place: Place, shape: NetworkShape): Matrix[] {
  return cellKinds[shape.cell].states.flatMap((state) => {
    const rows = ownRows(state, { place, shape });
    return rows.length === 0 ? [] : [{ title: stateTitles[state], rows, columns: shape.hidden }];
  });
}

function outputRows(shape: NetworkShape): Row[] {
  const weights = readingsOf[shape.direction].flatMap((reading, side) =>
    Array.from({ length: shape.hidden }, (_, unit) => ({
      head: `weight h${unit + 1}${directionArrow(shape, reading)}`,
      name: outputWeights,
      first: side * shape.hidden + unit,
      label: `output weight from unit ${unit + 1}${shape.direction === 'forward' ? '' : `, read ${reading}`}`,
    })),
  );
  return [...weights, { head: 'bias', name: outputBias, first: 0, label: 'output bias' }];
}

function table({ title, rows, columns }: Matrix, model: Model, kind: ThemeKind): TemplateResult {
  const units = Array.from({ length: columns }, (_, column) => column);
  const head = html`<thead>
    <tr>
      <td></td>
      ${units.map((unit) => html`<th scope="col">unit ${unit + 1}</th>`)}
    </tr>
  </thead>`;
  const field = ({ name, first, label }: Row, unit: number): unknown => {
    const place = first + unit;
    const value = model.state.network.parameters[name]?.[place] ?? 0;
    return numberField({
      name: capital(columns > 1 ? `${label} to unit ${unit + 1}` : label),
      value,
      changed: (changed) => model.setParameter(name, place, changed),
      tone: swatch(value, kind, fullColour).fill,
    });
  };
  const body = rows.map(
    (row) =>
      html`<tr>
        <th scope="row">${row.head}</th>
        ${units.map((unit) => html`<td>${field(row, unit)}</td>`)}
      </tr>`,
  );
  return html`<div class="matrix-scroll">
    <table class="matrix">
      <caption .textContent=${title}></caption>
      ${columns > 1 ? head : nothing}
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}
