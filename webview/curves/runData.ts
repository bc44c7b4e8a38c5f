import type { EpochColumns, RunHistory, RunPoints, StepColumns } from '../../src/protocol/curves.ts';
import { epochColumnNames, stepColumnNames } from '../../src/protocol/curves.ts';
import { Columns } from './columns.ts';
import { FlowData } from './flowData.ts';
import { Smoothed } from './smoothing.ts';

const none = new Float64Array(0);
const noRows = { step: none, epoch: none, norms: none };

/** What a run is drawn along: steps done, epochs done, seconds of training. */
export type AxisName = 'step' | 'epoch' | 'seconds';
/** The figures of a step, each with a chart. */
export type Metric = 'perplexity' | 'learningRate' | 'gradientNorm' | 'wordsPerSecond';

/** A run's figures as they are known so far. */
export class RunData {
  readonly steps: Columns<keyof StepColumns>;
  readonly epochs: Columns<keyof EpochColumns>;
  /** Where the run records its gradient flow. */
  flow: FlowData | undefined;
  /** Why there is nothing, or not all. */
  problem: string | undefined;
  readonly #smoothed = new Map<Metric, Smoothed>();

  constructor(history: RunHistory) {
    this.steps = new Columns(stepColumnNames, history.steps);
    this.epochs = new Columns(epochColumnNames, history.epochs);
    this.flow = history.gradientFlow && new FlowData(history.gradientFlow);
    this.problem = history.problem;
  }

  /**
   * Takes rows that follow.
   *
   * @returns false where rows between are missing: the history is to be asked for again
   */
  take(points: RunPoints): boolean {
    const { gradientFlow } = points;
    const before = this.flow ?? (gradientFlow && new FlowData({ ...gradientFlow, ...noRows }));
    const flow = gradientFlow === undefined ? before : before?.with(gradientFlow);
    if (gradientFlow !== undefined && flow === undefined) return false;
    if (points.from.steps > this.steps.length || points.from.epochs > this.epochs.length) return false;
    this.flow = flow;
    this.steps.truncate(points.from.steps);
    this.epochs.truncate(points.from.epochs);
    this.steps.append(points.steps);
    this.epochs.append(points.epochs);
    this.problem = points.problem;
    return true;
  }

  /**
   * A figure after smoothing, a value a step record.
   *
   * @param weight from 0 (none) to below 1: how much of the earlier average is kept
   */
  smoothed(metric: Metric, weight: number): Float32Array {
    let kept = this.#smoothed.get(metric);
    if (kept?.weight !== weight) {
      // Perplexity is the exponential of a loss: the losses are what can be averaged.
      kept = new Smoothed(weight, metric === 'perplexity');
      this.#smoothed.set(metric, kept);
    }
    return kept.of(this.steps.column(metric), this.steps.rewritten);
  }

  /** The largest value on an axis, or 0. */
  end(axis: AxisName): number {
    return Math.max(this.steps.column(axis).at(-1) ?? 0, this.epochs.column(axis).at(-1) ?? 0, 0);
  }

  /** The least validation perplexity and the newest, where there are any. */
  validation(): { best: number; newest: number; epoch: number } | undefined {
    const values = this.epochs.column('validPerplexity');
    const newest = values.at(-1);
    if (newest === undefined) return undefined;
    return {
      best: values.reduce((least, value) => Math.min(least, value), Infinity),
      newest,
      epoch: this.epochs.length,
    };
  }
}
