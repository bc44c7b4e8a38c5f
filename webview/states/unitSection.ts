import type { Context, Followers, UnitReport } from '../../src/protocol/states.ts';
import { element, setText } from '../shared/dom.ts';
import { button } from '../shared/toolkit.ts';
import type { Button } from '../shared/toolkit.ts';
import { contextList } from './contexts.ts';
import type { Model } from './model.ts';
import { WorkLine } from './workLine.ts';
import { count, featureWords, figure, figures, hundredths } from './words.ts';

/** What one unit follows, and which units follow what. */
export class UnitSection {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #title = element('h2', {}, 'What a unit likes');
  readonly #number = element('input', { type: 'number', id: 'unit', class: 'unit-number', min: 1, step: 1 });
  readonly #order: Button;
  readonly #work: WorkLine<UnitReport>;
  readonly #report = element('div');
  #drawn: unknown;

  constructor(model: Model) {
    this.#model = model;
    this.#work = new WorkLine(model.corpus.report, {
      words: 'Look Through the Corpus',
      start: () => model.reportUnit(),
    });
    this.#order = button('Order by Correlation', () =>
      model.set({ order: 'correlation', orderUnit: model.state.unit ?? 0 }),
    );
    this.#number.addEventListener('change', () => {
      const unit = Math.round(Number(this.#number.value)) - 1;
      const units = model.first.reading?.grid.units ?? 0;
      if (this.#number.value !== '' && unit >= 0 && unit < units) model.look(unit);
      else this.update();
    });
    this.element = element(
      'section',
      { class: 'aside-section', 'aria-label': 'What a unit likes' },
      this.#title,
      element(
        'div',
        { class: 'group' },
        element('span', { class: 'labelled' }, element('label', { for: 'unit' }, 'Unit'), this.#number),
        this.#order,
      ),
      this.#work.element,
      this.#report,
    );
  }

  update(): void {
    const { state, first } = this.#model;
    const { unit } = state;
    const units = first.reading?.grid.units ?? 0;
    setText(this.#title, unit === null ? 'What a unit likes' : `What unit ${unit + 1} likes`);
    this.#number.max = String(Math.max(1, units));
    const number = unit === null ? '' : String(unit + 1);
    if (document.activeElement !== this.#number && this.#number.value !== number) this.#number.value = number;
    this.#order.hidden = unit === null;
    this.#work.update(unit !== null && unit < units);
    this.#showReport();
  }

  #showReport(): void {
    const { subject, state, first } = this.#model;
    const { report } = this.#model.corpus;
    const result = report.of === `${subject} ${state.unit}` ? report.result : undefined;
    if (result === this.#drawn) return;
    this.#drawn = result;
    if (result === undefined) return this.#report.replaceChildren();
    const { highest, lowest, correlations, mean, deviation, scanned } = result;
    const open = (context: Context): void => void this.#model.openContext(context);
    const list = (contexts: readonly Context[]) => ({
      unit: first.unit,
      open,
      scores: figures(contexts.map(({ score }) => score)),
      scoreWords: (value: string) => `The unit’s value there: ${value}`,
    });
    this.#report.replaceChildren(
      element(
        'p',
        { class: 'muted', role: 'status' },
        `Over ${count(scanned.tokens, 'token')}: mean ${figure(mean)}, standard deviation ${figure(deviation)}.`,
      ),
      element('h3', {}, 'Goes with'),
      bars(correlations),
      element('h3', {}, 'Highest at'),
      contextList(highest, { label: 'Where it is highest', ...list(highest) }),
      element('h3', {}, 'Lowest at'),
      contextList(lowest, { label: 'Where it is lowest', ...list(lowest) }),
    );
  }
}

/** A bar a feature, from the middle to the left or to the right. */
function bars(correlations: UnitReport['correlations']): HTMLElement {
  const rows = correlations.map(({ feature, correlation }) => {
    const bar = element('span', { class: correlation < 0 ? 'bar negative' : 'bar positive' });
    bar.style.width = `${Math.abs(correlation) * 50}%`;
    return element(
      'tr',
      {},
      element('th', { scope: 'row' }, featureWords(feature)),
      element('td', { class: 'bar-place' }, bar),
      element('td', { class: 'bar-figure' }, hundredths(correlation)),
    );
  });
  return element(
    'table',
    { class: 'bars' },
    element('caption', { class: 'sr-only' }, 'Correlation with facts about the tokens'),
    element('tbody', {}, ...rows),
  );
}

/** Which units follow what best; a click looks at one. */
export class FollowersSection {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #work: WorkLine<Followers>;
  readonly #list = element('div');
  #drawn: unknown;

  constructor(model: Model) {
    this.#model = model;
    this.#work = new WorkLine(model.corpus.followers, {
      words: 'Look at All Units',
      start: () => model.findFollowers(),
    });
    this.element = element(
      'section',
      { class: 'aside-section', 'aria-label': 'Which units follow what' },
      element('h2', {}, 'Which units follow what'),
      this.#work.element,
      this.#list,
    );
  }

  update(): void {
    const { subject, first } = this.#model;
    const { followers } = this.#model.corpus;
    this.#work.update(first.reading !== undefined);
    const result = followers.of === subject ? followers.result : undefined;
    if (result === this.#drawn) return;
    this.#drawn = result;
    if (result === undefined) return this.#list.replaceChildren();
    const rows = result.features
      .filter(({ units }) => units.length > 0)
      .map(({ feature, units }) =>
        element(
          'tr',
          {},
          element('th', { scope: 'row' }, featureWords(feature)),
          element('td', {}, ...units.map((unit) => this.#unit(unit))),
        ),
      );
    this.#list.replaceChildren(
      element('p', { class: 'muted' }, `Correlation over ${count(result.scanned.tokens, 'token')}.`),
      element('table', { class: 'followers' }, element('tbody', {}, ...rows)),
    );
  }

  #unit({ unit, correlation }: { unit: number; correlation: number }): HTMLElement {
    const made = element(
      'button',
      { type: 'button', class: 'chip', 'aria-label': `Unit ${unit + 1}, correlation ${correlation.toFixed(2)}` },
      `${unit + 1}`,
      element('span', { class: 'muted' }, hundredths(correlation)),
    );
    made.addEventListener('click', () => {
      const { pins } = this.#model.state;
      if (pins.includes(unit)) this.#model.look(unit);
      else this.#model.pick(unit);
    });
    return made;
  }
}
