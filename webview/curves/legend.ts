import { button, checkbox, iconButton } from '../shared/controls.ts';
import { classMap, html, nothing, repeat } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import { lookOf } from './colours.ts';
import { icon, sample } from './icons.ts';
import type { Model, ShownRun } from './model.ts';
import { standing } from './words.ts';

/** What the rows need beside their run. */
interface LegendOptions {
  readonly model: Model;
  readonly lightTheme: boolean;
  /** The pointer or the focus is on a run's row, or has left it. */
  readonly highlight: (key: string | null) => void;
}

/** States of a run whose log says more. */
const troubledStates: readonly string[] = ['failed', 'diverged', 'broken', 'interrupted'];

/** The runs that are shown. A checkbox hides a run's lines; the pointer or the focus on a row fades the others. */
export function legend(shown: readonly ShownRun[], options: LegendOptions): TemplateResult {
  // Rows stay the same elements while their run is shown, so that the focus stays where it is.
  return html`<ul class="legend" aria-label="Shown runs">
    ${repeat(
      shown,
      ({ run }) => run.key,
      (item) => row(item, options),
    )}
  </ul>`;
}

function row({ run, loaded, hidden, slot }: ShownRun, { model, lightTheme, highlight }: LegendOptions): TemplateResult {
  const { key, name, id, state } = run;
  const enter = (): void => highlight(key);
  const leave = (): void => highlight(null);
  const showLog = button('Open Log', { click: () => model.command('showLog', key), label: `Open Log of ${name}` });
  return html`<li
    class=${classMap({ 'legend-row': true, off: hidden })}
    data-state=${state}
    @mouseenter=${enter}
    @mouseleave=${leave}
    @focusin=${enter}
    @focusout=${leave}
  >
    ${checkbox(`Draw ${name}`, !hidden, (on) => model.hide(key, !on))}
    <span class="legend-line">${sample(lookOf(slot, lightTheme))}</span>
    <div class="run-text">
      <span class="run-name" title=${id === name ? name : `${name} (${id})`}>${name}</span>
      <div class="run-standing">
        <span class="run-state">${icon(state)}</span>
        <span class="run-detail">${standing(run, loaded.data?.validation()?.best)}</span>
      </div>
      ${run.sumsNotice === undefined ? nothing : html`<span class="run-sums">${run.sumsNotice}</span>`}
      ${problemOf(loaded)} ${troubledStates.includes(state) ? showLog : nothing}
    </div>
    ${iconButton(`Remove ${name} from the chart`, icon('close'), { click: () => model.show(key, false) })}
  </li>`;
}

/** Why there is nothing, or not all: something is wrong, or the figures have not come yet. */
function problemOf({ data, loading, problem = data?.problem }: ShownRun['loaded']): TemplateResult | typeof nothing {
  if (problem !== undefined) return html`<span class="run-problem">${problem}</span>`;
  return loading && data === undefined ? html`<span class="run-problem waiting">Loading…</span>` : nothing;
}
