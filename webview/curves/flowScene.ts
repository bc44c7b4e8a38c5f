import type { Marker } from './colours.ts';
import { dashes, markers } from './colours.ts';
import type { FlowData, FlowLayer, FlowPlace } from './flowData.ts';
import type { PanelState } from './state.ts';
import { figure } from './ticks.ts';
import type { Range } from './viewport.ts';
import { logarithmic, padded } from './viewport.ts';

/** How a layer's lines look, in every run: the colour says which run. */
export interface LayerLook {
  readonly dash: readonly number[];
  readonly marker: Marker;
  /** Whether the markers are filled: those of layers that read backwards are not. */
  readonly filled: boolean;
}

export interface FlowLine {
  readonly colour: string;
  readonly look: LayerLook;
  readonly layer: FlowLayer;
  readonly run: string;
  /** By distance from the loss, in steps from 0; NaN where there is none. */
  readonly values: Float64Array;
  readonly faded: boolean;
  readonly highlighted: boolean;
}

/** A run that has records. */
export interface FlowSource {
  readonly key: string;
  readonly name: string;
  readonly colour: string;
  readonly data: FlowData;
}

/** A run with the record that is drawn. */
export interface FlowRun extends FlowSource, FlowPlace {}

/** All that the chart of gradient flow draws. */
export interface FlowScene {
  readonly runs: readonly FlowRun[];
  readonly lines: readonly FlowLine[];
  /** Every layer that a run has, once. */
  readonly layers: readonly FlowLayer[];
  /** The largest distance. */
  readonly end: number;
  /** In powers of ten. */
  readonly y: Range;
  readonly relative: boolean;
  /** Values of 0, which have no place on a logarithmic axis. */
  readonly zeros: number;
}

export interface FlowInput {
  readonly state: Pick<PanelState, 'flowStep' | 'flowRelative'>;
  /** Those whose lines are drawn. */
  readonly sources: readonly FlowSource[];
  readonly highlighted: string | null;
}

export function layerLook({ layer, reading }: Pick<FlowLayer, 'layer' | 'reading'>): LayerLook {
  // Of the first four layers each has a dash and a marker of its own; of sixteen no two have the same pair.
  const turn = Math.floor(layer / dashes.length);
  return {
    dash: dashes[layer % dashes.length] as readonly number[],
    marker: markers[(layer + turn) % markers.length] as Marker,
    filled: reading === 'forward',
  };
}

/** Of each run the record nearest to the chosen step. */
export function flowScene({ state, sources, highlighted }: FlowInput): FlowScene {
  const runs = sources.flatMap((source): FlowRun[] => {
    const place = source.data.at(state.flowStep);
    return place === undefined ? [] : [{ ...source, ...place }];
  });
  // A highlighted run that has no records fades nothing.
  const chosen = runs.some(({ key }) => key === highlighted) ? highlighted : null;
  const lines = runs.flatMap(({ key, name, colour, data, record }) =>
    data.layers.map((layer): FlowLine => ({
      colour,
      look: layerLook(layer),
      layer,
      run: name,
      values: valuesOf(data.norms(record, layer), state.flowRelative),
      faded: chosen !== null && chosen !== key,
      highlighted: chosen === key,
    })),
  );
  const all = lines.flatMap(({ values }) => [...values]);
  return {
    runs,
    lines,
    layers: distinctLayers(runs),
    end: Math.max(1, ...lines.map(({ values }) => values.length - 1)),
    y: rangeOf(all),
    relative: state.flowRelative,
    zeros: all.filter((value) => value === 0).length,
  };
}

/** The steps at which a drawn run has a record, each once. */
export function flowSteps(runs: readonly { readonly data: FlowData }[]): number[] {
  return [...new Set(runs.flatMap(({ data }) => [...data.steps]))].sort((left, right) => left - right);
}

/** `Layer 1`, from the lowest; `Layer 1, backward`. */
export function layerWords({ layer, reading }: Pick<FlowLayer, 'layer' | 'reading'>): string {
  return reading === 'forward' ? `Layer ${layer + 1}` : `Layer ${layer + 1}, backward`;
}

/** `step 1,201, epoch 3` */
export function placeOf({ step, epoch }: Pick<FlowPlace, 'step' | 'epoch'>): string {
  return `step ${step.toLocaleString('en-US')}, epoch ${epoch}`;
}

/** What stands below the chart. */
export function flowAxis({ layers }: Pick<FlowScene, 'layers'>): string {
  const both = layers.some(({ reading }) => reading === 'backward');
  return both ? 'Distance from the loss (steps)' : 'Distance back in time (steps)';
}

/** The chart for those who do not see it. Five runs at most are read out; the table has them all. */
export function flowSummary({ runs, lines, relative }: FlowScene): string {
  const parts = runs.slice(0, 5).map((run) => {
    const own = lines.filter((line) => line.run === run.name);
    const layers = own.map(({ layer, values }) => {
      const last = values.length - 1;
      return `${layerWords(layer)} from ${normFigure(values[0] ?? NaN)} to ${normFigure(values[last] ?? NaN)} at distance ${last}`;
    });
    return `${run.name}, ${placeOf(run)}: ${layers.join(', ')}`;
  });
  if (runs.length > 5) parts.push(`and ${runs.length - 5} more runs, in the table`);
  return `Gradient flow${relative ? ' relative to distance 0' : ''}. ${parts.join('; ')}.`;
}

/** What stands at ticks: powers of ten where plain numbers would be long. */
export function normWords(ticks: readonly number[]): string[] {
  const long = ticks.some((tick) => tick < 1e-3 || tick >= 1e5);
  const power = (tick: number): string => tick.toExponential().replace('e+', 'e');
  return ticks.map((tick) => (long && tick !== 1 ? power(tick) : String(Number(tick.toPrecision(6)))));
}

/** A norm in few characters: three digits, as a power of ten where it is small. */
export function normFigure(value: number): string {
  if (!Number.isFinite(value) || value === 0) return figure(value);
  return value < 1e-3 || value >= 1e4
    ? value.toExponential(2).replace('e+', 'e')
    : String(Number(value.toPrecision(3)));
}

function valuesOf(norms: Float64Array, relative: boolean): Float64Array {
  const first = norms[0] ?? NaN;
  // Where nothing reaches the layer at all there is nothing to compare with.
  return relative ? norms.map((norm) => (first > 0 ? norm / first : NaN)) : norms;
}

function rangeOf(values: readonly number[]): Range {
  const positions = values.map((value) => logarithmic.to(value)).filter(Number.isFinite);
  if (positions.length === 0) return [-1, 1];
  const [least, greatest] = [Math.min(...positions), Math.max(...positions)];
  // Lines that are all but level are not to look steep.
  const middle = (least + greatest) / 2;
  return padded([Math.min(least, middle - 0.5), Math.max(greatest, middle + 0.5)], 0.06);
}

function distinctLayers(runs: readonly FlowRun[]): FlowLayer[] {
  const found = new Map(runs.flatMap(({ data }) => data.layers.map((layer) => [layerWords(layer), layer] as const)));
  const rank = ({ reading, layer }: FlowLayer): number => layer + (reading === 'backward' ? 1000 : 0);
  return [...found.values()].sort((left, right) => rank(left) - rank(right));
}
