import { element, setText } from '../shared/dom.ts';
import type { Checkbox } from '../shared/toolkit.ts';
import { button, iconButton } from '../shared/toolkit.ts';
import type { Look } from './colours.ts';
import { icon, sample } from './icons.ts';
import type { Model, ShownRun } from './model.ts';
import { standing } from './words.ts';

interface Row {
  readonly element: HTMLElement;
  update(shown: ShownRun, look: Look): void;
}

/** The runs that are shown. A checkbox hides a run's lines; the pointer or the focus on a row fades the others. */
export class Legend {
  readonly element = element('ul', { class: 'legend', 'aria-label': 'Shown runs' });
  readonly #rows = new Map<string, Row>();
  readonly #model: Model;
  readonly #highlight: (key: string | null) => void;

  constructor(model: Model, highlight: (key: string | null) => void) {
    this.#model = model;
    this.#highlight = highlight;
  }

  /** Rows stay the same elements while their run is shown, so that the focus stays where it is. */
  update(shown: readonly ShownRun[], lookOf: (slot: number) => Look): void {
    const keys = new Set(shown.map(({ run }) => run.key));
    for (const [key, row] of this.#rows) {
      if (keys.has(key)) continue;
      row.element.remove();
      this.#rows.delete(key);
    }
    shown.forEach((item, index) => {
      const { key } = item.run;
      const row = this.#rows.get(key) ?? this.#row(key);
      this.#rows.set(key, row);
      row.update(item, lookOf(item.slot));
      if (this.element.children[index] !== row.element)
        this.element.insertBefore(row.element, this.element.children[index] ?? null);
    });
  }

  #row(key: string): Row {
    const box = element('vscode-checkbox', {}) as Checkbox;
    const line = element('span', { class: 'legend-line' });
    const name = element('span', { class: 'run-name' });
    const state = element('span', { class: 'run-state' });
    const detail = element('span', { class: 'run-detail' });
    const sums = element('span', { class: 'run-sums' });
    const problem = element('span', { class: 'run-problem' });
    const log = button('Show log', () => this.#model.command('showLog', key), { class: 'run-log' });
    const close = iconButton('Remove from the chart', icon('close'), () => this.#model.show(key, false));
    const text = element(
      'div',
      { class: 'run-text' },
      name,
      element('div', { class: 'run-standing' }, state, detail),
      sums,
      problem,
      log,
    );
    const row = element('li', { class: 'legend-row' }, box, line, text, close);
    box.addEventListener('change', () => this.#model.hide(key, !box.checked));
    row.addEventListener('mouseenter', () => this.#highlight(key));
    row.addEventListener('mouseleave', () => this.#highlight(null));
    row.addEventListener('focusin', () => this.#highlight(key));
    row.addEventListener('focusout', () => this.#highlight(null));
    let drawn = '';
    return {
      element: row,
      update({ run, loaded, hidden }, look) {
        const looks = JSON.stringify([look, run.state]);
        if (drawn !== looks) {
          line.replaceChildren(sample(look));
          state.replaceChildren(icon(run.state));
          row.dataset['state'] = run.state;
          drawn = looks;
        }
        if (box.checked === hidden) box.checked = !hidden;
        box.setAttribute('aria-label', `Draw ${run.name}`);
        close.setAttribute('aria-label', `Remove ${run.name} from the chart`);
        log.setAttribute('aria-label', `Show the log of ${run.name}`);
        row.classList.toggle('off', hidden);
        setText(name, run.name);
        name.title = run.id === run.name ? run.name : `${run.name} (${run.id})`;
        setText(detail, standing(run, loaded.data?.validation()?.best));
        setText(sums, run.sumsNotice ?? '');
        sums.hidden = run.sumsNotice === undefined;
        const trouble = loaded.problem ?? loaded.data?.problem;
        const waiting = loaded.loading && loaded.data === undefined;
        setText(problem, trouble ?? (waiting ? 'Loading…' : ''));
        problem.classList.toggle('waiting', trouble === undefined);
        problem.hidden = trouble === undefined && !waiting;
        log.hidden = !['failed', 'diverged', 'broken', 'interrupted'].includes(run.state);
      },
    };
  }
}
