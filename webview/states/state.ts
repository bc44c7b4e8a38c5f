import * as z from 'zod';

import { checkpointKinds, idsOf } from '../../src/config/vocabulary.ts';
import { seriesSchema } from '../../src/protocol/inference.ts';
import { textSources } from '../../src/protocol/states.ts';
import { firstText } from '../shared/firstText.ts';
import { orderNames } from './order.ts';

/** What the panel keeps over a reload. What cannot be read, written by another version, takes its default. */
const weightsSchema = z.object({
  key: z.string(),
  checkpoint: z.union([z.enum(idsOf(checkpointKinds)), z.int().min(0)]).optional(),
});

/** More lines than this cannot be told apart. */
export const maxPins = 8;

/** A text longer than this is not kept over a reload, nor sent. */
export const maxCharacters = 200_000;

const stateSchema = z.object({
  /** The run on show; null until there is one. */
  first: weightsSchema.nullable().catch(null),
  /** Beside it, for comparison. */
  second: weightsSchema.nullable().catch(null),
  /** Shows what the second has more than the first in the place of the second. */
  difference: z.boolean().catch(false),
  source: z.enum(textSources).catch('typed'),
  text: z.string().max(maxCharacters).catch(firstText),
  series: seriesSchema.catch({ reading: 'forward', layer: 0, name: 'h' }),
  order: z.enum(orderNames).catch('index'),
  /** By whose correlation units are ordered, from 0. */
  orderUnit: z.int().min(0).catch(0),
  /** The unit that is looked at; null for none. */
  unit: z.int().min(0).nullable().catch(null),
  pins: z.array(z.int().min(0)).max(maxPins).catch([]),
  span: z
    .object({ from: z.int().min(0), to: z.int().min(0) })
    .refine(({ from, to }) => from <= to)
    .nullable()
    .catch(null),
  /** A part of the scale's end, so that it means the same for every series. */
  threshold: z.number().min(0).max(1).catch(0.3),
  /** The step of training whose probe is shown; null for the newest. */
  probeStep: z.int().min(0).nullable().catch(null),
  /** The number of the last command that was carried out: each is carried out once. */
  asked: z.number().catch(0),
});
export type PanelState = Readonly<z.output<typeof stateSchema>>;

/** One of the two that are compared. */
export type SideName = 'first' | 'second';

/** What was kept, or the state of a new panel. */
export function readState(kept: unknown): PanelState {
  const found = stateSchema.safeParse(kept);
  return found.success ? found.data : stateSchema.parse({});
}

/** A unit is pinned, or taken away where it was; of too many the oldest goes. */
export function togglePin(pins: readonly number[], unit: number): number[] {
  if (pins.includes(unit)) return pins.filter((pin) => pin !== unit);
  return [...pins, unit].slice(-maxPins);
}
