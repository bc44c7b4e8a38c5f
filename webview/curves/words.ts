import type { CurveRun } from '../../src/protocol/curves.ts';
import { describeDuration } from '../../src/util/durations.ts';
import type { RunData } from './runData.ts';
import { nearestTo } from './decimate.ts';
import type { AxisName, Metric } from './runData.ts';
import type { ChartId } from './state.ts';
import { exactTime, figure } from './ticks.ts';

/** The charts' names. */
export const chartTitles: Readonly<Record<ChartId, string>> = {
  perplexity: 'Perplexity',
  learningRate: 'Learning rate',
  gradientNorm: 'Gradient norm',
  wordsPerSecond: 'Words per second',
};

export const axisTitles: Readonly<Record<AxisName, string>> = { step: 'Step', epoch: 'Epoch', seconds: 'Time' };

export const stateWords: Readonly<Record<CurveRun['state'], string>> = {
  running: 'Training',
  paused: 'Paused',
  done: 'Done',
  stopped: 'Stopped',
  interrupted: 'Interrupted',
  failed: 'Failed',
  diverged: 'Diverged',
  broken: 'Damaged',
};

/** A place on an x axis. */
export function placeWords(axis: AxisName, value: number): string {
  if (axis === 'seconds') return exactTime(Math.round(value));
  if (axis === 'step') return `step ${Math.round(value).toLocaleString('en-US')}`;
  return `epoch ${value.toFixed(2)}`;
}

/** A run's name, with what its figures are where they are no perplexities. */
export function titleOf({ name, measure }: Pick<CurveRun, 'name' | 'measure'>): string {
  return measure === 'perplexity' ? name : `${name} (${measure})`;
}

/** A label and its figure are not parted at the end of a line. */
const inseparable = '\u00a0';

/** How a run stands, in a line: `Running 43 %, 12 min left · best valid. 127.4`. */
export function standing(run: CurveRun, best: number | undefined): string {
  const going = run.state === 'running' || run.state === 'paused';
  const left = run.state === 'running' && run.secondsLeft !== null ? `, ${describeDuration(run.secondsLeft)} left` : '';
  const state = going ? `${stateWords[run.state]} ${Math.floor(100 * run.fraction)} %${left}` : stateWords[run.state];
  const least = best ?? run.bestValidPerplexity;
  const valid = least === undefined ? [] : [`best validation${inseparable}${figure(least)}`];
  const test = run.testPerplexity === undefined ? [] : [`test${inseparable}${figure(run.testPerplexity)}`];
  const measure = run.measure === 'perplexity' || valid.length + test.length === 0 ? [] : [run.measure];
  return [state, ...measure, ...valid, ...test].join(' · ');
}

/** A run's figures at a place: the record nearest to it. */
export interface Reading {
  /** Of the chart's figure at the nearest step record, NaN where there is none. */
  readonly value: number;
  /** Validation perplexity of the nearest epoch's end. Perplexity's chart alone. */
  readonly valid?: number;
}

/** What a run's figure is at `x`. Beyond the run's end there is none: a run that ended early has no figure there. */
export function readingAt(data: RunData, chart: Metric, axis: AxisName, x: number): Reading | undefined {
  const xs = data.steps.column(axis);
  const at = nearestTo(xs, x);
  const epochs = data.epochs.column(axis);
  const epoch = nearestTo(epochs, x);
  const end = data.end(axis);
  if ((at < 0 && epoch < 0) || x > end * 1.02) return undefined;
  const value = data.steps.column(chart)[at] ?? NaN;
  return chart === 'perplexity' ? { value, valid: data.epochs.column('validPerplexity')[epoch] ?? NaN } : { value };
}

/** A chart's figures for those who do not see it. Ten runs at most are read out; the table has them all. */
export function chartSummary(
  chart: ChartId,
  runs: readonly { readonly name: string; readonly data: RunData | undefined }[],
): string {
  const title = chart === 'perplexity' ? 'Training and validation perplexity' : chartTitles[chart];
  if (runs.length === 0) return `${title}: no run is shown.`;
  const parts = runs.slice(0, 10).map(({ name, data }) => `${name}: ${figuresOf(chart, data)}`);
  if (runs.length > 10) parts.push(`and ${runs.length - 10} more runs, in the table`);
  return `${title}. ${parts.join('; ')}.`;
}

/** What is announced when a run's newest validation perplexity has changed. */
export function validationNews(
  { name, measure }: Pick<CurveRun, 'name' | 'measure'>,
  data: RunData,
): string | undefined {
  const found = data.validation();
  if (found === undefined) return undefined;
  const best = found.newest <= found.best ? ', the best so far' : `, best ${figure(found.best)}`;
  return `${name}: validation ${measure} ${figure(found.newest)} after epoch ${found.epoch}${best}`;
}

function figuresOf(chart: ChartId, data: RunData | undefined): string {
  if (data === undefined) return 'loading';
  const last = data.steps.length - 1;
  const validation = chart === 'perplexity' ? data.validation() : undefined;
  if (last < 0 && validation === undefined) return 'no figures yet';
  const step = `at step ${figure(data.steps.column('step')[last] ?? NaN)}`;
  const now = last < 0 ? [] : [`${figure(data.steps.column(chart)[last] ?? NaN)} ${step}`];
  const valid =
    validation === undefined
      ? []
      : [`validation ${figure(validation.newest)} after epoch ${validation.epoch}, best ${figure(validation.best)}`];
  return [...now, ...valid].join(', ');
}
