import { idsOf, readings } from '../../src/config/vocabulary.ts';
import { saveLabel } from '../../src/config/exporters.ts';
import type { ExporterIdOf } from '../../src/config/exporters.ts';
import { exportButtons, group, iconButton, labelledDropdown } from '../shared/controls.ts';
import type { Content } from '../shared/controls.ts';
import { html } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import { icon } from './icons.ts';
import type { Model } from './model.ts';
import { orderNames } from './order.ts';
import type { OrderName } from './order.ts';
import { nameWords, nearestSeries, shapeOf } from './series.ts';
import { orderWords } from './words.ts';
import { workLine } from './workLine.ts';

export interface SeriesBarActions {
  readonly zoom: (factor: number) => void;
  /** All of it, or all units with words that can be read. */
  readonly fit: (what: 'all' | 'words') => void;
  /** Saves what is on show. */
  readonly save: (format: ExporterIdOf<'page'>) => void;
  /** Has the host save all states of the text. */
  readonly saveStates: (format: ExporterIdOf<'host'>) => void;
}

/** Which numbers are drawn, in which order, and how large. */
export function seriesBar(model: Model, actions: SeriesBarActions): TemplateResult {
  const { zoom, fit } = actions;
  return html`<div class="toolbar" ?hidden=${model.first.available.length === 0}>
    ${group('What is drawn', ...seriesControls(model))}${orderControl(model)}
    <div class="group tight" role="group" aria-label="Zoom">
      ${iconButton('Zoom out (−)', icon('zoomOut'), { click: () => zoom(0.5) })}
      ${iconButton('Zoom in (+)', icon('zoomIn'), { click: () => zoom(2) })}
      ${iconButton('Fit columns to their words', icon('words'), { click: () => fit('words') })}
      ${iconButton('Show all (0)', icon('all'), { click: () => fit('all') })}
    </div>
    ${group(
      'Files',
      exportButtons(actions.save),
      ...Array.from(model.exported, ([format, work]) =>
        workLine(work, {
          words: saveLabel(format),
          start: () => actions.saveStates(format),
          title: 'All states and gates of the text',
          isPossible: model.canSaveStates,
        }),
      ),
    )}
  </div>`;
}

function seriesControls(model: Model): Content[] {
  const { first, state } = model;
  const { available } = first;
  // What is on show, or will be once it is read: which may not be all that was wished for.
  const chosen = nearestSeries(state.series, available) ?? state.series;
  const { layers, isBoth } = shapeOf(available);
  const names = [...new Set(available.map(({ name }) => name))];
  const choose = (change: Partial<typeof chosen>): void => model.set({ series: { ...chosen, ...change } });
  return [
    labelledDropdown({
      label: 'Show',
      control: 'series',
      options: names.map((name) => [name, nameWords(name)] as const),
      value: chosen.name,
      chosen: (name) => choose({ name }),
    }),
    labelledDropdown(
      {
        label: 'Layer',
        control: 'layer',
        options: Array.from({ length: layers }, (_, layer) => [String(layer), String(layer + 1)] as const),
        value: String(chosen.layer),
        chosen: (layer) => choose({ layer: Number(layer) }),
      },
      { hidden: layers < 2 },
    ),
    labelledDropdown(
      {
        label: 'Direction',
        control: 'reading',
        options: idsOf(readings).map((reading) => [reading, readings[reading].title]),
        value: chosen.reading,
        chosen: (reading) => choose({ reading: reading === 'backward' ? 'backward' : 'forward' }),
      },
      { hidden: !isBoth },
    ),
  ];
}

function orderControl(model: Model): TemplateResult {
  const { order, orderUnit, unit } = model.state;
  const units = model.shown('first')?.grid.units ?? 1;
  const reference = Math.min(order === 'correlation' ? orderUnit : (unit ?? orderUnit), units - 1);
  return labelledDropdown({
    label: 'Order',
    control: 'order',
    options: orderNames.map(
      (name) => [name, name === 'correlation' ? `Correlation with unit ${reference + 1}` : orderWords[name]] as const,
    ),
    value: order,
    chosen: (name) => model.set({ order: name as OrderName, orderUnit: unit ?? orderUnit }),
  });
}
