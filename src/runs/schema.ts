import * as z from 'zod';

import { idsOf, readings } from '../config/vocabulary.ts';
import { readStoredConfiguration } from '../config/parse.ts';
import type { Configuration } from '../config/schema.ts';
import { messageOf } from '../util/errors.ts';

/**
 * What the files of a run folder hold. Keys that are not here, written by a newer version, are allowed and kept; `format`
 * grows when a file can no longer be read as one of these.
 */
export const format = 1;

const formatSchema = z.literal(format, {
  error: (issue) =>
    typeof issue.input === 'number' && issue.input > format
      ? `this run was written by a newer Sequence Lab (format ${issue.input}, this one reads ${format}); update Sequence Lab`
      : `expected ${format}`,
});

const count = z.int().min(0);
const perplexity = z.number().positive();
const moment = z.iso.datetime();

/** A configuration that was resolved when the run was created; see readStoredConfiguration. */
const storedConfigurationSchema = z.unknown().transform((stored, context): Configuration => {
  try {
    return readStoredConfiguration(stored).configuration;
  } catch (error) {
    context.addIssue({ code: 'custom', message: messageOf(error) });
    return z.NEVER;
  }
});

const splitCounts = z.looseObject({ train: count, valid: count, test: count });

/** The corpus as it was when the run was created. */
export const runCorpusSchema = z.looseObject({
  kind: z.string(),
  /** Absolute; none for the built-in corpus. */
  path: z.string().optional(),
  /** Of the text, so that a resumed run notices another corpus. */
  digest: z.string(),
  /** Tokens of each split. */
  tokens: splitCounts,
  /** Tokens in the vocabulary. */
  vocabulary: count,
  /** SHA-256 of the vocabulary's words as a JSON list. */
  vocabularyDigest: z.string().optional(),
  /** The least perplexity that any model can reach, where it is known. */
  floor: z.looseObject({ train: perplexity, valid: perplexity, test: perplexity }).partial().optional(),
});

export const runConfigSchema = z.looseObject({
  format: formatSchema,
  createdAt: moment,
  configuration: storedConfigurationSchema,
  versions: z.looseObject({ sequenceLab: z.string(), node: z.string(), engine: z.string() }),
  corpus: runCorpusSchema,
  /** Of a run that was resumed with another learning rate: those of the steps before, oldest first; see changeLearningRate. */
  learningRates: z.array(z.looseObject({ untilStep: count, learningRate: z.number().positive() })).optional(),
});

export const runStates = ['running', 'paused', 'done', 'interrupted', 'failed', 'diverged'] as const;
/** What a run computes just now: steps on the training text, or the perplexity of another one. */
export const runPhases = ['train', 'valid', 'test'] as const;

/**
 * Why a run ended before it was done: its user stopped it, a signal came (Ctrl-C, a termination request, a closed terminal),
 * the VS Code window that it belonged to has closed, or nobody wanted it.
 */
export const endCauses = ['user', 'signal', 'window', 'accident'] as const;
export type EndCause = (typeof endCauses)[number];

const endSchema = z.looseObject({ by: z.enum(endCauses) });
type RunEnd = z.output<typeof endSchema>;

const statusFileSchema = z.looseObject({
  format: formatSchema,
  state: z.enum(runStates),
  /** Read by endOf: a cause that only a newer version knows does not spoil the rest. */
  ended: z.unknown().optional(),
  /** The process that trains, and the machine that it runs on. */
  pid: z.int().positive(),
  host: z.string(),
  startedAt: moment,
  heartbeatAt: moment,
  progress: z.looseObject({
    /** From 1; 0 before the first. */
    epoch: count,
    epochs: count,
    /** Steps done, over all epochs. */
    step: count,
    totalSteps: count,
    /** From 0 to 1. */
    fraction: z.number().min(0).max(1),
    /** Null while it cannot be told. */
    secondsLeft: z.number().min(0).nullable(),
    /** None in runs of before it was recorded; so with the next. */
    phase: z.enum(runPhases).optional(),
    /** Steps in a whole epoch. */
    stepsPerEpoch: z.int().positive().optional(),
  }),
  latest: z
    .looseObject({ trainPerplexity: perplexity, validPerplexity: perplexity, testPerplexity: perplexity })
    .partial(),
  best: z.looseObject({ validPerplexity: perplexity }).partial(),
  /** What a person should know: why a run failed, what to do. */
  message: z.string().optional(),
  /** What a person should know of a run that goes on: a figure that is too good to be true. */
  warning: z.string().optional(),
  /** Of a diverged run: a learning rate with which it may go on from its newest checkpoint. */
  lowerLearningRate: z.number().positive().optional(),
  /** What hasDoubtfulSums said of the run when it was last resumed; none in runs that were not, nor in those of before 0.2.0. */
  hadDoubtfulSums: z.boolean().optional(),
  /** How long the trainer may need until it can stop; none in runs of before 0.2.0. */
  stopTimes: z
    .looseObject({
      /**
       * Seconds of the longest call of the phase so far, with what was done beside it: requests are heard between two calls
       * (a step, or a part of an evaluation). Null before one was measured.
       */
      callSeconds: z.number().min(0).nullable(),
      /** Seconds that saving a checkpoint took at most. Null before one was measured. */
      checkpointSeconds: z.number().min(0).nullable(),
    })
    .optional(),
});

/** With why an interrupted run ended, also of one of before that was recorded; left out where it is not known. */
export const runStatusSchema = statusFileSchema.transform(({ ended, ...status }) => {
  const end = endOf({ ended, ...status });
  return { ...status, ...(end === undefined ? {} : { ended: end }) };
});

function endOf({ ended, state, message = '' }: z.output<typeof statusFileSchema>): RunEnd | undefined {
  if (ended !== undefined) return endSchema.safeParse(ended).data;
  if (state !== 'interrupted') return undefined;
  // Until 0.2.0 the message was all there was. The one place that reads it.
  if (message.startsWith('Interrupted after step')) return { by: 'signal' };
  if (!message.startsWith('Stopped after step')) return undefined;
  return { by: message.includes(': the VS Code window') ? 'window' : 'user' };
}

/** One line of metrics.jsonl. Every record has the global step (steps done, from 1) at which it was made. */
export const metricsRecordSchema = z.discriminatedUnion('event', [
  z.looseObject({
    event: z.literal('step'),
    epoch: z.int().min(1),
    step: z.int().min(1),
    /** The step within its epoch, from 1. */
    epochStep: z.int().min(1),
    /** exp of the mean loss since the epoch's start. */
    perplexity,
    learningRate: z.number().min(0),
    /** Global norm before clipping. */
    gradientNorm: z.number().min(0),
    wordsPerSecond: z.number().min(0),
    /** Seconds of training since the run's start, without what lay between an interruption and its resumption. */
    seconds: z.number().min(0),
  }),
  z.looseObject({
    event: z.literal('epoch'),
    epoch: z.int().min(1),
    step: z.int().min(1),
    trainPerplexity: perplexity,
    validPerplexity: perplexity,
    /** Seconds that the epoch took, validation included. */
    seconds: z.number().min(0),
  }),
  z.looseObject({
    event: z.literal('test'),
    step: count,
    testPerplexity: perplexity,
    validPerplexity: perplexity,
  }),
  z.looseObject({
    event: z.literal('gradientFlow'),
    epoch: z.int().min(1),
    /** The step whose window was measured, with the weights before it. */
    step: z.int().min(1),
    /** Of the loss at the window's last step (its first, for a layer that reads backwards), by each layer's output h. */
    layers: z
      .array(
        z.looseObject({
          reading: z.enum(idsOf(readings)),
          /** From 0, the lowest. */
          layer: count,
          /** L2 norms over batch and units, by distance from the loss in steps, from 0; null for one that is not finite. */
          norms: z.array(z.number().min(0).nullable()).min(1),
        }),
      )
      .min(1),
  }),
]);

export type RunConfig = z.output<typeof runConfigSchema>;
export type RunCorpus = z.output<typeof runCorpusSchema>;
export type RunVersions = RunConfig['versions'];
export type RunState = (typeof runStates)[number];
export type RunPhase = (typeof runPhases)[number];
export type RunStatus = z.output<typeof runStatusSchema>;
export type MetricsRecord = z.output<typeof metricsRecordSchema>;

/** What is wrong with a value that a schema refused, in one line: `corpus.tokens.train: expected number, got …`. */
export function describeIssues(error: z.ZodError): string {
  const lines = error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  return lines.join('; ');
}
