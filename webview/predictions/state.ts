import * as z from 'zod';

/** What the panel keeps over a reload. What cannot be read takes its default. */

/** What is kept is sent to VS Code at each change: longer texts are kept as far as this, in UTF-16 units. */
import { checkpointKinds, idsOf } from '../../src/config/vocabulary.ts';
export const maxKept = 1_000_000;

const choiceSchema = z.object({
  /** The run's folder. */
  key: z.string(),
  /** What it was called: told where it is gone. */
  name: z.string(),
  checkpoint: z
    .union([z.enum(idsOf(checkpointKinds)), z.int().min(0)])
    .nullable()
    .catch(null),
});
/** A model that is chosen; a checkpoint of null is the run's own choice. */
export type Choice = z.output<typeof choiceSchema>;

const replacementSchema = z.object({
  before: z.string(),
  start: z.int().min(0),
  oldEnd: z.int().min(0),
  newEnd: z.int().min(0),
});

export const limits = { temperature: 3, topK: 100_000, words: 10_000, seed: 0xffff_ffff, bars: 50 } as const;

const optionsSchema = z.object({
  temperature: z.number().min(0).max(limits.temperature).catch(1),
  topK: z.int().min(0).max(limits.topK).catch(0),
  topP: z.number().gt(0).max(1).catch(1),
  banUnknown: z.boolean().catch(true),
  seed: z.int().min(0).max(limits.seed).catch(1),
  /** That are written at once. */
  words: z.int().min(1).max(limits.words).catch(30),
});
export type Options = z.output<typeof optionsSchema>;

const stateSchema = z.object({
  text: z.string().catch(''),
  caret: z.int().min(0).catch(0),
  first: choiceSchema.nullable().catch(null),
  /** What the first is compared with. */
  second: choiceSchema.nullable().catch(null),
  options: optionsSchema.catch(() => optionsSchema.parse({})),
  /** What was put in another word's place, as long as nothing else has changed the text. */
  replacement: replacementSchema.nullable().catch(null),
  /** The number of the last request to show something that was carried out: each is carried out once. */
  asked: z.number().catch(0),
});
export type PanelState = Readonly<z.output<typeof stateSchema>>;

/** What was kept, or the state of a new panel. */
export function readState(kept: unknown): PanelState {
  const found = stateSchema.safeParse(typeof kept === 'object' && kept !== null ? kept : {});
  const state = found.success ? found.data : stateSchema.parse({});
  const { text, replacement } = state;
  const fits = replacement !== null && replacement.newEnd <= text.length && replacement.start <= replacement.newEnd;
  return { ...state, caret: Math.min(state.caret, text.length), replacement: fits ? replacement : null };
}

/** As it is kept: of a very long text its beginning. */
export function keptState(state: PanelState): PanelState {
  if (state.text.length <= maxKept) return state;
  return { ...state, text: state.text.slice(0, maxKept), replacement: null };
}
