import { element, setCutText, setText } from '../shared/dom.ts';
import { Bars, mostOf } from './bars.ts';
import type { Lane } from './lane.ts';
import type { Model } from './model.ts';
import { SamplingOptions } from './sampling.ts';
import { contextStart, lastWords } from './text.ts';
import { grouped, samplingInWords } from './words.ts';

/** The likeliest next words, of each model that is looked at. */
export class NextView {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #heading = element('h2', { class: 'next-heading', dir: 'auto' });
  readonly #note = element('p', { class: 'muted next-note' });
  readonly #sampling: SamplingOptions;
  readonly #lanes: readonly { place: HTMLElement; title: HTMLElement; status: HTMLElement; bars: Bars }[];

  constructor(model: Model) {
    this.#model = model;
    this.#sampling = new SamplingOptions(model);
    this.#lanes = model.lanes.map(() => {
      const title = element('h3', { class: 'lane-name' });
      const status = element('p', { class: 'muted' });
      const bars = new Bars('Likeliest next words', 'Append', (word) => model.append(word));
      const place = element('div', { class: 'next-lane' }, title, status, bars.element);
      return { place, title, status, bars };
    });
    this.element = element(
      'section',
      { class: 'next-section' },
      this.#heading,
      this.#note,
      element('div', { class: 'next-lanes' }, ...this.#lanes.map(({ place }) => place)),
      this.#sampling.element,
    );
  }

  /** All of it. */
  update(): void {
    this.#sampling.update();
    this.updateBars();
  }

  /** What changes with each key. */
  updateBars(): void {
    const { lanes, shown } = this.#model;
    setText(this.#heading, this.#headingWords());
    const note = this.#noteWords();
    setText(this.#note, note);
    this.#note.hidden = note === '';
    const most = mostOf(shown.map(({ next }) => next?.words ?? []));
    this.#lanes.forEach(({ place, title, status, bars }, index) => {
      const lane = lanes[index];
      place.hidden = lane === undefined || lane.choice === null;
      if (lane === undefined || place.hidden) return;
      title.hidden = shown.length < 2;
      const isOther = lane.isBidirectional && !this.#model.lanes[0].isBidirectional;
      setCutText(title, `${lane.choice?.name ?? ''}${isOther ? ' (from both sides)' : ''}`);
      const words = statusOf(lane);
      setText(status, words);
      status.hidden = words === '';
      if (lane.next !== undefined || lane.problem !== undefined) bars.update(lane.next?.words ?? [], most);
      bars.element.classList.toggle('stale', lane.isNextStale);
      bars.element.setAttribute('aria-busy', String(lane.isNextStale));
    });
  }

  #headingWords(): string {
    const { text, caret } = this.#model.state;
    const before = lastWords(text.slice(contextStart(text, caret), caret));
    if (this.#model.lanes[0].isBidirectional) {
      const after = text
        .slice(caret, caret + 200)
        .replace(/\s+/gu, ' ')
        .trim();
      const next = after.split(' ').slice(0, 3).join(' ').slice(0, 40);
      return `Word between ${before === '' ? 'the start' : `“${before}”`} and ${next === '' ? 'the end of the sentence' : `“${next}${next.length < after.length ? ' …' : ''}”`}`;
    }
    return before === '' ? 'First word of a sentence' : `Next word after “${before}”`;
  }

  #noteWords(): string {
    const { text, caret } = this.#model.state;
    const start = contextStart(text, caret);
    const sampling = samplingInWords(this.#model.state.options);
    const notes = [
      ...(sampling === '' ? [] : [`Changed by the options below: ${sampling}.`]),
      ...(start === 0 ? [] : [`Read from letter ${grouped(start + 1)} on.`]),
    ];
    return notes.join(' ');
  }
}

function statusOf(lane: Lane): string {
  if (lane.isLoading) return 'Loading the model…';
  if (lane.problem !== undefined && lane.next === undefined) return 'No answer: the reason stands at the tokens.';
  if (lane.next === undefined) return 'Reading…';
  return lane.next.words.length === 0 ? 'No word is left with these options.' : '';
}
