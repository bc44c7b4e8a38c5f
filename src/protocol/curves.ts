import * as z from 'zod';

import type { Reading } from '../config/vocabulary.ts';
import { notification } from './message.ts';
import { answerOf, panelNews, panelRequest } from './panel.ts';
import type { Asked, OfferedRuns, RunsNews } from './panel.ts';
import { pageFileSchema } from './saving.ts';
import type { Saved } from './saving.ts';

/** Messages between the extension host and the loss curves panel. A run is named by its key: its folder's path. */

const key = z.string();

/** The figures of the `step` records of metrics.jsonl. */
export const stepColumnNames = [
  /** Steps done over all epochs, from 1. */
  'step',
  /** Epochs done, with fractions: 1.5 is the middle of the second. */
  'epoch',
  /** Seconds of training since the run's start. */
  'seconds',
  /** exp of the mean loss since the epoch's start. */
  'perplexity',
  'learningRate',
  /** Global norm before clipping. */
  'gradientNorm',
  'wordsPerSecond',
] as const;
/** A column a figure, all of the same length, oldest first. */
export type StepColumns = Readonly<Record<(typeof stepColumnNames)[number], Float64Array>>;

/** The figures of the `epoch` records, and where they lie on each axis. */
export const epochColumnNames = ['step', 'epoch', 'seconds', 'trainPerplexity', 'validPerplexity'] as const;
export type EpochColumns = Readonly<Record<(typeof epochColumnNames)[number], Float64Array>>;

/** The `gradientFlow` records, oldest first; see src/runs/flowColumns.ts. They take the place of all from `from` on. */
export interface FlowRows {
  readonly from: number;
  /** Of so many records of the run one is here, and the newest. */
  readonly every: number;
  readonly layers: readonly {
    readonly reading: Reading;
    readonly layer: number;
    readonly distances: number;
  }[];
  readonly step: Float64Array;
  /** From 1: the epoch that the step lies in. */
  readonly epoch: Float64Array;
  /** Record after record, in it layer after layer, in it by distance; NaN for what was not finite. */
  readonly norms: Float64Array;
}

/** How a run stands, as panels show it. */
export type ShownState =
  | 'running'
  | 'paused'
  | 'done'
  /** By its user, or with the VS Code window that it belonged to. */
  | 'stopped'
  /** By a signal, or by an accident: its process is gone. */
  | 'interrupted'
  | 'failed'
  | 'diverged'
  | 'broken';

type Figures = Readonly<Partial<Record<'train' | 'valid' | 'test', number>>>;

/** A run as the panel lists it. */
export interface CurveRun {
  readonly key: string;
  readonly id: string;
  /** What the user called it: any text. */
  readonly name: string;
  readonly state: ShownState;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly preset?: string | undefined;
  /** What its figures are: those of a bidirectional model are no perplexities. */
  readonly measure: 'perplexity' | 'pseudo-perplexity';
  /** The least perplexity that any model can reach, by split, where it is known. */
  readonly floor?: Figures | undefined;
  /** Published perplexities of the preset, where the run is on PTB. */
  readonly published?: Figures | undefined;
  /** After training. */
  readonly testPerplexity?: number | undefined;
  readonly bestValidPerplexity?: number | undefined;
  /** From 0 to 1. */
  readonly fraction: number;
  readonly secondsLeft: number | null;
  /** What a person should know of the sums that trained it, in a sentence; see src/runs/sumsNotice.ts. */
  readonly sumsNotice?: string | undefined;
}

export interface RunHistory {
  readonly key: string;
  readonly steps: StepColumns;
  readonly epochs: EpochColumns;
  /** Left out where the run has none. */
  readonly gradientFlow?: FlowRows;
  /** Why there is nothing, or not all: a damaged file, in words. */
  readonly problem?: string;
}

/** Rows that follow those sent before. `gradientFlow` that follows more than a panel has makes it ask for the history. */
export interface RunPoints extends RunHistory {
  /** How many rows were there before the first of these. A panel that has more drops the rest; one that has fewer asks for the history. */
  readonly from: { readonly steps: number; readonly epochs: number };
}

export type AskedRuns = Asked<{ keys: string[] }>;

/** Of the panel to the host. */
export const curvesRequests = {
  /** All runs, newest first, and what the user last asked to see. */
  runs: panelRequest('curves/runs', z.object({}), answerOf<OfferedRuns<CurveRun, { keys: string[] }>>()),
  /** The whole history of a run. From then on its new rows are sent, until `watch` no longer names it. */
  history: panelRequest('curves/history', z.object({ key }), answerOf<RunHistory>()),
  /** Asks the user where to, and saves there. Null when the user does not want to. */
  save: panelRequest('curves/save', pageFileSchema, answerOf<Saved>()),
} as const;

export const curvesNotices = {
  /** Panel to host: of these runs new rows are wanted. */
  watch: notification('curves/watch', z.object({ keys: z.array(key) })),
  /** Panel to host: a command of the extension, on a run. */
  command: notification('curves/command', z.object({ command: z.enum(['trainPtb', 'showLog']), key: key.optional() })),
} as const;

/** Of the host to the panel. Lost while the panel is hidden: it asks again when it is shown. */
export const curvesNews = {
  /** The list of runs has changed. */
  runs: panelNews<RunsNews<CurveRun>>('curves/runsChanged'),
  points: panelNews<RunPoints>('curves/points'),
  /** The user asked to see these runs. */
  show: panelNews<AskedRuns>('curves/show'),
  /** The panel can be seen again: what was sent meanwhile is lost, so it asks for everything. */
  visible: panelNews<Record<string, never>>('curves/visible'),
} as const;
