import type { Options } from '../shared/changing.ts';
import { checkpointFrom, checkpointOptions } from '../shared/checkpoints.ts';
import { dropdown, group, labelled, toolbar } from '../shared/controls.ts';
import { html } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import type { Model } from './model.ts';
import type { Choice } from './state.ts';

/** Options of a dropdown are slow to make, and nobody reads further down. */
const maxListed = 100;

/** Which run, with which weights, and with what it is compared. */
export function choices(model: Model): TemplateResult {
  const { first, second } = model.state;
  const run = (which: 0 | 1, choice: Choice | null, label: string): TemplateResult =>
    labelled(
      label,
      dropdown({
        label,
        control: which === 0 ? 'run' : 'second-run',
        options: [...(which === 1 ? [['', 'Nothing'] as const] : []), ...runOptions(model, choice)],
        value: choice?.key ?? '',
        chosen: (key) => model.choose(which, key === '' ? null : model.choiceOf(key)),
      }),
    );
  const weights = (which: 0 | 1, choice: Choice | null): TemplateResult =>
    labelled(
      'Weights',
      dropdown({
        label: which === 0 ? 'Weights' : 'Weights of the compared run',
        control: which === 0 ? 'weights' : 'second-weights',
        options: weightOptions(model, choice),
        value: String(choice?.checkpoint ?? ''),
        chosen: (value) => {
          if (choice !== null) model.choose(which, { ...choice, checkpoint: checkpointFrom(value) });
        },
      }),
      { hidden: choice === null },
    );
  return html`<header>
    ${toolbar(
      'Runs and weights',
      group('Model', run(0, first, 'Run'), weights(0, first)),
      group('Comparison', run(1, second, 'Compare with'), weights(1, second)),
    )}
  </header>`;
}

function runOptions(model: Model, choice: Choice | null): Options {
  const listed = (model.runs ?? []).slice(0, maxListed);
  const chosen = model.runOf(choice);
  if (chosen !== undefined && !listed.includes(chosen)) listed.push(chosen);
  return [
    ...(choice !== null && chosen === undefined ? [[choice.key, `${choice.name} (gone)`] as const] : []),
    ...listed.map(({ key, name, state }) => [key, state === 'done' ? name : `${name} (${state})`] as const),
  ];
}

function weightOptions(model: Model, choice: Choice | null): Options {
  const kept = choice === null ? undefined : model.weights.get(choice.key);
  const best = kept?.best ?? null;
  const steps = [...(kept?.newest ?? []), ...(best === null ? [] : [best])];
  const isDone = model.runOf(choice)?.state === 'done';
  return checkpointOptions({ steps, best: best !== null }, choice?.checkpoint ?? null, isDone);
}
