import * as z from 'zod';

import { notification, request } from './message.ts';
import { askedSchema, runsNewsSchema } from './panel.ts';

/** Messages between the extension host and the loss curves panel. A run is named by its key: its folder's path. */

const key = z.string();
const column = z.instanceof(Float64Array);

const sameLengths = (columns: Record<string, Float64Array>): boolean =>
  new Set(Object.values(columns).map(({ length }) => length)).size <= 1;

/** The `step` records of metrics.jsonl, a column a figure, oldest first. */
export const stepColumnsSchema = z
  .object({
    /** Steps done over all epochs, from 1. */
    step: column,
    /** Epochs done, with fractions: 1.5 is the middle of the second. */
    epoch: column,
    /** Seconds of training since the run's start. */
    seconds: column,
    /** exp of the mean loss since the epoch's start. */
    perplexity: column,
    learningRate: column,
    /** Global norm before clipping. */
    gradientNorm: column,
    wordsPerSecond: column,
  })
  .refine(sameLengths, 'columns must have the same length');
export type StepColumns = z.output<typeof stepColumnsSchema>;

/** The `epoch` records, and where they lie on each axis. */
export const epochColumnsSchema = z
  .object({ step: column, epoch: column, seconds: column, trainPerplexity: column, validPerplexity: column })
  .refine(sameLengths, 'columns must have the same length');
export type EpochColumns = z.output<typeof epochColumnsSchema>;

/** The `gradientFlow` records, oldest first; see src/runs/flowColumns.ts. They take the place of all from `from` on. */
const gradientFlowSchema = z
  .object({
    from: z.int().min(0),
    /** Of so many records of the run one is here, and the newest. */
    every: z.int().min(1),
    layers: z
      .array(z.object({ reading: z.enum(['forward', 'backward']), layer: z.int().min(0), distances: z.int().min(1) }))
      .readonly(),
    step: column,
    /** From 1: the epoch that the step lies in. */
    epoch: column,
    /** Record after record, in it layer after layer, in it by distance; NaN for what was not finite. */
    norms: column,
  })
  .refine(({ step, epoch, norms, layers }) => {
    const numbers = layers.reduce((sum, { distances }) => sum + distances, 0);
    return step.length === epoch.length && norms.length === step.length * numbers;
  }, 'columns must fit each other and the layers');
export type FlowRows = z.output<typeof gradientFlowSchema>;

export const shownStates = [
  'running',
  'paused',
  'done',
  /** By its user. */
  'stopped',
  /** By an accident: its process is gone. */
  'interrupted',
  'failed',
  'diverged',
  'broken',
] as const;

const figures = z.object({ train: z.number(), valid: z.number(), test: z.number() }).partial();

/** A run as the panel lists it. */
export const curveRunSchema = z.object({
  key,
  id: z.string(),
  /** What the user called it: any text. */
  name: z.string(),
  state: z.enum(shownStates),
  /** Milliseconds since 1970. */
  createdAt: z.number(),
  preset: z.string().optional(),
  /** What its figures are: those of a bidirectional model are no perplexities. */
  measure: z.enum(['perplexity', 'pseudo-perplexity']),
  /** The least perplexity that any model can reach, by split, where it is known. */
  floor: figures.optional(),
  /** Published perplexities of the preset, where the run is on PTB. */
  published: figures.optional(),
  /** After training. */
  testPerplexity: z.number().optional(),
  bestValidPerplexity: z.number().optional(),
  /** From 0 to 1. */
  fraction: z.number(),
  secondsLeft: z.number().nullable(),
  /** What a person should know of the sums that trained it, in a sentence; see src/runs/sumsNotice.ts. */
  sumsNotice: z.string().optional(),
});
export type CurveRun = z.output<typeof curveRunSchema>;

const historySchema = z.object({
  key,
  steps: stepColumnsSchema,
  epochs: epochColumnsSchema,
  /** Left out where the run has none. */
  gradientFlow: gradientFlowSchema.optional(),
  /** Why there is nothing, or not all: a damaged file, in words. */
  problem: z.string().optional(),
});
export type RunHistory = z.output<typeof historySchema>;

/** Rows that follow those sent before. */
const pointsSchema = z.object({
  key,
  /** How many rows were there before the first of these. A panel that has more drops the rest; one that has fewer asks for the history. */
  from: z.object({ steps: z.int().min(0), epochs: z.int().min(0) }),
  steps: stepColumnsSchema,
  epochs: epochColumnsSchema,
  /** Left out where none is new. One that follows more than a panel has makes it ask for the history. */
  gradientFlow: gradientFlowSchema.optional(),
  /** As the history's; absent: there is none any more. */
  problem: z.string().optional(),
});
export type RunPoints = z.output<typeof pointsSchema>;

const askedRuns = askedSchema({ keys: z.array(key) });
export type AskedRuns = z.output<typeof askedRuns>;

/** Of the panel to the host. */
export const curvesRequests = {
  /** All runs, newest first, and what the user last asked to see. */
  runs: request('curves/runs', z.object({}), z.object({ runs: z.array(curveRunSchema), asked: askedRuns.optional() })),
  /** The whole history of a run. From then on its new rows are sent, until `watch` no longer names it. */
  history: request('curves/history', z.object({ key }), historySchema),
  /** Asks the user where to, and saves there. Null when the user does not want to. */
  save: request(
    'curves/save',
    z.object({ suggestedName: z.string(), kind: z.enum(['png', 'csv']), bytes: z.instanceof(Uint8Array) }),
    z.object({ path: z.string().nullable() }),
  ),
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
  runs: notification('curves/runsChanged', runsNewsSchema(curveRunSchema)),
  points: notification('curves/points', pointsSchema),
  /** The user asked to see these runs. */
  show: notification('curves/show', askedRuns),
  /** The panel can be seen again: what was sent meanwhile is lost, so it asks for everything. */
  visible: notification('curves/visible', z.object({})),
} as const;
