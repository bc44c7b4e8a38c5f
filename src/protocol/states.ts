import * as z from 'zod';

import { shownStates } from './curves.ts';
import { inference, seriesSchema } from './inference.ts';
import type { Context, ModelFacts } from './inference.ts';
import { notification, request } from './message.ts';
import { askedSchema, runsNewsSchema } from './panel.ts';
import { probePlaceSchema } from './probes.ts';

/** Messages between the extension host and the hidden states panel. A run is named by its key: its folder's path. */

const key = z.string();
/** A number of the panel's: under it long work tells how far it is, and is given up. */
const ticket = z.int().min(0);

const weightsSchema = z.object({
  key,
  /** Left out: those that stand for the run. */
  checkpoint: z.union([z.enum(['newest', 'best']), z.int().min(0)]).optional(),
});
/** Which weights of which run. */
export type Weights = z.output<typeof weightsSchema>;

/** More tokens than this are not shown at once. */
export const maxTokens = 2000;

const stateRunSchema = z.object({
  key,
  id: z.string(),
  /** What the user called it: any text. */
  name: z.string(),
  state: z.enum(shownStates),
  /** What a person should know of the sums that trained it, in a sentence; see src/runs/sumsNotice.ts. */
  sumsNotice: z.string().optional(),
});
/** A run as the panel offers it. */
export type StateRun = z.output<typeof stateRunSchema>;

/** Where the panel's text comes from; what is in an editor is followed as it changes. */
export const textSources = ['typed', 'selection', 'editor', 'corpus', 'training'] as const;

const askedStates = askedSchema({
  key: key.optional(),
  source: z.enum(textSources).optional(),
});
export type AskedStates = z.output<typeof askedStates>;

const editorTextSchema = z.object({
  /** Empty where there is none. */
  text: z.string(),
  /** The editor's file, for the eye; empty where there is no editor. */
  name: z.string(),
});
export type EditorText = z.output<typeof editorTextSchema>;

const token = z.object({ token: z.string(), readAs: z.string(), known: z.boolean() });
/** A token as it stands in the text, and as what it was read. */
export type ShownToken = z.output<typeof token>;

const readingResult = z
  .object({
    tokens: z.array(token),
    units: z.int().positive(),
    /** In the order asked for: [token][unit]. */
    values: z.array(z.instanceof(Float32Array)),
    /** Tokens of the text that are not here: there are more than can be shown. */
    left: z.int().min(0),
  })
  .refine(({ tokens, units, values }) => values.every(({ length }) => length === tokens.length * units), {
    message: 'each series must have a value a token and unit',
  });
export type StatesRead = z.output<typeof readingResult>;

const probeResult = z
  .object({
    ...probePlaceSchema.shape,
    tokens: z.array(z.string()),
    units: z.int().positive(),
    /** All that were recorded. */
    series: z.array(seriesSchema),
    /** Of the series asked for, [token][unit]; null where it was not recorded. */
    values: z.instanceof(Float32Array).nullable(),
    next: z.array(z.object({ word: z.string(), probability: z.number() })),
  })
  .refine(({ tokens, units, values }) => values === null || values.length === tokens.length * units, {
    message: 'the series must have a value a token and unit',
  });
export type ProbeRead = z.output<typeof probeResult>;

/** Of the panel to the host. */
export const statesRequests = {
  /** All runs whose files can be read, newest first, and what was asked for last. */
  runs: request(
    'states/runs',
    z.object({}),
    z.object({ runs: z.array(stateRunSchema), asked: askedStates.optional() }),
  ),
  /** The checkpoints that a run keeps: their steps, the newest first, and whether it has one of the best validation. */
  checkpoints: request(
    'states/checkpoints',
    z.object({ key }),
    z.object({ steps: z.array(z.int()), best: z.boolean() }),
  ),
  /** What a model is. Fails, with the reason in words, where it cannot be loaded. */
  open: request<{ weights: Weights }, ModelFacts>(
    'states/open',
    z.object({ weights: weightsSchema }),
    inference.open.result,
  ),
  /** The series that the network makes as it reads a text. */
  read: request(
    'states/read',
    z.object({ ticket, weights: weightsSchema, text: z.string(), series: z.array(seriesSchema).min(1) }),
    readingResult,
  ),
  /** The text of the editor that was last used: what is selected there, or all of it. */
  editorText: request('states/editorText', z.object({ source: z.enum(['selection', 'editor']) }), editorTextSchema),
  /** A passage of the validation text: a random one, or that about a position. */
  passage: request(
    'states/passage',
    z.object({ weights: weightsSchema, position: z.int().min(0).optional(), length: z.int().min(1).max(maxTokens) }),
    inference.passage.result,
  ),
  findContexts: request(
    'states/findContexts',
    z.object({
      ticket,
      weights: weightsSchema,
      series: seriesSchema,
      units: z.array(z.object({ unit: z.int().min(0), sign: z.union([z.literal(1), z.literal(-1)]) })).min(1),
      threshold: z.number().min(0),
      length: z.int().min(1).max(100),
    }),
    inference.findContexts.result,
  ),
  unitReport: request(
    'states/unitReport',
    z.object({ ticket, weights: weightsSchema, series: seriesSchema, unit: z.int().min(0) }),
    inference.unitReport.result,
  ),
  followers: request(
    'states/followers',
    z.object({ ticket, weights: weightsSchema, series: seriesSchema }),
    inference.followers.result,
  ),
  /** Where in a run's training its probe was recorded, rising. The run is watched from then on. */
  probes: request('states/probes', z.object({ key }), z.object({ places: z.array(probePlaceSchema) })),
  /** One record of it. */
  probe: request('states/probe', z.object({ key, step: z.int().min(0), series: seriesSchema.optional() }), probeResult),
  /**
   * Asks the user for a folder, and saves all series of a text there as LSTMVis reads them. Null when the user does not
   * want to.
   */
  saveForLstmVis: request(
    'states/saveForLstmVis',
    z.object({ ticket, weights: weightsSchema, text: z.string(), series: z.array(seriesSchema).min(1) }),
    z.object({ path: z.string().nullable() }),
  ),
  /** Asks the user where to, and saves there. Null when the user does not want to. */
  save: request(
    'states/save',
    z.object({ suggestedName: z.string(), kind: z.enum(['png', 'csv']), bytes: z.instanceof(Uint8Array) }),
    z.object({ path: z.string().nullable() }),
  ),
} as const;

export type FoundContexts = z.output<typeof inference.findContexts.result>;
export type UnitReport = z.output<typeof inference.unitReport.result>;
export type Followers = z.output<typeof inference.followers.result>;
export type { Context, ModelFacts };

export const statesNotices = {
  /** Long work is not wanted any more. */
  cancel: notification('states/cancel', z.object({ ticket })),
  /** Of these the panel wants to hear: changes of the editor's text, and new records of these runs. */
  watch: notification(
    'states/watch',
    z.object({ editor: z.enum(['selection', 'editor']).nullable(), keys: z.array(key) }),
  ),
  /** A command of the extension. */
  command: notification('states/command', z.object({ command: z.enum(['trainPtb']) })),
} as const;

/** Of the host to the panel. Lost while it is hidden: it asks again when it is shown. */
export const statesNews = {
  /** The user trusts the folder now: what was refused in Restricted Mode may be asked for again. */
  trusted: notification('states/trusted', z.object({})),
  runs: notification('states/runsChanged', runsNewsSchema(stateRunSchema)),
  show: notification('states/show', askedStates),
  progress: notification('states/progress', z.object({ ticket, fraction: z.number().min(0).max(1) })),
  editorText: notification('states/editorTextChanged', editorTextSchema),
  /** A run that trains has recorded its probe once more; and the step of its newest checkpoint. */
  probes: notification(
    'states/probesChanged',
    z.object({ key, places: z.array(probePlaceSchema), newest: z.int().nullable() }),
  ),
} as const;
