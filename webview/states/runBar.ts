import type { StateRun, Weights } from '../../src/protocol/states.ts';
import { checkpointFrom, checkpointOptions } from '../shared/checkpoints.ts';
import { element } from '../shared/dom.ts';
import { checkbox } from '../shared/toolkit.ts';
import type { Checkbox } from '../shared/toolkit.ts';
import { Choice } from './choice.ts';
import type { Model } from './model.ts';

type SideName = 'first' | 'second';
const none = '';

/** Whose states are shown: a run and one of its checkpoints, and those that it is compared with. */
export class RunBar {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #parts: Readonly<Record<SideName, { run: Choice; checkpoint: Choice }>>;
  readonly #difference: Checkbox;
  /** The checkpoints of each run that was asked for. */
  readonly #kept = new Map<string, { steps: number[]; best: boolean }>();
  readonly #asked = new Map<string, string>();

  constructor(model: Model) {
    this.#model = model;
    this.#parts = { first: this.#side('first', 'Run'), second: this.#side('second', 'Compare with') };
    this.#difference = checkbox('Show difference', model.state.difference, (on) => model.set({ difference: on }));
    const { first, second } = this.#parts;
    this.element = element(
      'div',
      { class: 'toolbar', role: 'group', 'aria-label': 'Runs' },
      element('div', { class: 'group' }, first.run.element, first.checkpoint.element),
      element('div', { class: 'group' }, second.run.element, second.checkpoint.element, this.#difference),
    );
  }

  update(): void {
    const { state } = this.#model;
    const runs = this.#model.runs ?? [];
    this.#fill('first', runs, []);
    this.#fill('second', runs, [[none, 'Nothing']]);
    // The probe is read from its records: no checkpoint is loaded for it.
    const isTraining = state.source === 'training';
    this.#parts.first.checkpoint.element.hidden = isTraining || state.first === null;
    this.#parts.second.checkpoint.element.hidden = isTraining || state.second === null;
    this.#difference.hidden = state.second === null;
    if (this.#difference.checked !== state.difference) this.#difference.checked = state.difference;
  }

  #side(name: SideName, label: string): { run: Choice; checkpoint: Choice } {
    const run = new Choice(`${name}-run`, label, (key) => this.#model.choose(name, key === none ? null : { key }));
    const checkpoint = new Choice(`${name}-checkpoint`, 'Weights', (value) => {
      const weights = this.#model.state[name];
      if (weights !== null) this.#model.choose(name, weightsOf(weights.key, value));
    });
    return { run, checkpoint };
  }

  #fill(name: SideName, runs: readonly StateRun[], before: readonly (readonly [string, string])[]): void {
    const weights = this.#model.state[name];
    const { run, checkpoint } = this.#parts[name];
    const options = runs.map(({ key, name: words }) => [key, words] as const);
    const key = weights?.key ?? none;
    const isGone = weights !== null && !runs.some((one) => one.key === key);
    run.update([...before, ...options, ...(isGone ? [[key, '(a run that is gone)'] as const] : [])], key);
    if (weights === null) return;
    this.#askCheckpoints(key, runs);
    const kept = this.#kept.get(key);
    checkpoint.update(
      checkpointOptions(
        kept ?? { steps: [], best: false },
        weights.checkpoint ?? null,
        runs.find((one) => one.key === key)?.state === 'done',
      ),
      String(weights.checkpoint ?? ''),
    );
  }

  /** Once a run, and again when its state has changed, or it keeps a newer one. */
  #askCheckpoints(key: string, runs: readonly StateRun[]): void {
    const run = runs.find((one) => one.key === key);
    if (run === undefined) return;
    const standing = `${run.state} ${this.#model.newestOf(key)}`;
    if (this.#asked.get(key) === standing) return;
    this.#asked.set(key, standing);
    this.#model.checkpoints(key).then(
      (kept) => {
        this.#kept.set(key, kept);
        this.update();
      },
      // Without a list there are the usual weights, and what is wrong with them is said when they are read.
      () => undefined,
    );
  }
}

function weightsOf(key: string, value: string): Weights {
  const checkpoint = checkpointFrom(value);
  return checkpoint === null ? { key } : { key, checkpoint };
}
