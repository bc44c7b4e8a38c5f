import { emptyState, loading, notice } from '../shared/controls.ts';
import type { Content } from '../shared/controls.ts';
import { classMap, html, render } from '../shared/lit.ts';
import { scheduler } from '../shared/scheduler.ts';
import { readTheme } from '../shared/theme.ts';
import { choices } from './choices.ts';
import { Editor } from './editor.ts';
import { learningSection } from './learningView.ts';
import type { Model } from './model.ts';
import { NextView } from './nextView.ts';
import { ReadingView } from './readingView.ts';

/** The panel: puts the parts together. The bars are drawn as soon as they come, all else once a frame at most. */
export class View {
  readonly #root: HTMLElement;
  readonly #model: Model;
  readonly #editor: Editor;
  readonly #next: NextView;
  readonly #reading: ReadingView;
  readonly #scheduler = scheduler(() => this.#draw());

  constructor(root: HTMLElement, model: Model) {
    const redraw = (): void => this.redraw();
    this.#root = root;
    this.#model = model;
    this.#editor = new Editor(model, redraw);
    this.#next = new NextView(model);
    this.#reading = new ReadingView(model, redraw);
    model.changes.on((change) => {
      if (change === 'next') return this.#next.draw();
      this.#editor.takeText();
      this.redraw();
    });
    this.#draw();
  }

  /** Draws everything before the next frame. */
  redraw(): void {
    this.#scheduler.soon();
  }

  #draw(): void {
    render(
      html`<h1 class="sr-only">Next-Word Predictions</h1>
        ${this.#content()}`,
      this.#root,
    );
    this.#editor.takeText();
    this.#next.draw();
  }

  #content(): Content {
    const model = this.#model;
    const { runs, state, problem } = model;
    if (runs === null)
      return problem === undefined
        ? loading('Loading runs…')
        : notice(problem, { words: 'Try Again', click: () => void model.refresh() });
    // A text that was typed is not hidden because its run has gone.
    if (runs.length === 0 && state.first === null) {
      const words = 'Train a language model, and it predicts here: the next word, and how surprising each word is.';
      return emptyState('No experiments yet', words, { words: 'Train PTB Model', click: () => model.trainPtb() });
    }
    const { kind } = readTheme();
    return html`${choices(model)}
      <main class=${classMap({ body: true, two: model.shown.length > 1 })}>
        ${this.#editor.render()}${this.#next.element}${this.#reading.render(kind)}${learningSection(model, kind)}
      </main>`;
  }
}
