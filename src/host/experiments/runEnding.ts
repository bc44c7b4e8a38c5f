import { measureOf } from '../../config/measures.ts';
import { causeOf, isActive } from '../../runs/files.ts';
import { checkpointOf } from '../../trainers/stopWords.ts';
import { shortened } from '../text.ts';
import type { WholeRun } from './experiments.ts';
import { describePerplexity } from './runWords.ts';

export type EndingAction = 'Show Loss Curves' | 'Open Log' | 'Resume' | 'Resume with Lower Learning Rate…';

/** What is said of a run that has ended, and what can be done. */
export interface Ending {
  readonly text: string;
  readonly actions: EndingAction[];
  /** Whether it should not have ended so. */
  readonly isProblem: boolean;
}

/** @param step of the newest checkpoint; undefined where there is none */
export function endingOf(run: WholeRun, step: number | undefined): Ending {
  const name = `“${shortened(run.config.configuration.name)}”`;
  const { latest, best, message, progress } = run.status;
  const at = `at step ${progress.step.toLocaleString('en-US')} of ${progress.totalSteps.toLocaleString('en-US')}`;
  switch (run.state) {
    case 'done': {
      const measure = measureOf(run.config.configuration.model);
      const figures = [
        ...(latest.testPerplexity === undefined
          ? []
          : [`test ${measure} ${describePerplexity(latest.testPerplexity)}`]),
        ...(best.validPerplexity === undefined ? [] : [`best validation ${describePerplexity(best.validPerplexity)}`]),
      ];
      const warning = run.status.warning === undefined ? '' : ` ${run.status.warning}`;
      const text = `${name} has finished training${figures.length === 0 ? '' : `: ${figures.join(', ')}`}.${warning}`;
      return { text, actions: ['Show Loss Curves'], isProblem: false };
    }
    case 'diverged':
    case 'failed': {
      const what = run.state === 'failed' ? 'failed' : 'diverged';
      const actions: EndingAction[] =
        run.state === 'failed'
          ? ['Resume', 'Open Log']
          : ['Resume with Lower Learning Rate…', 'Show Loss Curves', 'Open Log'];
      return { text: `${name} ${what} ${at}. ${message ?? ''}`.trim(), actions, isProblem: true };
    }
    default:
      return { ...interruptionOf(run, { name, at, step }), actions: ['Resume', 'Show Loss Curves'] };
  }
}

/** Where the trainer itself wrote why it ended, it has saved a checkpoint before. */
function interruptionOf(
  run: WholeRun,
  { name, at, step }: { name: string; at: string; step: number | undefined },
): Pick<Ending, 'text' | 'isProblem'> {
  const { state, message } = run.status;
  switch (causeOf(run)) {
    case 'user':
      return { text: `${name} was stopped ${at}; a checkpoint was saved.`, isProblem: false };
    case 'window': {
      const why = 'because the VS Code window that it belonged to has closed';
      return { text: `${name} was stopped ${at}, ${why}; a checkpoint was saved.`, isProblem: false };
    }
    case 'signal': {
      const what = 'by a signal (Ctrl-C, a termination request or a closed terminal)';
      return { text: `${name} was interrupted ${at} ${what}; a checkpoint was saved.`, isProblem: false };
    }
    case 'accident': {
      const why = isActive(state) || message === undefined ? 'Its process ended unexpectedly.' : message;
      return { text: `${name} was interrupted ${at}; ${checkpointOf(step)}. ${why}`, isProblem: true };
    }
    case undefined:
      return { text: `${name} was interrupted ${at}; ${checkpointOf(step)}.`, isProblem: true };
  }
}
