import type { FoundContexts } from '../../src/protocol/states.ts';
import { element, setText } from '../shared/dom.ts';
import { contextList } from './contexts.ts';
import { wordsOfToken } from './labels.ts';
import type { Model } from './model.ts';
import { WorkLine } from './workLine.ts';
import { count, figure } from './words.ts';

/** So many units are named; of more the number says enough. */
const mostNamed = 24;
const mostLength = 100;

/** Where else in the corpus the units are on that are on in a span of the text: what LSTMVis asks. */
export class FindSection {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #span = element('p');
  readonly #slider = element('input', { type: 'range', id: 'threshold', min: 0.02, max: 1, step: 0.02 });
  readonly #threshold = element('output', { for: 'threshold' });
  readonly #controls: HTMLElement;
  readonly #units = element('p', { class: 'muted', role: 'status' });
  readonly #work: WorkLine<FoundContexts>;
  readonly #found = element('div');
  #drawn: unknown;

  constructor(model: Model) {
    this.#model = model;
    this.#work = new WorkLine(model.contexts, { words: 'Find Where Else', start: () => model.findContexts() });
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
    const { state, threshold, first } = this.#model;
    const tokens = first.reading?.tokens ?? [];
    const { span } = state;
    this.#controls.hidden = span === null;
    if (span === null) {
      setText(
        this.#span,
        'Drag over some words in the heatmap: the units that are on in all of them are looked for in the validation text.',
      );
    } else {
      const length = span.to - span.from + 1;
      const words = tokens
        .slice(span.from, Math.min(span.to + 1, span.from + 12))
        .map(wordsOfToken)
        .join(' ');
      setText(this.#span, `“${words}${length > 12 ? ' …' : ''}” · ${count(length, 'token')}`);
      const on = this.#model.onUnits();
      const wordsOfThreshold = `|value| ≥ ${figure(threshold)}`;
      this.#slider.value = String(state.threshold);
      this.#slider.setAttribute('aria-valuetext', wordsOfThreshold);
      setText(this.#threshold, wordsOfThreshold);
      const named = on.slice(0, mostNamed).map(({ unit, sign }) => `${unit + 1}${sign > 0 ? '+' : '−'}`);
      const list = on.length === 0 ? '.' : `: ${named.join(' ')}${on.length > mostNamed ? ' …' : '.'}`;
      const long = length > mostLength ? ` At most ${mostLength} tokens are looked for.` : '';
      setText(this.#units, `${count(on.length, 'unit is', 'units are')} on in all of them${list}${long}`);
      this.#work.update(on.length > 0);
    }
    this.#showFound();
  }

  #showFound(): void {
    const { contexts, subject } = this.#model;
    const result = contexts.of === subject ? contexts.result : undefined;
    if (result === this.#drawn) return;
    this.#drawn = result;
    if (result === undefined) return this.#found.replaceChildren();
    const { contexts: list, scanned } = result;
    const words =
      list.length === 0
        ? 'Nowhere else: lower the threshold, or choose a shorter span.'
        : `${count(list.length, 'place')} in ${count(scanned.tokens, 'token')}. Click one to read it.`;
    this.#found.replaceChildren(
      element('p', { class: 'muted', role: 'status' }, words),
      contextList(list, {
        label: 'Places in the corpus',
        open: (one) => void this.#model.openContext(one),
        scored: true,
      }),
    );
  }
}
