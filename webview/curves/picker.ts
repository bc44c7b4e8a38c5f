import type { CurveRun } from '../../src/protocol/curves.ts';
import { element, setText } from '../shared/dom.ts';
import { button, checkbox, searchField } from '../shared/toolkit.ts';
import { icon } from './icons.ts';
import type { Model } from './model.ts';
import { matching } from './pickerList.ts';
import { mostShown } from './selection.ts';
import { standing } from './words.ts';

/** Rows in the list at once: checkboxes are slow to make, and nobody reads further down than types. */
const mostListed = 60;

/** Chooses the runs to show: a button that opens a list with a search field. */
export class Picker {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #button: HTMLElement;
  /** Not a span: the toolkit gives spans in a button the size of an icon. */
  readonly #words = element('div', {}, 'Runs');
  readonly #panel: HTMLElement;
  readonly #list = element('ul', { class: 'picker-list', 'aria-label': 'Runs' });
  readonly #note = element('p', { class: 'picker-note', role: 'status' });
  readonly #search = searchField('Search runs', () => this.#fill());

  constructor(model: Model) {
    this.#model = model;
    this.#button = button('', () => this.#toggle(), { 'aria-haspopup': 'dialog', 'aria-expanded': 'false' });
    this.#button.append(this.#words, icon('down'));
    this.#button.classList.add('opener');
    const none = button('Show none', () => model.showOnly([]));
    const done = button('Done', () => this.#close(true), { appearance: 'primary' });
    this.#panel = element(
      'div',
      { class: 'picker', role: 'dialog', 'aria-label': 'Runs to show', hidden: true },
      this.#search,
      this.#list,
      this.#note,
      element('div', { class: 'picker-buttons' }, none, done),
    );
    this.element = element('div', { class: 'picker-place' }, this.#button, this.#panel);
    this.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || this.#panel.hidden) return;
      this.#close(true);
      event.stopPropagation();
    });
    document.addEventListener('mousedown', (event) => {
      if (!this.#panel.hidden && !event.composedPath().includes(this.element)) this.#close(false);
    });
  }

  /** Takes a changed list of runs or selection. */
  update(): void {
    const shown = this.#model.state.selected.length;
    const all = this.#model.runs?.length ?? 0;
    setText(this.#words, `Runs (${shown} of ${all})`);
    if (!this.#panel.hidden) this.#fill();
  }

  #toggle(): void {
    if (!this.#panel.hidden) return this.#close(true);
    this.#panel.hidden = false;
    this.#button.setAttribute('aria-expanded', 'true');
    this.#fill();
    this.#search.focus();
  }

  #close(focus: boolean): void {
    this.#panel.hidden = true;
    this.#button.setAttribute('aria-expanded', 'false');
    this.#list.replaceChildren();
    if (focus) this.#button.focus();
  }

  #fill(): void {
    const { runs, state } = this.#model;
    const found = matching(runs ?? [], this.#search.value ?? '');
    const listed = found.slice(0, mostListed);
    const signature = listed.map(({ key }) => key).join('\n');
    // The same rows are only ticked anew: the one that was just clicked keeps the focus.
    if (this.#list.dataset['keys'] !== signature || this.#list.children.length !== listed.length) {
      this.#list.replaceChildren(...listed.map((run) => this.#row(run)));
      this.#list.dataset['keys'] = signature;
    }
    const full = state.selected.length >= mostShown;
    listed.forEach((run, index) => {
      const row = this.#list.children[index];
      const box = row?.querySelector('vscode-checkbox') as
        (HTMLElement & { checked: boolean; disabled: boolean }) | null;
      if (!box) return;
      const on = state.selected.includes(run.key);
      if (box.checked !== on) box.checked = on;
      if (box.disabled !== (full && !on)) box.disabled = full && !on;
      const detail = row?.querySelector('.run-detail');
      if (detail) setText(detail, standing(run, undefined));
    });
    const rest = found.length - listed.length;
    const notes = [
      ...(found.length === 0 ? ['No run has such a name.'] : []),
      ...(rest > 0 ? [`${rest} more: search for them.`] : []),
      ...(full ? [`At most ${mostShown} runs are shown at once.`] : []),
    ];
    setText(this.#note, notes.join(' '));
  }

  #row(run: CurveRun): HTMLElement {
    const box = checkbox(run.name, false, (on) => this.#model.show(run.key, on));
    box.title = run.id;
    return element('li', {}, box, element('span', { class: 'run-detail' }, standing(run, undefined)));
  }
}
