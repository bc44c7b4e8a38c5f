import { measureOf } from '../../config/measures.ts';
import { causeOf } from '../../runs/files.ts';
import type { ListedRun } from '../../runs/list.ts';
import type { RunState } from '../../runs/schema.ts';
import { hasDoubtfulSums, sumsNotice } from '../../runs/sumsNotice.ts';
import { describeDuration } from '../../util/durations.ts';

/** How a run stands, in words and icons: the same in the tree, the status bar, quick picks and notifications. */

export type ShownState = RunState | 'broken';

export function stateOf(run: ListedRun): ShownState {
  return run.kind === 'run' ? run.state : 'broken';
}

interface StateLook {
  /** The name of a product icon. None that turns: drawing it over and over would take its share from the training. */
  readonly icon: string;
  /** The id of a theme colour; none for the text's own. */
  readonly color?: string;
  readonly word: string;
}

const stateLooks: Readonly<Record<ShownState, StateLook>> = {
  running: { icon: 'play-circle', color: 'charts.blue', word: 'training' },
  paused: { icon: 'debug-pause', color: 'charts.yellow', word: 'paused' },
  done: { icon: 'pass', color: 'testing.iconPassed', word: 'done' },
  interrupted: { icon: 'debug-disconnect', color: 'editorWarning.foreground', word: 'interrupted' },
  failed: { icon: 'error', color: 'testing.iconFailed', word: 'failed' },
  diverged: { icon: 'flame', color: 'testing.iconFailed', word: 'diverged' },
  broken: { icon: 'warning', color: 'problemsWarningIcon.foreground', word: 'damaged' },
};

/** A perplexity with the digits that matter: 10,041 · 253.9 · 15.33. */
export function describePerplexity(value: number): string {
  if (value >= 1e6) return value.toExponential(1);
  const digits = value >= 1000 ? 0 : value >= 100 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function describePercent(fraction: number): string {
  // A run at 99.9 % is not done.
  return `${Math.floor(fraction * 100)} %`;
}

/** How a run's state looks: one that its user stopped is no accident. */
export function lookOf(run: ListedRun): StateLook {
  return stoppedByHand(run) ? { icon: 'stop-circle', word: 'stopped' } : stateLooks[stateOf(run)];
}

/** What stands behind a run's name in the tree: `valid 121.3 · 34 % · 12 min left`. */
export function summaryOf(run: ListedRun): string {
  if (run.kind === 'broken') return 'damaged';
  const { state, status } = run;
  const { progress, best, latest } = status;
  const parts: string[] = [];
  if (state !== 'running' && state !== 'done') parts.push(lookOf(run).word);
  // What a running one has to say: the disk refuses what it writes.
  if (state === 'running' && status.message !== undefined) parts.push('waiting for the disk');
  const measure = measureOf(run.config.configuration.model) === 'perplexity' ? '' : 'pseudo-perplexity ';
  if (best.validPerplexity !== undefined)
    parts.push(`${measure}validation ${describePerplexity(best.validPerplexity)}`);
  else if (latest.trainPerplexity !== undefined)
    parts.push(`${measure}train ${describePerplexity(latest.trainPerplexity)}`);
  if (status.warning !== undefined) parts.push('implausible');
  if (hasDoubtfulSums(run)) parts.push('sums may be wrong');
  if (state === 'done') {
    if (latest.testPerplexity !== undefined) parts.push(`${measure}test ${describePerplexity(latest.testPerplexity)}`);
    return parts.join(' · ') || 'done';
  }
  parts.push(describePercent(progress.fraction));
  if (state === 'running') parts.push(...describePhase(run));
  return parts.join(' · ');
}

/** What a panel is told of the sums of a run; nothing where there is nothing to know. */
export function sumsOf(run: Extract<ListedRun, { kind: 'run' }>): { sumsNotice?: string } {
  const notice = sumsNotice(run);
  return notice === undefined ? {} : { sumsNotice: notice };
}

/** Whether a run ended as its user wished, by a command or with its window: it was not interrupted. */
export function stoppedByHand(run: ListedRun): boolean {
  const cause = run.kind === 'run' ? causeOf(run) : undefined;
  return cause === 'user' || cause === 'window';
}

function describePhase({ status }: Extract<ListedRun, { kind: 'run' }>): string[] {
  const { phase, secondsLeft } = status.progress;
  if (phase === 'valid') return ['validating'];
  if (phase === 'test') return ['testing'];
  return secondsLeft === null ? [] : [`${describeDuration(secondsLeft)} left`];
}
