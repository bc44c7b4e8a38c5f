import * as z from 'zod';

import { inference, modelChoiceSchema, samplingSchema } from './inference.ts';
import { notification, request } from './message.ts';
import { askedSchema, runsNewsSchema } from './panel.ts';
import { probePlaceSchema, sampleSchema } from './probes.ts';

/** Messages between the extension host and the panel of next-word predictions. A run is named by its key: its folder. */

const key = z.string();
const step = z.int().min(0);

/** A run as the panel lists it. */
const predictionRunSchema = z.object({
  key,
  /** What the user called it: any text. */
  name: z.string(),
  /** How it stands, in a word: `training`, `done`. */
  state: z.string(),
  isTraining: z.boolean(),
  /** What a person should know of the sums that trained it, in a sentence; see src/runs/sumsNotice.ts. */
  sumsNotice: z.string().optional(),
});
export type PredictionRun = z.output<typeof predictionRunSchema>;

/** The weights of a run that are kept, by their steps. */
const weightsSchema = z.object({
  key,
  /** Newest first; damaged ones are left out. */
  newest: z.array(step),
  /** Of the best validation. */
  best: step.nullable(),
});
export type KeptWeights = z.output<typeof weightsSchema>;

const askedPrediction = askedSchema({
  key: key.optional(),
  /** In place of the text that is there. */
  text: z.string().optional(),
});
export type AskedPrediction = z.output<typeof askedPrediction>;

/** What a run has recorded while it learned: see probes.ts. */
const learningSchema = z.object({
  /** The probe sentence, as the run reads it. */
  tokens: z.array(z.string()),
  /** The words that were held for likeliest after the sentence, as training went on; of long runs not at every record. */
  probes: z.array(
    probePlaceSchema.extend({
      next: z.array(z.object({ word: z.string(), probability: z.number().min(0).max(1) })),
    }),
  ),
  /** Newest first. */
  samples: z.array(sampleSchema),
});
export type Learning = z.output<typeof learningSchema>;

/** Which of the models that are compared asks: a newer request of the same lane takes the place of an older one. */
const lane = z.int().min(0).max(9);

export const predictionsRequests = {
  /** All runs whose files can be read, newest first, and what was asked for last. */
  runs: request(
    'predictions/runs',
    z.object({}),
    z.object({ runs: z.array(predictionRunSchema), asked: askedPrediction.optional() }),
  ),
  weights: request('predictions/weights', z.object({ key }), weightsSchema),
  /** Loads a model and tells what it is. Fails, with the reason in words, where it cannot be. */
  open: request('predictions/open', inference.open.params, inference.open.result),
  /** As the model server's. Null where a newer request of the lane has taken its place. */
  next: request(
    'predictions/next',
    z.object({ lane, ask: inference.next.params }),
    z.object({ answer: inference.next.result.nullable() }),
  ),
  score: request(
    'predictions/score',
    z.object({ lane, ask: inference.score.params }),
    z.object({ answer: inference.score.result.nullable() }),
  ),
  /** Draws words; each is told at once under the number. Ends early where it is stopped. */
  write: request(
    'predictions/write',
    z.object({
      number: z.int().min(0),
      model: modelChoiceSchema,
      prompt: z.string(),
      words: z.int().min(1).max(1_000_000),
      sampling: samplingSchema,
      seed: z.int().min(0).max(0xffff_ffff),
    }),
    inference.generate.result,
  ),
  learning: request('predictions/learning', z.object({ key }), learningSchema),
} as const;

/** Of the panel to the host. */
export const predictionsNotices = {
  /** Of these runs new weights and new records are told. */
  watch: notification('predictions/watch', z.object({ keys: z.array(key) })),
  /** Ends what is being written. */
  stop: notification('predictions/stop', z.object({})),
  command: notification('predictions/command', z.object({ command: z.enum(['trainPtb']) })),
} as const;

/** Of the host to the panel. Lost while it is hidden: it asks again when it is shown. */
export const predictionsNews = {
  /** The user trusts the folder now: what was refused in Restricted Mode may be asked for again. */
  trusted: notification('predictions/trusted', z.object({})),
  runs: notification('predictions/runsChanged', runsNewsSchema(predictionRunSchema)),
  show: notification('predictions/show', askedPrediction),
  weights: notification('predictions/weightsChanged', weightsSchema),
  /** The run has recorded something. */
  learning: notification('predictions/learningChanged', z.object({ key })),
  /** What was drawn, as it is appended to what stands before it. */
  words: notification('predictions/words', z.object({ number: z.int().min(0), text: z.string() })),
} as const;
