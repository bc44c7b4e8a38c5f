import type { FoundContexts } from '../../src/protocol/states.ts';
import { html, live, nothing } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import { contextList } from './contexts.ts';
import { maxSpan } from './corpusQuestions.ts';
import type { Searched } from './corpusQuestions.ts';
import type { Model } from './model.ts';
import { resultOf, workLine } from './workLine.ts';
import { count, figure } from './words.ts';

/** So many units are named; of more the number says enough. */
const maxNamed = 24;

/** Where else in the corpus the units are on that are on in a span of the text: what LSTMVis asks. */
export function findSection(model: Model): TemplateResult {
  const { span, threshold } = model.state;
  const { contexts } = model.corpus;
  const found = contexts.resultOf(model.subject);
  const length = span === null ? 0 : span.to - span.from + 1;
  const words =
    span === null
      ? 'Drag across words in the heatmap to search the validation text for the units that are on in all of them.'
      : `“${model.question?.words ?? ''}” · ${count(length, 'token')}`;
  const thresholdWords = describeThreshold(model.threshold);
  return html`<section class="aside-section" aria-label="Similar passages">
    <h2>Similar passages</h2>
    <p>${words}</p>
    <div ?hidden=${span === null}>
      <div class="slider">
        <label for="threshold">Threshold</label>
        <input
          type="range"
          id="threshold"
          min="0.02"
          max="1"
          step="0.02"
          aria-valuetext=${thresholdWords}
          .value=${live(String(threshold))}
          @input=${({ currentTarget }: Event) =>
            model.set({ threshold: Number((currentTarget as HTMLInputElement).value) })}
        />
        <output for="threshold">${thresholdWords}</output>
      </div>
      <p class="muted" role="status">${describeUnits(model, length)}</p>
      ${workLine(contexts, {
        words: 'Find Similar Passages',
        start: () => model.findContexts(),
        isPossible: model.onUnits().length > 0,
      })}
    </div>
    <div>${found === undefined ? nothing : foundContexts(model, found)}</div>
  </section>`;
}

function foundContexts(model: Model, found: FoundContexts & { searched: Searched }): TemplateResult {
  const { searched, contexts, scanned } = found;
  const words =
    contexts.length === 0
      ? 'No other passage found. Lower the threshold, or choose a shorter span.'
      : `${count(contexts.length, 'passage')} in ${count(scanned.tokens, 'token')}, each with the share of these units that are also on there. Click one to read it.`;
  return html`<h3>Where the units of “${searched.words}” are on, ${describeThreshold(searched.threshold)}</h3>
    <p class="muted" ?hidden=${searched.question === model.question?.question}>
      The span or the threshold has changed: search again.
    </p>
    <p class="muted" role="status">${words}</p>
    ${resultOf(found, () =>
      contextList(contexts, {
        label: 'Passages in the corpus',
        unit: model.first.unit,
        open: (context) => void model.openContext(context),
        scores: contexts.map(({ score }) => `${Math.round(100 * score)} %`),
        scoreWords: (share) => `${share} of the units are on in all of these words, with the same signs`,
      }),
    )}`;
}

function describeThreshold(threshold: number): string {
  return `|value| ≥ ${figure(threshold)}`;
}

/** Which units are on: `3 units are on in all of them: 1+ 5− 8+.` */
function describeUnits(model: Model, length: number): string {
  const on = model.onUnits();
  const named = on.slice(0, maxNamed).map(({ unit, sign }) => `${unit + 1}${sign > 0 ? '+' : '−'}`);
  const list = on.length === 0 ? '.' : `: ${named.join(' ')}${on.length > maxNamed ? ' …' : '.'}`;
  const long = length > maxSpan ? ` The search uses ${maxSpan} tokens at most.` : '';
  return `${count(on.length, 'unit is', 'units are')} on in all of them${list}${long}`;
}
