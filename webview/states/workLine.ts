import { element, setText } from '../shared/dom.ts';
import { button } from '../shared/toolkit.ts';
import type { Button } from '../shared/toolkit.ts';
import type { Work } from './work.ts';

/** A button that begins long work, how far it is, and a button that gives it up. */
export class WorkLine<R> {
  readonly element: HTMLElement;
  readonly #start: Button;
  readonly #cancel: Button;
  readonly #progress: HTMLProgressElement;
  readonly #problem = element('p', { class: 'problem', role: 'alert' });
  readonly #work: Work<R>;

  constructor(work: Work<R>, { words, start, title }: { words: string; start: () => void; title?: string }) {
    this.#work = work;
    this.#start = button(words, start, title === undefined ? {} : { title });
    this.#cancel = button('Cancel', () => work.cancel());
    this.#progress = element('progress', { max: 1, 'aria-label': words });
    this.element = element(
      'div',
      {},
      element('div', { class: 'work' }, this.#start, this.#progress, this.#cancel),
      this.#problem,
    );
  }

  /** @param isPossible whether there is something to be asked */
  update(isPossible: boolean): void {
    const { fraction, problem } = this.#work;
    this.#start.hidden = fraction !== null;
    this.#start.disabled = !isPossible;
    this.#cancel.hidden = fraction === null;
    this.#progress.hidden = fraction === null;
    if (fraction === null || fraction === 0) this.#progress.removeAttribute('value');
    else this.#progress.value = fraction;
    setText(this.#problem, problem ?? '');
    this.#problem.hidden = problem === undefined;
  }
}
