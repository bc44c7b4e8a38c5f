import type { ExporterIdOf } from '../../src/config/exporters.ts';
import * as controls from '../shared/controls.ts';
import { button, checkbox, dropdown, exportButtons, group, iconButton, labelled } from '../shared/controls.ts';
import type { Content } from '../shared/controls.ts';
import { classMap, html, live, nothing } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import { icon } from './icons.ts';
import type { Model } from './model.ts';
import { opener } from './opener.ts';
import type { ChartId, PanelState } from './state.ts';
import { chartIds } from './state.ts';
import { axisTitles, chartTitles } from './words.ts';

/** What the buttons do that concerns more than the model. */
export interface ToolbarActions {
  readonly zoom: (factor: number) => void;
  readonly move: (part: number) => void;
  readonly reset: () => void;
  readonly save: (format: ExporterIdOf<'page'>) => void;
}

interface ToolbarOptions {
  readonly picker: Content;
  readonly actions: ToolbarActions;
  /** The controls that say how the charts look: in a narrow panel they are folded behind a button. */
  readonly view: { readonly open: boolean; readonly toggle: () => void };
}

const foldedId = 'toolbar-folded';

/** The controls above the charts, in groups that wrap. */
export function toolbar(model: Model, { picker, actions, view }: ToolbarOptions): TemplateResult {
  const { state } = model;
  const folded = html`<div class=${classMap({ folded: true, open: view.open })} id=${foldedId}>
    ${group('Axes', labelled('X', axisChoice(model)), labelled('Y', scaleChoice(model)))}
    ${group('Smoothing', smoothingSlider(model))} ${group('Charts', ...chartSwitches(model))}
  </div>`;
  return controls.toolbar(
    'Controls',
    group(
      'Runs',
      picker,
      checkbox('Follow newest run', state.follow, (on) => model.follow(on)),
    ),
    opener('View', { open: view.open, click: view.toggle, opens: { id: foldedId } }),
    folded,
    group(
      'Zoom',
      iconButton('Move left', icon('left'), { click: () => actions.move(-0.25) }),
      iconButton('Zoom out', icon('zoomOut'), { click: () => actions.zoom(2) }),
      iconButton('Zoom in', icon('zoomIn'), { click: () => actions.zoom(0.5) }),
      iconButton('Move right', icon('right'), { click: () => actions.move(0.25) }),
      iconButton('Show all (double-click)', icon('reset'), { click: actions.reset }),
    ),
    group(
      'Figures',
      button('Table', { pressed: state.table, click: () => model.set({ table: !model.state.table }) }),
      exportButtons(actions.save),
    ),
  );
}

function axisChoice(model: Model): Content {
  return dropdown({
    label: 'Horizontal axis',
    control: 'axis',
    options: Object.entries(axisTitles),
    value: model.state.axis,
    chosen: (value) => model.set({ axis: value as PanelState['axis'], zoomX: null }),
  });
}

function scaleChoice(model: Model): Content {
  return dropdown({
    label: 'Scale of perplexity',
    control: 'scale',
    options: [
      ['log', 'Log'],
      ['linear', 'Linear'],
    ],
    value: model.state.logarithmic ? 'log' : 'linear',
    chosen: (value) => model.set({ logarithmic: value === 'log' }),
  });
}

function smoothingSlider(model: Model): TemplateResult {
  const { smoothing } = model.state;
  const words = smoothing === 0 ? 'off' : smoothing.toFixed(2);
  return html`<label for="smoothing">Smoothing</label>
    <input
      id="smoothing"
      type="range"
      min="0"
      max="0.99"
      step="0.01"
      aria-valuetext=${words}
      .value=${live(String(smoothing))}
      @input=${({ currentTarget }: Event) => model.set({ smoothing: (currentTarget as HTMLInputElement).valueAsNumber })}
    />
    <output for="smoothing" class="smoothing-value">${words}</output>`;
}

function chartSwitches(model: Model): Content[] {
  const { off, flow } = model.state;
  const switchOf = (id: ChartId): Content =>
    checkbox(chartTitles[id], !off.includes(id), (on) => {
      const others = model.state.off.filter((other) => other !== id);
      model.set({ off: on ? others : [...others, id] });
    });
  // A switch of what no shown run has would be a riddle.
  const hasFlow = model.shown().some(({ loaded }) => (loaded.data?.flow?.length ?? 0) > 0);
  return [
    ...chartIds.filter((id) => id !== 'perplexity').map(switchOf),
    hasFlow ? checkbox('Gradient flow', flow, (on) => model.set({ flow: on })) : nothing,
  ];
}
