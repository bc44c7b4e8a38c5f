import type { Context, UnitReport } from '../../src/protocol/states.ts';
import { button, group } from '../shared/controls.ts';
import { html, nothing } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import { contextList } from './contexts.ts';
import type { Model } from './model.ts';
import { resultOf, workLine } from './workLine.ts';
import { count, featureWords, figure, figures, hundredths } from './words.ts';

/** What one unit follows, and where it is highest and lowest. */
export function unitSection(model: Model): TemplateResult {
  const { state, first, corpus, subject } = model;
  const { unit } = state;
  const units = first.reading?.grid.units ?? 0;
  const order = (): void => model.set({ order: 'correlation', orderUnit: unit ?? 0 });
  return html`<section class="aside-section" aria-label="What a unit responds to">
    <h2>What ${unit === null ? 'a unit' : `unit ${unit + 1}`} responds to</h2>
    ${group(
      'Unit',
      unitField(unit, units, (chosen) => model.look(chosen)),
      unit === null ? nothing : button('Order by Correlation', { click: order }),
    )}
    ${workLine(corpus.report, {
      words: 'Search the Corpus',
      start: () => model.reportUnit(),
      isPossible: unit !== null && unit < units,
    })}
    <div>${resultOf(corpus.report.resultOf(`${subject} ${unit}`), (report) => unitReport(model, report))}</div>
  </section>`;
}

/** What is typed stays as it is until it is entered: its value is written when the unit changes, and not before. */
function unitField(unit: number | null, units: number, look: (unit: number) => void): TemplateResult {
  const number = unit === null ? '' : String(unit + 1);
  const changed = ({ currentTarget }: Event): void => {
    const field = currentTarget as HTMLInputElement;
    const chosen = Math.round(Number(field.value)) - 1;
    const isUnit = field.value !== '' && chosen >= 0 && chosen < units;
    field.value = isUnit ? String(chosen + 1) : number;
    if (isUnit) look(chosen);
  };
  return html`<span class="labelled">
    <label for="unit">Unit</label>
    <input
      type="number"
      id="unit"
      class="unit-number"
      min="1"
      step="1"
      max=${Math.max(1, units)}
      .value=${number}
      @change=${changed}
    />
  </span>`;
}

function unitReport(model: Model, report: UnitReport): TemplateResult {
  const { highest, lowest, correlations, mean, deviation, scanned } = report;
  const list = (label: string, contexts: readonly Context[]): TemplateResult =>
    contextList(contexts, {
      label,
      unit: model.first.unit,
      open: (context) => void model.openContext(context),
      scores: figures(contexts.map(({ score }) => score)),
      scoreWords: (value) => `The unit’s value there: ${value}`,
    });
  return html`<p class="muted" role="status">
      Over ${count(scanned.tokens, 'token')}: mean ${figure(mean)}, standard deviation ${figure(deviation)}.
    </p>
    <h3>Correlates with</h3>
    ${correlationBars(correlations)}
    <h3>Highest at</h3>
    ${list('Where it is highest', highest)}
    <h3>Lowest at</h3>
    ${list('Where it is lowest', lowest)}`;
}

/** A bar a feature, from the middle to the left or to the right. */
function correlationBars(correlations: UnitReport['correlations']): TemplateResult {
  const row = ({ feature, correlation }: UnitReport['correlations'][number]): TemplateResult =>
    html`<tr>
      <th scope="row">${featureWords(feature)}</th>
      <td class="bar-place">
        <span
          class=${correlation < 0 ? 'bar negative' : 'bar positive'}
          .style=${`width: ${Math.abs(correlation) * 50}%`}
        ></span>
      </td>
      <td class="bar-figure">${hundredths(correlation)}</td>
    </tr>`;
  return html`<table class="bars">
    <caption class="sr-only">
      Correlation with features of the tokens
    </caption>
    <tbody>
      ${correlations.map(row)}
    </tbody>
  </table>`;
}
