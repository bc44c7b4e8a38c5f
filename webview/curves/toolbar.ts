import { element, setText } from '../shared/dom.ts';
import { button, checkbox, dropdown, iconButton } from '../shared/toolkit.ts';
import { icon } from './icons.ts';
import type { Model } from './model.ts';
import { chartIds } from './state.ts';
import type { ChartId, PanelState } from './state.ts';
import { chartTitles } from './words.ts';

/** What the buttons do that concerns more than the model. */
export interface ToolbarActions {
  readonly zoom: (factor: number) => void;
  readonly move: (part: number) => void;
  readonly reset: () => void;
  readonly savePng: () => void;
  readonly saveCsv: () => void;
}

/**
 * The controls above the charts, in groups that wrap. In a narrow panel the ones that say how the charts look are folded
 * behind a button. `update` brings them in line with the model.
 */
export function toolbar(
  model: Model,
  picker: HTMLElement,
  actions: ToolbarActions,
): { element: HTMLElement; update(): void } {
  const { state } = model;
  const follow = checkbox('Follow newest run', state.follow, (on) => model.follow(on));
  const table = button('Table', () => model.set({ table: !model.state.table }), { 'aria-pressed': 'false' });
  const axis = dropdown(
    'Horizontal axis',
    [
      ['step', 'Step'],
      ['epoch', 'Epoch'],
      ['seconds', 'Time'],
    ],
    state.axis,
    (value) => model.set({ axis: value as PanelState['axis'], zoomX: null }),
  );
  const scale = dropdown(
    'Scale of perplexity',
    [
      ['log', 'Log'],
      ['linear', 'Linear'],
    ],
    state.logarithmic ? 'log' : 'linear',
    (value) => model.set({ logarithmic: value === 'log' }),
  );
  const smoothing = smoothingSlider(model);
  const charts = chartIds.filter((id) => id !== 'perplexity').map((id) => chartSwitch(model, id));
  const flow = checkbox('Gradient flow', state.flow, (on) => model.set({ flow: on }));
  const made = element(
    'header',
    { class: 'toolbar' },
    group('Runs', picker, follow),
    ...foldable(
      'View',
      group('Axes', labelled('X', axis), labelled('Y', scale)),
      group('Smoothing', ...smoothing.elements),
      group('Charts', ...charts.map(({ element: box }) => box), flow),
    ),
    group(
      'Zoom',
      iconButton('Move left', icon('left'), () => actions.move(-0.25)),
      iconButton('Zoom out', icon('zoomOut'), () => actions.zoom(2)),
      iconButton('Zoom in', icon('zoomIn'), () => actions.zoom(0.5)),
      iconButton('Move right', icon('right'), () => actions.move(0.25)),
      iconButton('Show all (double click)', icon('reset'), () => actions.reset()),
    ),
    group('Figures', table, button('Save PNG…', actions.savePng), button('Save CSV…', actions.saveCsv)),
  );
  return {
    element: made,
    update() {
      if (follow.checked !== model.state.follow) follow.checked = model.state.follow;
      table.setAttribute('aria-pressed', String(model.state.table));
      table.setAttribute('appearance', model.state.table ? 'primary' : 'secondary');
      smoothing.update();
      // A switch of what no shown run has would be a riddle.
      flow.hidden = !model.shown().some(({ loaded }) => (loaded.data?.flow?.length ?? 0) > 0);
    },
  };
}

function smoothingSlider(model: Model): { elements: HTMLElement[]; update(): void } {
  const slider = element('input', { type: 'range', min: 0, max: 0.99, step: 0.01, id: 'smoothing' });
  const shown = element('output', { for: 'smoothing', class: 'smoothing-value' });
  slider.value = String(model.state.smoothing);
  slider.addEventListener('input', () => model.set({ smoothing: Number(slider.value) }));
  const words = (): string => (model.state.smoothing === 0 ? 'off' : model.state.smoothing.toFixed(2));
  return {
    elements: [element('label', { for: 'smoothing' }, 'Smoothing'), slider, shown],
    update() {
      setText(shown, words());
      slider.setAttribute('aria-valuetext', words());
    },
  };
}

function chartSwitch(model: Model, id: ChartId): { element: HTMLElement } {
  const box = checkbox(chartTitles[id], !model.state.off.includes(id), (on) => {
    const others = model.state.off.filter((other) => other !== id);
    model.set({ off: on ? others : [...others, id] });
  });
  return { element: box };
}

/** A button that shows and hides the parts; the style sheet has it in narrow panels alone. */
function foldable(words: string, ...parts: HTMLElement[]): HTMLElement[] {
  const folded = element('div', { class: 'folded', id: 'toolbar-folded' }, ...parts);
  const attributes = { class: 'fold opener', 'aria-expanded': 'false', 'aria-controls': folded.id };
  const toggle = button(
    '',
    () => {
      const open = folded.classList.toggle('open');
      toggle.setAttribute('aria-expanded', String(open));
    },
    attributes,
  );
  // Not a span: the toolkit gives spans in a button the size of an icon.
  toggle.append(element('div', {}, words), icon('down'));
  return [toggle, folded];
}

function labelled(words: string, control: HTMLElement): HTMLElement {
  return element('span', { class: 'labelled' }, element('span', { 'aria-hidden': 'true' }, words), control);
}

function group(label: string, ...controls: HTMLElement[]): HTMLElement {
  return element('div', { class: 'group', role: 'group', 'aria-label': label }, ...controls);
}
