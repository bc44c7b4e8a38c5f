import { checkpointKinds } from '../../src/config/vocabulary.ts';
import type { CheckpointKind } from '../../src/config/vocabulary.ts';
import type { Options } from './changing.ts';

/** The weights of a run as they are offered: left to the run, the newest, those of the best validation, or of a step. */
export type Checkpoint = CheckpointKind | number;

/**
 * The options of a list of checkpoints.
 *
 * @param kept what the run keeps
 * @param chosen is offered although it may have been replaced; null for what is left to the run: the best of one that may
 *   stop early, the newest of any other
 * @param isDone the run has ended, and was tested with these if it was tested
 */
export function checkpointOptions(
  kept: { readonly steps: readonly number[]; readonly best: boolean },
  chosen: Checkpoint | null,
  isDone: boolean,
): Options {
  const steps = new Set(typeof chosen === 'number' ? [...kept.steps, chosen] : kept.steps);
  return [
    ['', isDone ? 'As tested' : 'Default'],
    ['newest', checkpointKinds.newest.title],
    ...(kept.best || chosen === 'best' ? [['best', checkpointKinds.best.title] as const] : []),
    ...[...steps].sort((a, b) => b - a).map((step) => [String(step), `Step ${step.toLocaleString('en-US')}`] as const),
  ];
}

/** What an option of such a list stands for. */
export function checkpointFrom(value: string): Checkpoint | null {
  if (value === '') return null;
  return value === 'newest' || value === 'best' ? value : Number(value);
}
