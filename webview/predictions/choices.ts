import { element } from '../shared/dom.ts';
import { dropdown } from '../shared/toolkit.ts';
import type { Dropdown } from '../shared/toolkit.ts';
import type { Model } from './model.ts';
import type { Choice } from './state.ts';
import { grouped } from './words.ts';

/** Options of a dropdown are slow to make, and nobody reads further down. */
const mostListed = 100;

type Options = readonly (readonly [value: string, words: string])[];

/** A dropdown whose options change: it is made anew when they do, and only then. */
class Changing {
  readonly element = element('span', { class: 'choice' });
  readonly #label: string;
  readonly #control: string;
  readonly #chosen: (value: string) => void;
  #made: Dropdown | undefined;
  #signature = '';
  #value = '';
  /** What could not be shown while the list was open. */
  #later: { options: Options; value: string } | undefined;

  constructor(label: string, control: string, chosen: (value: string) => void) {
    this.#label = label;
    this.#control = control;
    this.#chosen = chosen;
    this.element.addEventListener('focusout', () => this.#catchUp());
  }

  update(options: Options, value: string): void {
    // A list that somebody reads must not be taken away.
    this.#later = this.#made?.open === true ? { options, value } : undefined;
    if (this.#later !== undefined) return;
    const signature = JSON.stringify(options);
    if (this.#made === undefined || signature !== this.#signature) {
      this.#signature = signature;
      this.#made = dropdown(this.#label, options, value, (chosen) => {
        this.#catchUp();
        if (chosen !== this.#value) this.#chosen(chosen);
      });
      this.#made.dataset['control'] = this.#control;
      this.element.replaceChildren(this.#made);
    } else if (this.#made.value !== value) this.#made.value = value;
    this.#value = value;
  }

  #catchUp(): void {
    if (this.#later !== undefined) this.update(this.#later.options, this.#later.value);
  }
}

/** Which run, with which weights, and with what it is compared. */
export class Choices {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #runs: readonly [Changing, Changing];
  readonly #weights: readonly [Changing, Changing];
  readonly #weightsOfSecond: HTMLElement;

  constructor(model: Model) {
    this.#model = model;
    const run = (which: 0 | 1): Changing =>
      new Changing(which === 0 ? 'Run' : 'Compare with', which === 0 ? 'run' : 'second-run', (key) =>
        model.choose(which, key === '' ? null : model.choiceOf(key)),
      );
    const weights = (which: 0 | 1): Changing =>
      new Changing(
        which === 0 ? 'Weights' : 'Weights of the other',
        which === 0 ? 'weights' : 'second-weights',
        (value) => {
          const choice = this.#choice(which);
          if (choice !== null) model.choose(which, { ...choice, checkpoint: checkpointOf(value) });
        },
      );
    this.#runs = [run(0), run(1)];
    this.#weights = [weights(0), weights(1)];
    this.#weightsOfSecond = labelled('Weights', this.#weights[1].element);
    this.element = element(
      'header',
      { class: 'toolbar' },
      element(
        'div',
        { class: 'group' },
        labelled('Run', this.#runs[0].element),
        labelled('Weights', this.#weights[0].element),
      ),
      element('div', { class: 'group' }, labelled('Compare with', this.#runs[1].element), this.#weightsOfSecond),
    );
  }

  update(): void {
    for (const which of [0, 1] as const) {
      const choice = this.#choice(which);
      this.#runs[which].update(this.#runOptions(which), choice?.key ?? '');
      this.#weights[which].update(this.#weightOptions(choice), String(choice?.checkpoint ?? ''));
    }
    this.#weightsOfSecond.hidden = this.#model.state.second === null;
  }

  #choice(which: 0 | 1): Choice | null {
    return which === 0 ? this.#model.state.first : this.#model.state.second;
  }

  #runOptions(which: 0 | 1): Options {
    const runs = this.#model.runs ?? [];
    const choice = this.#choice(which);
    const listed = runs.slice(0, mostListed);
    const chosen = runs.find(({ key }) => key === choice?.key);
    if (chosen !== undefined && !listed.includes(chosen)) listed.push(chosen);
    return [
      ...(which === 1 ? [['', 'Nothing'] as const] : []),
      ...(choice !== null && chosen === undefined ? [[choice.key, `${choice.name} (gone)`] as const] : []),
      ...listed.map(({ key, name, state }) => [key, state === 'done' ? name : `${name} (${state})`] as const),
    ];
  }

  #weightOptions(choice: Choice | null): Options {
    const kept = choice === null ? undefined : this.#model.weights.get(choice.key);
    const best = kept?.best ?? null;
    const steps = new Set([...(kept?.newest ?? []), ...(best === null ? [] : [best])]);
    const { checkpoint = null } = choice ?? {};
    if (typeof checkpoint === 'number') steps.add(checkpoint);
    return [
      ['', 'As tested'],
      ['newest', 'Newest'],
      ...(best === null && checkpoint !== 'best' ? [] : [['best', 'Best'] as const]),
      ...[...steps].sort((a, b) => b - a).map((step) => [String(step), `Step ${grouped(step)}`] as const),
    ];
  }
}

function labelled(words: string, control: HTMLElement): HTMLElement {
  return element('span', { class: 'labelled' }, element('span', { 'aria-hidden': 'true' }, words), control);
}

function checkpointOf(value: string): Choice['checkpoint'] {
  if (value === '') return null;
  return value === 'newest' || value === 'best' ? value : Number(value);
}
