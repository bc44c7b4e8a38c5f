import type { LikelyWord } from '../../src/protocol/inference.ts';
import { element } from '../shared/dom.ts';
import { html, nothing, render } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import { Bars, maxProbability } from './bars.ts';
import type { Lane } from './lane.ts';
import type { Model } from './model.ts';
import { SamplingOptions } from './sampling.ts';
import { contextStart, firstWords, lastWords } from './text.ts';
import { describeSampling, grouped } from './words.ts';

/** The likeliest next words, of each model that is looked at. They change with each key, and are drawn apart from all else. */
export class NextView {
  readonly element = element('section', { class: 'next-section' });
  readonly #model: Model;
  readonly #sampling: SamplingOptions;
  readonly #bars: readonly Bars[];
  /** The words on show, of each lane: they stay until others come. */
  readonly #shown: { words: readonly LikelyWord[]; max: number }[] = [];

  constructor(model: Model) {
    this.#model = model;
    this.#sampling = new SamplingOptions(model, () => this.draw());
    this.#bars = model.lanes.map(() => new Bars('Most likely next words', 'Append', (word) => model.append(word)));
  }

  draw(): void {
    const model = this.#model;
    const note = describeNote(model);
    const max = maxProbability(model.shown.map(({ next }) => next?.words ?? []));
    render(
      html`<h2 class="next-heading" dir="auto">${describePlace(model)}</h2>
        <p class="muted next-note" ?hidden=${note === ''}>${note}</p>
        <div class="next-lanes">${model.lanes.map((lane, index) => this.#lane(lane, index, max))}</div>
        ${this.#sampling.render()}`,
      this.element,
    );
  }

  #lane(lane: Lane, index: number, max: number): TemplateResult | typeof nothing {
    const { choice, isBidirectional, next, problem } = lane;
    if (choice === null) return nothing;
    const isOther = isBidirectional && !this.#model.lanes[0].isBidirectional;
    const name = `${choice.name}${isOther ? ' (from both sides)' : ''}`;
    const status = describeStatus(lane);
    if (next !== undefined || problem !== undefined) this.#shown[index] = { words: next?.words ?? [], max };
    const shown = this.#shown[index] ?? { words: [], max };
    return html`<div class="next-lane">
      <h3 class="lane-name" title=${name} ?hidden=${this.#model.shown.length < 2}>${name}</h3>
      <p class="muted" ?hidden=${status === ''}>${status}</p>
      ${this.#bars[index]?.render(shown.words, shown.max, lane.isNextStale)}
    </div>`;
  }
}

/** Where the next word is. */
function describePlace({ state: { text, caret }, lanes }: Model): string {
  const before = lastWords(text.slice(contextStart(text, caret), caret));
  if (!lanes[0].isBidirectional) return before === '' ? 'First word of a sentence' : `Next word after “${before}”`;
  const after = firstWords(text.slice(caret, caret + 200));
  return `Word between ${before === '' ? 'the start' : `“${before}”`} and ${after === '' ? 'the end of the sentence' : `“${after}”`}`;
}

function describeNote({ state: { text, caret, options } }: Model): string {
  const start = contextStart(text, caret);
  const sampling = describeSampling(options);
  const notes = [
    ...(sampling === '' ? [] : [`Changed by the options below: ${sampling}.`]),
    ...(start === 0 ? [] : [`Only the text from character ${grouped(start + 1)} on is read.`]),
  ];
  return notes.join(' ');
}

function describeStatus({ isLoading, problem, next }: Lane): string {
  if (isLoading) return 'Loading the model…';
  if (problem !== undefined && next === undefined) return 'No answer: see the reason above the tokens.';
  if (next === undefined) return 'Reading…';
  return next.words.length === 0 ? 'No word is left with these options.' : '';
}
