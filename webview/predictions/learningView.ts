import type { Learning } from '../../src/protocol/predictions.ts';
import { element, setText } from '../shared/dom.ts';
import type { ThemeKind } from './colours.ts';
import { shade } from './colours.ts';
import type { Model } from './model.ts';
import { visible } from '../shared/visible.ts';
import { grouped, percent } from './words.ts';

/** So many words are followed through training, and so many texts are shown. */
const mostWords = 8;
const mostTexts = 5;

/** What a run has recorded while it learned: the next words of its probe sentence, and what it wrote after validations. */
export class LearningView {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #heading = element('h2');
  readonly #caption = element('p', { class: 'muted' });
  readonly #place = element('div', {
    class: 'heat-scroll',
    tabindex: 0,
    role: 'region',
    'aria-label': 'Next words of the probe sentence during training',
  });
  readonly #samples = element('dl', { class: 'samples' });
  readonly #samplesHeading = element('h3', {}, 'What it wrote after each validation');
  #drawn: { of: Learning; kind: ThemeKind } | undefined;

  constructor(model: Model) {
    this.#model = model;
    this.element = element(
      'section',
      { class: 'learning-section', hidden: true },
      this.#heading,
      this.#caption,
      this.#place,
      this.#samplesHeading,
      this.#samples,
    );
  }

  update(kind: ThemeKind): void {
    const { learning, state } = this.#model;
    const isThere = learning !== undefined && learning.key === state.first?.key;
    const isEmpty = !isThere || (learning.probes.length === 0 && learning.samples.length === 0);
    this.element.hidden = isEmpty;
    if (isEmpty) return;
    const isTraining = this.#model.runOf(this.#model.lanes[0])?.isTraining === true;
    setText(this.#heading, isTraining ? 'Learning now' : 'How it learned');
    if (this.#drawn?.of === learning && this.#drawn.kind === kind) return;
    this.#drawn = { of: learning, kind };
    const { tokens, probes, samples } = learning;
    this.#caption.hidden = this.#place.hidden = probes.length === 0;
    setText(this.#caption, `The likeliest words after “${tokens.map(visible).join(' ')}”, step by step.`);
    if (probes.length > 0) this.#place.replaceChildren(heat(learning, kind));
    this.#samplesHeading.hidden = this.#samples.hidden = samples.length === 0;
    this.#samples.replaceChildren(
      ...samples
        .slice(0, mostTexts)
        .flatMap(({ step, epoch, text }) => [
          element('dt', {}, `Epoch ${grouped(epoch)}, step ${grouped(step)}`),
          element('dd', { dir: 'auto' }, text.trim() === '' ? '(nothing)' : text),
        ]),
    );
  }
}

/** The words that were likeliest at any time, those that are likeliest now first. */
export function followedWords({ probes }: Pick<Learning, 'probes'>, most = mostWords): string[] {
  const now = new Map(probes.at(-1)?.next.map(({ word, probability }) => [word, probability]));
  const best = new Map<string, number>();
  for (const { next } of probes)
    for (const { word, probability } of next) best.set(word, Math.max(probability, best.get(word) ?? 0));
  const strongest = [...best].sort(([, a], [, b]) => b - a).slice(0, most);
  return strongest
    .sort(([a, bestOfA], [b, bestOfB]) => (now.get(b) ?? 0) - (now.get(a) ?? 0) || bestOfB - bestOfA)
    .map(([word]) => word);
}

function heat(learning: Learning, kind: ThemeKind): HTMLElement {
  const { probes } = learning;
  const rows = followedWords(learning).map((word) => {
    const cells = probes.map(({ step, next }) => {
      const probability = next.find((one) => one.word === word)?.probability;
      const told = probability === undefined ? 'not among the likeliest' : percent(probability);
      const cell = element('td', { class: 'heat', title: `Step ${grouped(step)}: ${told}` });
      // The root: small probabilities are most of what is learned.
      cell.style.backgroundColor = shade(Math.sqrt(probability ?? 0), kind).fill;
      return cell;
    });
    const now = probes.at(-1)?.next.find((one) => one.word === word)?.probability;
    return element(
      'tr',
      {},
      element('th', { scope: 'row' }, element('bdi', {}, visible(word))),
      ...cells,
      element('td', { class: 'heat-now' }, now === undefined ? '' : percent(now)),
    );
  });
  const first = probes[0]?.step ?? 0;
  const last = probes.at(-1)?.step ?? 0;
  return element(
    'table',
    { class: 'heat-table' },
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        element('td'),
        element(
          'th',
          { colspan: probes.length, scope: 'colgroup', class: 'heat-steps' },
          element(
            'div',
            {},
            element('span', {}, `step ${grouped(first)}`),
            element('span', {}, last === first ? '' : grouped(last)),
          ),
        ),
        element('th', { scope: 'col' }, 'now'),
      ),
    ),
    element('tbody', {}, ...rows),
  );
}
