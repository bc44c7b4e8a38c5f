import type { Weights } from '../../src/protocol/states.ts';
import { checkpointFrom, checkpointOptions } from '../shared/checkpoints.ts';
import { checkbox, group, labelledDropdown, toolbar } from '../shared/controls.ts';
import type { Content } from '../shared/controls.ts';
import { nothing } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import type { Model } from './model.ts';
import type { SideName } from './state.ts';

/** The value of the option that stands for no run. */
const none = '';

/** Whose states are shown: a run and one of its checkpoints, and those that it is compared with. */
export function runBar(model: Model): TemplateResult {
  const { second, difference } = model.state;
  return toolbar(
    'Runs',
    group('Shown run', sideControls(model, 'first')),
    group(
      'Comparison',
      sideControls(model, 'second'),
      second === null ? nothing : checkbox('Show difference', difference, (on) => model.set({ difference: on })),
    ),
  );
}

function sideControls(model: Model, side: SideName): Content {
  const { state, runs } = model;
  const weights = state[side];
  const key = weights?.key ?? none;
  const run = runs?.find((one) => one.key === key);
  return [
    labelledDropdown({
      label: side === 'first' ? 'Run' : 'Compare with',
      control: `${side}-run`,
      options: [
        ...(side === 'second' ? [[none, 'Nothing'] as const] : []),
        ...(runs ?? []).map((one) => [one.key, one.name] as const),
        ...(weights !== null && run === undefined ? [[key, '(a deleted run)'] as const] : []),
      ],
      value: key,
      chosen: (value) => model.choose(side, value === none ? null : { key: value }),
    }),
    weights === null
      ? nothing
      : labelledDropdown(
          {
            label: 'Weights',
            control: `${side}-checkpoint`,
            options: checkpointOptions(model.checkpointsOf(key), weights.checkpoint ?? null, run?.state === 'done'),
            value: String(weights.checkpoint ?? ''),
            chosen: (value) => model.choose(side, weightsOf(key, value)),
          },
          // The probe is read from its records: no checkpoint is loaded for it.
          { hidden: state.source === 'training' },
        ),
  ];
}

function weightsOf(key: string, value: string): Weights {
  const checkpoint = checkpointFrom(value);
  return checkpoint === null ? { key } : { key, checkpoint };
}
