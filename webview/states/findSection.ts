import { element, setText } from '../shared/dom.ts';
import { contextList } from './contexts.ts';
import { mostSpan } from './corpusQuestions.ts';
import type { Searched } from './corpusQuestions.ts';
import type { Model } from './model.ts';
import { WorkLine } from './workLine.ts';
import { count, figure } from './words.ts';

/** So many units are named; of more the number says enough. */
const mostNamed = 24;

/** Where else in the corpus the units are on that are on in a span of the text: what LSTMVis asks. */
export class FindSection {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #span = element('p');
  readonly #slider = element('input', { type: 'range', id: 'threshold', min: 0.02, max: 1, step: 0.02 });
  readonly #threshold = element('output', { for: 'threshold' });
  readonly #controls: HTMLElement;
  readonly #units = element('p', { class: 'muted', role: 'status' });
  readonly #work: WorkLine<unknown>;
  readonly #found = element('div');
  readonly #other = element('p', { class: 'muted' }, 'The span or the threshold is another one now: look again.');
  #drawn: unknown;

  constructor(model: Model) {
    this.#model = model;
    this.#work = new WorkLine(model.corpus.contexts, { words: 'Find Where Else', start: () => model.findContexts() });
    this.#slider.addEventListener('input', () => model.set({ threshold: Number(this.#slider.value) }));
    this.#controls = element(
      'div',
      {},
      element(
        'div',
        { class: 'slider' },
        element('label', { for: 'threshold' }, 'On from'),
        this.#slider,
        this.#threshold,
      ),
      this.#units,
      this.#work.element,
    );
    this.element = element(
      'section',
      { class: 'aside-section', 'aria-label': 'Find where else' },
      element('h2', {}, 'Find where else'),
      this.#span,
      this.#controls,
      this.#found,
    );
  }

  update(): void {
    const { state, threshold } = this.#model;
    const { span } = state;
    this.#controls.hidden = span === null;
    if (span === null) {
      setText(
        this.#span,
        'Drag over some words in the heatmap: the units that are on in all of them are looked for in the validation text.',
      );
    } else {
      const length = span.to - span.from + 1;
      setText(this.#span, `“${this.#model.question?.words ?? ''}” · ${count(length, 'token')}`);
      const on = this.#model.onUnits();
      const wordsOfThreshold = thresholdInWords(threshold);
      this.#slider.value = String(state.threshold);
      this.#slider.setAttribute('aria-valuetext', wordsOfThreshold);
      setText(this.#threshold, wordsOfThreshold);
      const named = on.slice(0, mostNamed).map(({ unit, sign }) => `${unit + 1}${sign > 0 ? '+' : '−'}`);
      const list = on.length === 0 ? '.' : `: ${named.join(' ')}${on.length > mostNamed ? ' …' : '.'}`;
      const long = length > mostSpan ? ` At most ${mostSpan} tokens are looked for.` : '';
      setText(this.#units, `${count(on.length, 'unit is', 'units are')} on in all of them${list}${long}`);
      this.#work.update(on.length > 0);
    }
    this.#showFound();
  }

  #showFound(): void {
    const { subject, question, first } = this.#model;
    const { contexts } = this.#model.corpus;
    const result = contexts.of === subject ? contexts.result : undefined;
    this.#other.hidden = result?.searched.question === question?.question;
    if (result === this.#drawn) return;
    this.#drawn = result;
    if (result === undefined) return this.#found.replaceChildren();
    const { contexts: list, scanned, searched } = result;
    const words =
      list.length === 0
        ? 'Nowhere else: lower the threshold, or choose a shorter span.'
        : `${count(list.length, 'place')} in ${count(scanned.tokens, 'token')}, each with the share of the units that are on there as well. Click one to read it.`;
    this.#found.replaceChildren(
      element('h3', {}, searchInWords(searched)),
      this.#other,
      element('p', { class: 'muted', role: 'status' }, words),
      contextList(list, {
        label: 'Places in the corpus',
        unit: first.unit,
        open: (one) => void this.#model.openContext(one),
        scores: list.map(({ score }) => `${Math.round(100 * score)} %`),
        scoreWords: (share) => `${share} of the units are on in all of these words, with the same signs`,
      }),
    );
  }
}

function thresholdInWords(threshold: number): string {
  return `|value| ≥ ${figure(threshold)}`;
}

function searchInWords({ words, threshold }: Searched): string {
  return `Where the units of “${words}” are on, ${thresholdInWords(threshold)}`;
}
