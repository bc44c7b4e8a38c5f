import { element, setText } from '../shared/dom.ts';
import { readTheme } from '../shared/theme.ts';
import { button } from '../shared/toolkit.ts';
import { Choices } from './choices.ts';
import { Editor } from './editor.ts';
import { LearningView } from './learningView.ts';
import type { Change, Model } from './model.ts';
import { NextView } from './nextView.ts';
import { ReadingView } from './readingView.ts';

/** The panel: puts the parts together. The bars are drawn as soon as they come, all else once a frame at most. */
export class View {
  readonly #model: Model;
  readonly #choices: Choices;
  readonly #editor: Editor;
  readonly #next: NextView;
  readonly #reading: ReadingView;
  readonly #learning: LearningView;
  readonly #body: HTMLElement;
  readonly #notice = element('div', { class: 'notice', role: 'alert', hidden: true });
  readonly #noticeWords = element('p');
  readonly #empty: HTMLElement;
  readonly #loading = element('p', { class: 'empty', role: 'status' }, 'Loading runs…');
  #frame = 0;

  constructor(root: HTMLElement, model: Model) {
    this.#model = model;
    this.#choices = new Choices(model);
    this.#editor = new Editor(model);
    this.#next = new NextView(model);
    this.#reading = new ReadingView(model, () => this.redraw());
    this.#learning = new LearningView(model);
    this.#empty = element(
      'section',
      { class: 'empty' },
      element('h2', {}, 'No experiments yet'),
      element('p', {}, 'Train a language model, and it predicts here: the next word, and how surprising each word is.'),
      button('Train PTB Model', () => model.trainPtb(), { appearance: 'primary' }),
    );
    this.#notice.append(
      this.#noticeWords,
      button('Try Again', () => void model.refresh()),
    );
    this.#body = element(
      'main',
      { class: 'body' },
      this.#editor.element,
      this.#next.element,
      this.#reading.element,
      this.#learning.element,
    );
    root.append(this.#choices.element, this.#notice, this.#loading, this.#empty, this.#body);
    model.onChange((change) => this.#changed(change));
    this.#drawNow();
  }

  /** Draws everything before the next frame. */
  redraw(): void {
    if (this.#frame !== 0 || document.hidden) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#drawNow();
    });
  }

  #changed(change: Change): void {
    if (change === 'next') return this.#next.updateBars();
    this.#editor.takeText();
    this.redraw();
  }

  #drawNow(): void {
    const { kind } = readTheme();
    const { runs, state, problem } = this.#model;
    const isBroken = runs === null && problem !== undefined;
    this.#notice.hidden = !isBroken;
    setText(this.#noticeWords, isBroken ? problem : '');
    this.#loading.hidden = runs !== null || isBroken;
    // A text that was typed is not hidden because its run has gone.
    const isEmpty = runs?.length === 0 && state.first === null;
    this.#empty.hidden = !isEmpty;
    this.#body.hidden = this.#choices.element.hidden = runs === null || isEmpty;
    if (this.#body.hidden) return;
    this.#body.classList.toggle('two', this.#model.shown.length > 1);
    this.#choices.update();
    this.#editor.update();
    this.#next.update();
    this.#reading.update(kind);
    this.#learning.update(kind);
  }
}
