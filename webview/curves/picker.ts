import { button, checkbox, searchField } from '../shared/controls.ts';
import { createRef, html, nothing, ref, repeat } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import type { Model } from './model.ts';
import { opener } from './opener.ts';
import { matching } from './pickerList.ts';
import { maxShown } from './selection.ts';
import { standing } from './words.ts';

/** Rows in the list at once: checkboxes are slow to make, and nobody reads further down than types. */
const maxListed = 60;

/** Chooses the runs to show: a button that opens a list with a search field. */
export class Picker {
  readonly #model: Model;
  readonly #redraw: () => void;
  readonly #place = createRef<HTMLElement>();
  #open = false;
  #search = '';

  /** @param redraw renders at once: the focus goes to what is opened */
  constructor(model: Model, redraw: () => void) {
    this.#model = model;
    this.#redraw = redraw;
    document.addEventListener('mousedown', (event) => {
      const { value: place } = this.#place;
      if (this.#open && place !== undefined && !event.composedPath().includes(place)) this.#set({ open: false });
    });
  }

  render(): TemplateResult {
    const { runs, state } = this.#model;
    return html`<div class="picker-place" ${ref(this.#place)} @keydown=${(event: KeyboardEvent) => this.#key(event)}>
      ${opener(`Runs (${state.selected.length} of ${runs?.length ?? 0})`, {
        open: this.#open,
        click: () => this.#set({ open: !this.#open, focus: true }),
        opens: 'dialog',
      })}
      ${this.#open ? this.#dialog() : nothing}
    </div>`;
  }

  #dialog(): TemplateResult {
    const { runs, state } = this.#model;
    const found = matching(runs ?? [], this.#search);
    const listed = found.slice(0, maxListed);
    const isFull = state.selected.length >= maxShown;
    const rest = found.length - listed.length;
    const notes = [
      ...(found.length === 0 ? ['No runs match.'] : []),
      ...(rest > 0 ? [`${rest} more: search to find them.`] : []),
      ...(isFull ? [`At most ${maxShown} runs are shown at once.`] : []),
    ];
    return html`<div class="picker" role="dialog" aria-label="Runs to show">
      ${searchField('Search runs', this.#search, (text) => {
        this.#search = text;
        this.#redraw();
      })}
      <ul class="picker-list" aria-label="Runs">
        ${repeat(
          listed,
          ({ key }) => key,
          (run) => {
            const isShown = state.selected.includes(run.key);
            const options = { title: run.id, disabled: isFull && !isShown };
            return html`<li>
              ${checkbox(run.name, isShown, (on) => this.#model.show(run.key, on), options)}
              <span class="run-detail">${standing(run, undefined)}</span>
            </li>`;
          },
        )}
      </ul>
      <p class="picker-note" role="status">${notes.join(' ')}</p>
      <div class="picker-buttons">
        ${button('Show none', { click: () => this.#model.showOnly([]) })}
        ${button('Done', { click: () => this.#set({ open: false, focus: true }), primary: true })}
      </div>
    </div>`;
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || !this.#open) return;
    this.#set({ open: false, focus: true });
    event.stopPropagation();
  }

  /** Opens or closes the list. @param focus whether the focus goes to the search field, or back to the button */
  #set({ open, focus = false }: { open: boolean; focus?: boolean }): void {
    this.#open = open;
    this.#redraw();
    const target = open ? 'vscode-text-field' : 'vscode-button';
    if (focus) this.#place.value?.querySelector<HTMLElement>(target)?.focus();
  }
}
