import * as z from 'zod';

import { directions, idsOf, readings } from '../../src/config/vocabulary.ts';
import { cellIds } from '../../src/config/cells.ts';
import { fits, maxHidden, maxLayers, maxSteps } from './network.ts';
import { maxMagnitude } from './numbers.ts';
import { example, firstSeed } from './weights.ts';

/** What the panel keeps over a reload, and where its sliders begin. */

const number = z.number().min(-maxMagnitude).max(maxMagnitude);

const shapeSchema = z.object({
  cell: z.enum(cellIds),
  direction: z.enum(idsOf(directions)),
  layers: z.int().min(1).max(maxLayers),
  hidden: z.int().min(1).max(maxHidden),
});

export const sliders = {
  length: { min: 2, max: 100, step: 1, start: 20 },
  scale: { min: 0.05, max: 3, step: 0.05, start: 0.5 },
  keepBias: { min: -2, max: 6, step: 0.25, start: 4 },
} as const;

const slider = (name: keyof typeof sliders) =>
  z.number().min(sliders[name].min).max(sliders[name].max).catch(sliders[name].start);

const reachSchema = z.object({
  length: slider('length').transform(Math.round),
  /** Of the weights of the cells that are compared: uniform in ± this. */
  scale: slider('scale'),
  /** Of the gates of the compared cells that keep the state. */
  keepBias: slider('keepBias'),
});

const explorerSchema = z.object({
  shape: shapeSchema,
  seed: z.int().min(1).max(1e6),
  inputs: z.array(number).min(1).max(maxSteps).readonly(),
  parameters: z.record(z.string(), z.array(number).readonly()),
});

const placeSchema = z.object({
  /** What is looked at: all of it from 0. */
  step: z.int().min(0).catch(0),
  layer: z.int().min(0).catch(0),
  reading: z.enum(idsOf(readings)).catch('forward'),
  /** Null for all units. */
  unit: z.int().min(0).nullable().catch(null),
});

/** A trained run in place of the network. */
const runSchema = z.object({ key: z.string(), name: z.string(), sentence: z.string() });

const stateSchema = z.object({
  network: explorerSchema.refine(({ shape, parameters }) => fits(shape, parameters)),
  place: placeSchema,
  reach: reachSchema,
  run: runSchema.nullable().catch(null),
  /** The number of the last request to explore a run that was carried out: each is carried out once. */
  asked: z.number().catch(0),
});

/** The network and the sequence that it reads. */
export type ExplorerNetwork = Readonly<z.output<typeof explorerSchema>>;
/** Which numbers are drawn large. */
export type Place = Readonly<z.output<typeof placeSchema>>;
export type ReachOptions = Readonly<z.output<typeof reachSchema>>;

export interface PanelState {
  readonly network: ExplorerNetwork;
  readonly place: Place;
  readonly reach: ReachOptions;
  readonly run: Readonly<z.output<typeof runSchema>> | null;
  readonly asked: number;
}

/** What the panel opens with: the worked example at its first step. */
export function firstState(): PanelState {
  const { shape, inputs, parameters } = example;
  const copies = Object.fromEntries(Object.entries(parameters).map(([name, data]) => [name, [...data]]));
  return {
    network: { shape, seed: firstSeed, inputs: [...inputs], parameters: copies },
    place: placeSchema.parse({}),
    reach: reachSchema.parse({}),
    run: null,
    asked: 0,
  };
}

/** What was kept, or the state of a new panel. */
export function readState(kept: unknown): PanelState {
  const found = stateSchema.safeParse(kept);
  return found.success ? { ...found.data, place: within(found.data) } : firstState();
}

/** A place that there is in the network: the nearest one. */
export function within({ network, place }: Pick<PanelState, 'network' | 'place'>): Place {
  const { shape, inputs } = network;
  const { step, layer, reading, unit } = place;
  return {
    step: Math.min(step, inputs.length - 1),
    layer: Math.min(layer, shape.layers - 1),
    reading: shape.direction === 'bidirectional' ? reading : 'forward',
    unit: unit === null || unit >= shape.hidden ? null : unit,
  };
}
