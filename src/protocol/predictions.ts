import * as z from 'zod';

import { inference, modelChoiceSchema, samplingSchema } from './inference.ts';
import type { Generated, LikelyNext, LikelyWord, ModelFacts, Score } from './inference.ts';
import { notification } from './message.ts';
import { answerOf, panelNews, panelRequest } from './panel.ts';
import type { Asked, OfferedRuns, RunsNews } from './panel.ts';
import type { ProbePlace, Sample } from './probes.ts';

/** Messages between the extension host and the panel of next-word predictions. A run is named by its key: its folder. */

const key = z.string();

/** A run as the panel lists it. */
export interface PredictionRun {
  readonly key: string;
  /** What the user called it: any text. */
  readonly name: string;
  /** How it stands, in a word: `training`, `done`. */
  readonly state: string;
  readonly isTraining: boolean;
  /** What a person should know of the sums that trained it, in a sentence; see src/runs/sumsNotice.ts. */
  readonly sumsNotice?: string;
}

/** The weights of a run that are kept, by their steps. */
export interface KeptWeights {
  readonly key: string;
  /** Newest first; damaged ones are left out. */
  readonly newest: readonly number[];
  /** Of the best validation. */
  readonly best: number | null;
}

interface WantedPrediction {
  key?: string | undefined;
  /** In place of the text that is there. */
  text?: string | undefined;
}
export type AskedPrediction = Asked<WantedPrediction>;

/** What a run has recorded while it learned: see probes.ts. */
export interface Learning {
  /** The probe sentence, as the run reads it. */
  readonly tokens: readonly string[];
  /** The words that were held for likeliest after the sentence, as training went on; of long runs not at every record. */
  readonly probes: readonly (ProbePlace & { readonly next: readonly LikelyWord[] })[];
  /** Newest first. */
  readonly samples: readonly Sample[];
}

/** Which of the models that are compared asks: a newer request of the same lane takes the place of an older one. */
const lane = z.int().min(0).max(9);

export const predictionsRequests = {
  /** All runs whose files can be read, newest first, and what was asked for last. */
  runs: panelRequest('predictions/runs', z.object({}), answerOf<OfferedRuns<PredictionRun, WantedPrediction>>()),
  weights: panelRequest('predictions/weights', z.object({ key }), answerOf<KeptWeights>()),
  /** Loads a model and tells what it is. Fails, with the reason in words, where it cannot be. */
  open: panelRequest('predictions/open', inference.open.params, answerOf<ModelFacts>()),
  /** As the model server's. Null where a newer request of the lane has taken its place. */
  next: panelRequest(
    'predictions/next',
    z.object({ lane, ask: inference.next.params }),
    answerOf<{ answer: LikelyNext | null }>(),
  ),
  score: panelRequest(
    'predictions/score',
    z.object({ lane, ask: inference.score.params }),
    answerOf<{ answer: Score | null }>(),
  ),
  /** Draws words; each is told at once under the number. Ends early where it is stopped. */
  write: panelRequest(
    'predictions/write',
    z.object({
      number: z.int().min(0),
      model: modelChoiceSchema,
      prompt: z.string(),
      words: z.int().min(1).max(1_000_000),
      sampling: samplingSchema,
      seed: z.int().min(0).max(0xffff_ffff),
    }),
    answerOf<Generated>(),
  ),
  learning: panelRequest('predictions/learning', z.object({ key }), answerOf<Learning>()),
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
  trusted: panelNews<Record<string, never>>('predictions/trusted'),
  runs: panelNews<RunsNews<PredictionRun>>('predictions/runsChanged'),
  show: panelNews<AskedPrediction>('predictions/show'),
  weights: panelNews<KeptWeights>('predictions/weightsChanged'),
  /** The run has recorded something. */
  learning: panelNews<{ key: string }>('predictions/learningChanged'),
  /** What was drawn, as it is appended to what stands before it. */
  words: panelNews<{ number: number; text: string }>('predictions/words'),
} as const;
