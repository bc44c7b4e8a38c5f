import { element } from '../shared/dom.ts';
import { Changing } from '../shared/changing.ts';
import type { Options } from '../shared/changing.ts';
import { checkpointFrom, checkpointOptions } from '../shared/checkpoints.ts';
import type { Model } from './model.ts';
import type { Choice } from './state.ts';

/** Options of a dropdown are slow to make, and nobody reads further down. */
const mostListed = 100;

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
          if (choice !== null) model.choose(which, { ...choice, checkpoint: checkpointFrom(value) });
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
    const isDone = this.#model.runs?.find(({ key }) => key === choice?.key)?.state === 'done';
    const steps = [...(kept?.newest ?? []), ...(best === null ? [] : [best])];
    return checkpointOptions({ steps, best: best !== null }, choice?.checkpoint ?? null, isDone);
  }
}

function labelled(words: string, control: HTMLElement): HTMLElement {
  return element('span', { class: 'labelled' }, element('span', { 'aria-hidden': 'true' }, words), control);
}
