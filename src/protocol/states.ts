import * as z from 'zod';

import { checkpointKinds, idsOf } from '../config/vocabulary.ts';
import { exportersOf } from '../config/exporters.ts';
import type { ShownState } from './curves.ts';
import { seriesSchema } from './inference.ts';
import type { Followers, FoundContexts, LikelyWord, ModelFacts, Passage, Series, UnitReport } from './inference.ts';
import { notification } from './message.ts';
import { answerOf, panelNews, panelRequest } from './panel.ts';
import type { Asked, OfferedRuns, RunsNews } from './panel.ts';
import type { ProbePlace } from './probes.ts';
import { pageFileSchema } from './saving.ts';
import type { Saved } from './saving.ts';

/** Messages between the extension host and the hidden states panel. A run is named by its key: its folder's path. */

const key = z.string();
/** A number of the panel's: under it long work tells how far it is, and is given up. */
const ticket = z.int().min(0);

const weightsSchema = z.object({
  key,
  /** Left out: those that stand for the run. */
  checkpoint: z.union([z.enum(idsOf(checkpointKinds)), z.int().min(0)]).optional(),
});
/** Which weights of which run. */
export type Weights = z.output<typeof weightsSchema>;

/** More tokens than this are not shown at once. */
export const maxTokens = 2000;

/** A run as the panel offers it. */
export interface StateRun {
  readonly key: string;
  readonly id: string;
  /** What the user called it: any text. */
  readonly name: string;
  readonly state: ShownState;
  /** What a person should know of the sums that trained it, in a sentence; see src/runs/sumsNotice.ts. */
  readonly sumsNotice?: string;
}

/** Where the panel's text comes from; what is in an editor is followed as it changes. */
export const textSources = ['typed', 'selection', 'editor', 'corpus', 'training'] as const;

interface WantedStates {
  key?: string | undefined;
  source?: (typeof textSources)[number] | undefined;
}
export type AskedStates = Asked<WantedStates>;

export interface EditorText {
  /** Empty where there is none. */
  readonly text: string;
  /** The editor's file, for the eye; empty where there is no editor. */
  readonly name: string;
}

/** A token as it stands in the text, and as what it was read. */
export interface ShownToken {
  readonly token: string;
  readonly readAs: string;
  readonly known: boolean;
}

export interface StatesRead {
  readonly tokens: readonly ShownToken[];
  /** In the order asked for: the units of each series' layer. */
  readonly units: readonly number[];
  /** In that order, too: [token][unit]. */
  readonly values: readonly Float32Array[];
  /** Tokens of the text that are not here: there are more than can be shown. */
  readonly left: number;
}

export interface ProbeRead extends ProbePlace {
  readonly tokens: readonly string[];
  /** All that were recorded. */
  readonly series: readonly Series[];
  /** Of the series asked for; 0 where it was not recorded. */
  readonly units: number;
  /** Of the series asked for, [token][unit]; null where it was not recorded. */
  readonly values: Float32Array | null;
  readonly next: readonly LikelyWord[];
}

/** Of the panel to the host. */
export const statesRequests = {
  /** All runs whose files can be read, newest first, and what was asked for last. */
  runs: panelRequest('states/runs', z.object({}), answerOf<OfferedRuns<StateRun, WantedStates>>()),
  /** The checkpoints that a run keeps: their steps, the newest first, and whether it has one of the best validation. */
  checkpoints: panelRequest('states/checkpoints', z.object({ key }), answerOf<{ steps: number[]; best: boolean }>()),
  /** What a model is. Fails, with the reason in words, where it cannot be loaded. */
  open: panelRequest('states/open', z.object({ weights: weightsSchema }), answerOf<ModelFacts>()),
  /** The series that the network makes as it reads a text. */
  read: panelRequest(
    'states/read',
    z.object({ ticket, weights: weightsSchema, text: z.string(), series: z.array(seriesSchema).min(1) }),
    answerOf<StatesRead>(),
  ),
  /** The text of the editor that was last used: what is selected there, or all of it. */
  editorText: panelRequest(
    'states/editorText',
    z.object({ source: z.enum(['selection', 'editor']) }),
    answerOf<EditorText>(),
  ),
  /** A passage of the validation text: a random one, or that about a position. */
  passage: panelRequest(
    'states/passage',
    z.object({ weights: weightsSchema, position: z.int().min(0).optional(), length: z.int().min(1).max(maxTokens) }),
    answerOf<Passage>(),
  ),
  findContexts: panelRequest(
    'states/findContexts',
    z.object({
      ticket,
      weights: weightsSchema,
      series: seriesSchema,
      units: z.array(z.object({ unit: z.int().min(0), sign: z.union([z.literal(1), z.literal(-1)]) })).min(1),
      threshold: z.number().min(0),
      length: z.int().min(1).max(100),
    }),
    answerOf<FoundContexts>(),
  ),
  unitReport: panelRequest(
    'states/unitReport',
    z.object({ ticket, weights: weightsSchema, series: seriesSchema, unit: z.int().min(0) }),
    answerOf<UnitReport>(),
  ),
  followers: panelRequest(
    'states/followers',
    z.object({ ticket, weights: weightsSchema, series: seriesSchema }),
    answerOf<Followers>(),
  ),
  /** Where in a run's training its probe was recorded, rising. The run is watched from then on. */
  probes: panelRequest('states/probes', z.object({ key }), answerOf<{ places: ProbePlace[] }>()),
  /** One record of it. */
  probe: panelRequest(
    'states/probe',
    z.object({ key, step: z.int().min(0), series: seriesSchema.optional() }),
    answerOf<ProbeRead>(),
  ),
  /** Asks the user where to, and saves series of a text there, which the host has computed. Null when the user does not want to. */
  saveStates: panelRequest(
    'states/saveStates',
    z.object({
      ticket,
      format: z.enum(exportersOf('host')),
      weights: weightsSchema,
      text: z.string(),
      series: z.array(seriesSchema).min(1),
    }),
    answerOf<Saved>(),
  ),
  /** Asks the user where to, and saves there. Null when the user does not want to. */
  save: panelRequest('states/save', pageFileSchema, answerOf<Saved>()),
} as const;

export type { Context, Followers, FoundContexts, ModelFacts, UnitReport } from './inference.ts';

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
  trusted: panelNews<Record<string, never>>('states/trusted'),
  runs: panelNews<RunsNews<StateRun>>('states/runsChanged'),
  show: panelNews<AskedStates>('states/show'),
  progress: panelNews<{ ticket: number; fraction: number }>('states/progress'),
  editorText: panelNews<EditorText>('states/editorTextChanged'),
  /** A run that trains has recorded its probe once more; and the step of its newest checkpoint. */
  probes: panelNews<{ key: string; places: ProbePlace[]; newest: number | null }>('states/probesChanged'),
} as const;
