import type { NetworkShape } from './network.ts';
import type { PanelState, Place } from './state.ts';
import type { Unrolled, UnrolledLayer } from './unroll.ts';

/** The numbers at the place that is looked at. */
export interface Scene {
  readonly shape: NetworkShape;
  readonly place: Place;
  readonly steps: number;
  /** The units that are looked at, from 0. */
  readonly units: readonly number[];
  /** What the layer reads at this step. */
  readonly inputs: readonly number[];
  /** The network's output at this step. */
  readonly output: number;
  /** Whether the layer lies on top, where the output is made. */
  readonly hasOutput: boolean;
  /** Of the units that are looked at. */
  readonly of: (name: string) => readonly number[];
}

export function layerAt({ layers }: Unrolled, { layer, reading }: Pick<Place, 'layer' | 'reading'>): UnrolledLayer {
  const found = layers.find((one) => one.layer === layer && one.reading === reading);
  if (!found) throw new Error(`the network has no layer ${layer} that is read ${reading}`);
  return found;
}

/** The units that a place shows. */
export function unitsOf({ unit }: Place, { hidden }: NetworkShape): number[] {
  return unit === null ? Array.from({ length: hidden }, (_, index) => index) : [unit];
}

export function sceneOf({ network, place }: PanelState, unrolled: Unrolled): Scene {
  const { shape, inputs } = network;
  const units = unitsOf(place, shape);
  const values = layerAt(unrolled, place).steps[place.step] ?? {};
  const below =
    place.layer === 0
      ? [inputs[place.step] ?? NaN]
      : Array.from(layerAt(unrolled, { ...place, layer: place.layer - 1 }).steps[place.step]?.['h'] ?? []);
  return {
    shape,
    place,
    steps: inputs.length,
    units,
    inputs: below,
    output: unrolled.outputs[place.step] ?? NaN,
    hasOutput: place.layer === shape.layers - 1,
    of: (name) => units.map((unit) => values[name]?.[unit] ?? NaN),
  };
}
