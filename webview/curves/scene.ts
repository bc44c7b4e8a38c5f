import type { Theme } from '../shared/theme.ts';
import type { Look } from './colours.ts';
import { lookOf } from './colours.ts';
import type { Buckets, Polyline } from './decimate.ts';
import { bucketsOf, decimate } from './decimate.ts';
import type { ShownRun } from './model.ts';
import type { Reference } from './references.ts';
import { referencesOf } from './references.ts';
import type { AxisName, RunData } from './runData.ts';
import type { ChartId, PanelState } from './state.ts';
import { chartIds } from './state.ts';
import type { Range, Scale } from './viewport.ts';
import { linear, logarithmic, padded } from './viewport.ts';

/** A run in a chart. */
export interface SceneRun {
  readonly look: Look;
  /** As recorded; drawn faintly when there is a smoothed line. */
  readonly raw: Polyline;
  readonly smoothed: Polyline | undefined;
  /** Validation, perplexity's chart alone. */
  readonly valid: Polyline | undefined;
  /** Another run is highlighted. */
  readonly faded: boolean;
  readonly highlighted: boolean;
  /** The run failed or diverged at its last point. */
  readonly crashed: boolean;
}

/** All that a chart draws. */
export interface Scene {
  readonly chart: ChartId;
  readonly axis: AxisName;
  readonly x: Range;
  /** In what `scale` gives of values. */
  readonly y: Range;
  readonly scale: Scale;
  readonly runs: readonly SceneRun[];
  readonly references: readonly Reference[];
  /** Whether the chart has the words of the x axis below it. */
  readonly axisWords: boolean;
  readonly theme: Theme;
}

/** What scenes are made of. */
export interface SceneInput {
  readonly state: PanelState;
  readonly shown: readonly ShownRun[];
  readonly highlighted: string | null;
  readonly theme: Theme;
  /** Of the plot, in device pixels. */
  readonly columns: number;
}

/** The charts that are on, from the top. */
export function visibleCharts({ off }: PanelState): ChartId[] {
  return chartIds.filter((id) => id === 'perplexity' || !off.includes(id));
}

/** From 0 to the end of the longest drawn run. */
export function wholeX(axis: AxisName, shown: readonly ShownRun[]): Range {
  const ends = shown.flatMap(({ hidden, loaded }) => (hidden || !loaded.data ? [] : [loaded.data.end(axis)]));
  const end = Math.max(0, ...ends);
  return [0, end > 0 ? end : 1];
}

/** How a chart's values lie on its y axis. */
export function scaleOf(chart: ChartId, { logarithmic: log }: PanelState): Scale {
  return chart === 'perplexity' && log ? logarithmic : linear;
}

/** The scene of each chart that is on. Lines are reduced to what the plot's width can show, and kept while it is the same. */
export function scenes(input: SceneInput): Scene[] {
  const { state, shown, theme } = input;
  const x = state.zoomX ?? wholeX(state.axis, shown);
  const drawn = shown.filter(({ hidden, loaded }) => !hidden && loaded.data !== undefined);
  const charts = visibleCharts(state);
  return charts.map((chart) => {
    const runs = drawn.map((run) => sceneRun(chart, run, { ...input, x }));
    const references = chart === 'perplexity' ? referencesOf(drawn.map(({ run }) => run)) : [];
    const scale = scaleOf(chart, state);
    const zoom = state.zoomY[chart];
    const y: Range = zoom ? [scale.to(zoom[0]), scale.to(zoom[1])] : fit(scale, runs, references);
    const axisWords = chart === 'perplexity' || chart === charts.at(-1);
    return { chart, axis: state.axis, x, y, scale, runs, references, axisWords, theme };
  });
}

function sceneRun(chart: ChartId, { run, loaded, slot }: ShownRun, view: SceneInput & { readonly x: Range }): SceneRun {
  const { state, theme, highlighted, columns, x } = view;
  const data = loaded.data as RunData;
  // A learning rate is exact: there is no noise to smooth.
  const weight = chart === 'learningRate' ? 0 : state.smoothing;
  const place = [state.axis, x, columns, data.steps.rewritten, data.epochs.rewritten].join();
  const bucketsAt = (name: string, xs: Float64Array): Buckets =>
    cached({ data, name: `buckets ${name}`, stamp: `${place},${xs.length}` }, () => bucketsOf(xs, x, columns));
  const reduced = (name: string, xs: Float64Array, of: () => Float64Array | Float32Array): Polyline =>
    cached({ data, name: `${chart} ${name}`, stamp: `${place},${xs.length},${weight}` }, () =>
      decimate(xs, of(), bucketsAt(name === 'valid' ? 'epochs' : 'steps', xs)),
    );
  const steps = data.steps.column(state.axis);
  return {
    look: lookOf(slot, theme.kind.endsWith('light')),
    raw: reduced('raw', steps, () => data.steps.column(chart)),
    smoothed: weight > 0 ? reduced('smoothed', steps, () => data.smoothed(chart, weight)) : undefined,
    valid:
      chart === 'perplexity'
        ? reduced('valid', data.epochs.column(state.axis), () => data.epochs.column('validPerplexity'))
        : undefined,
    faded: highlighted !== null && highlighted !== run.key,
    highlighted: highlighted === run.key,
    crashed: run.state === 'failed' || run.state === 'diverged',
  };
}

/** The range that shows all lines. Perplexity on a logarithmic axis stands where it is; the other figures start at 0. */
function fit(scale: Scale, runs: readonly SceneRun[], references: readonly Reference[]): Range {
  const lines = runs.flatMap(({ raw, valid }) => (valid ? [raw, valid] : [raw]));
  const values = references.map(({ value }) => value);
  const least = Math.min(...lines.map((line) => line.least), ...values);
  const greatest = Math.max(...lines.map((line) => line.greatest), ...values);
  if (!(least <= greatest)) return scale === logarithmic ? [1, 4] : [0, 1];
  if (scale === logarithmic) return padded([scale.to(Math.max(least, 1e-3)), scale.to(greatest)], 0.05);
  return [0, greatest > 0 ? greatest * 1.06 : 1];
}

const kept = new WeakMap<RunData, Map<string, { stamp: string; value: unknown }>>();

/** Under which name and circumstances something is made of a run. A name stands for one type. */
interface Kept {
  readonly data: RunData;
  readonly name: string;
  readonly stamp: string;
}

/** What was made of a run under the same name and circumstances, or a new one. */
function cached<Value>({ data, name, stamp }: Kept, make: () => Value): Value {
  let ofRun = kept.get(data);
  if (ofRun === undefined) {
    ofRun = new Map<string, { stamp: string; value: unknown }>();
    kept.set(data, ofRun);
  }
  const found = ofRun.get(name);
  if (found?.stamp === stamp) return found.value as Value;
  const value = make();
  ofRun.set(name, { stamp, value });
  return value;
}
