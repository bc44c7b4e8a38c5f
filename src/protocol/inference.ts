import * as z from 'zod';

import { checkpointKinds, directions, idsOf, readings, units } from '../config/vocabulary.ts';
import { cellIds } from '../config/cells.ts';
import { cellOfRunSchema, sentenceSchema } from './cell.ts';
import { notification, request } from './message.ts';

/** What the extension host asks of the model server: a child process, one a window, over its IPC channel. */

/** Which weights of which run: the best, the newest, or those of a step that is kept. */
export const modelChoiceSchema = z.object({
  /** The run's folder. */
  folder: z.string(),
  /** Left out: the best of a run that was to stop early, the newest of any other. */
  checkpoint: z.union([z.enum(idsOf(checkpointKinds)), z.int().min(0)]).optional(),
});
export type ModelChoice = z.output<typeof modelChoiceSchema>;

/** A number of the asker's, under which news of long work comes back. */
const ticket = z.int().min(0).optional();

export const readingSchema = z.enum(idsOf(readings));

/** One series of numbers that a network makes as it reads: [token][unit]. */
export const seriesSchema = z.object({
  reading: readingSchema,
  /** From 0. */
  layer: z.int().min(0),
  /** A state (`h`, `c`) or a gate by its name; see src/config/cells.ts. */
  name: z.string(),
});
export type Series = z.output<typeof seriesSchema>;

const modelFacts = z.object({
  /** Steps of training behind the weights. */
  checkpointStep: z.int().min(0),
  cell: z.enum(cellIds),
  direction: z.enum(idsOf(directions)),
  layers: z.int().positive(),
  /** As it is configured: of every layer, or of each. */
  hiddenSize: z.union([z.int().positive(), z.array(z.int().positive())]),
  vocabularySize: z.int().positive(),
  unit: z.enum(idsOf(units)),
  /** Names of a layer's series, states first: h, c, then the gates. */
  series: z.array(z.string()),
});
export type ModelFacts = z.output<typeof modelFacts>;

const probability = z.number().min(0).max(1);
const word = z.object({ word: z.string(), probability });
export type LikelyWord = z.output<typeof word>;

/** How a next word is drawn. */
export const samplingSchema = z.object({
  /** Divides the logits; 0 always takes the likeliest word. */
  temperature: z.number().min(0).max(100).default(1),
  /** Only the so many likeliest words; 0 for all. */
  topK: z.int().min(0).default(0),
  /** Only the likeliest words that together have this probability (nucleus sampling, Holtzman et al., 2020); 1 for all. */
  topP: z.number().gt(0).max(1).default(1),
  /** The unknown word is never drawn. */
  banUnknown: z.boolean().default(true),
});
export type Sampling = z.output<typeof samplingSchema>;

/** A token as it was found in a text. */
const readToken = z.object({
  /** As it stands in the text; `<eos>` for the end of a line or a sentence. */
  token: z.string(),
  /** The word of the vocabulary that it was read as. */
  readAs: z.string(),
  /** Whether the vocabulary has it. */
  known: z.boolean(),
  /** Where in the text it stands, in UTF-16 units: from `start` up to `end`. */
  start: z.int().min(0),
  end: z.int().min(0),
});
export type ReadToken = z.output<typeof readToken>;

const scoredToken = readToken.extend({
  probability,
  /** Surprisal, −log₂ p. */
  bits: z.number().min(0),
  /** 1 for the likeliest word. */
  rank: z.int().positive(),
  alternatives: z.array(word),
});
export type ScoredToken = z.output<typeof scoredToken>;

const scoreSchema = z.object({
  tokens: z.array(scoredToken),
  /** exp of the mean −ln p of the tokens; null where there is none. Of a bidirectional model: the pseudo-perplexity. */
  perplexity: z.number().nullable(),
});
export type Score = z.output<typeof scoreSchema>;

/** A place in a corpus with the words around it. */
const contextSchema = z.object({
  before: z.array(z.string()),
  span: z.array(z.string()),
  after: z.array(z.string()),
  /** Of the first token of the span, in the split. */
  position: z.int().min(0),
  /** By what the contexts are ordered; its meaning is the request's. */
  score: z.number(),
});
export type Context = z.output<typeof contextSchema>;

const correlationSchema = z.object({
  /** What is followed: see featureNames. */
  feature: z.string(),
  /** Pearson's, −1 to 1. */
  correlation: z.number().min(-1).max(1),
});

/** In which text of the run's corpus contexts are looked for. */
const split = z.enum(['train', 'valid', 'test']).default('valid');
const scanned = z.object({ tokens: z.int().min(0), of: z.int().min(0) });

/** Why one network draws no words after a prompt. */
export const noWriting =
  'A bidirectional network cannot continue a text: it predicts a word from both sides. Choose a forward one.';

export const inference = {
  /** Loads a model, unless it is loaded, and tells what it is. */
  open: request('inference/open', z.object({ model: modelChoiceSchema }), modelFacts),
  /**
   * The likeliest next words after a text. A bidirectional model fills the place between `text` and `after`, where an
   * empty `after` is the end of the sentence.
   */
  next: request(
    'inference/next',
    z.object({
      model: modelChoiceSchema,
      text: z.string(),
      after: z.string().default(''),
      top: z.int().min(1).max(1000).default(10),
      sampling: samplingSchema.prefault({ banUnknown: false }),
    }),
    z.object({ next: z.array(word), unknown: z.array(z.string()) }),
  ),
  /** How probable each token of a text is after the ones before it (bidirectional: between the others). */
  score: request(
    'inference/score',
    z.object({ model: modelChoiceSchema, text: z.string(), top: z.int().min(0).max(100).default(5), ticket }),
    scoreSchema,
  ),
  /** Draws words after a prompt. Each is told at once under the ticket. Ends early where it is cancelled. Forward networks. */
  generate: request(
    'inference/generate',
    z.object({
      model: modelChoiceSchema,
      prompt: z.string(),
      words: z.int().min(1).max(1_000_000),
      sampling: samplingSchema.prefault({}),
      seed: z.int().min(0).max(0xffff_ffff),
      ticket,
    }),
    /** `text` is what was written after the prompt, spaced as prose. */
    z.object({ words: z.array(z.string()), text: z.string() }),
  ),
  /**
   * What an editor may suggest at a place: the likeliest next words, written as the text around them is. Null where the
   * model would rather be silent.
   */
  complete: request(
    'inference/complete',
    z.object({
      model: modelChoiceSchema,
      before: z.string(),
      after: z.string().default(''),
      /** At most so many words; it ends at the end of a sentence. */
      words: z.int().min(1).max(200),
      /** It ends before a word that is less probable, and is silent where the first is. */
      minimumProbability: probability,
    }),
    z.object({
      completion: z
        .object({ text: z.string(), words: z.array(z.object({ text: z.string(), probability })) })
        .nullable(),
      /** Why there is none, in words; empty where there is one. */
      why: z.string(),
    }),
  ),
  /** The series of numbers that a network makes as it reads a text, after the end of a sentence, from zero states. */
  states: request(
    'inference/states',
    z.object({ model: modelChoiceSchema, text: z.string(), series: z.array(seriesSchema).min(1), ticket }),
    z.object({
      tokens: z.array(readToken),
      /** In the order asked for: the units of each series' layer. */
      units: z.array(z.int().positive()),
      /** In that order, too: float32, little-endian, [token][unit], as base64. */
      values: z.array(z.string()),
    }),
  ),
  /** Places in the corpus at which the same units are on: |value| at or above the threshold with the same sign. */
  findContexts: request(
    'inference/findContexts',
    z.object({
      model: modelChoiceSchema,
      series: seriesSchema,
      /** Units that must be on, each with its sign. */
      units: z.array(z.object({ unit: z.int().min(0), sign: z.union([z.literal(1), z.literal(-1)]) })).min(1),
      threshold: z.number().min(0),
      /** Tokens over which they must be on. */
      length: z.int().min(1).max(100).default(1),
      split,
      most: z.int().min(1).max(500).default(50),
      ticket,
    }),
    /** Score: the share of the units that are on over the whole span, then the fewest other units. */
    z.object({ contexts: z.array(contextSchema), scanned }),
  ),
  /** What one unit follows: where in the corpus it is strongest, and its correlation with facts about the tokens. */
  unitReport: request(
    'inference/unitReport',
    z.object({
      model: modelChoiceSchema,
      series: seriesSchema,
      unit: z.int().min(0),
      split,
      most: z.int().min(1).max(100).default(10),
      ticket,
    }),
    z.object({
      /** Score: the unit's value at the span's one token. */
      highest: z.array(contextSchema),
      lowest: z.array(contextSchema),
      /** Strongest first. */
      correlations: z.array(correlationSchema),
      mean: z.number(),
      deviation: z.number().min(0),
      scanned,
    }),
  ),
  /**
   * A piece of the run's corpus as a text that `states` reads back token for token: whole sentences from the beginning
   * of the one that holds the position, or of a random one, until there are `length` tokens or more.
   */
  passage: request(
    'inference/passage',
    z.object({
      model: modelChoiceSchema,
      split,
      /** Of a token in the split; left out for a random one. */
      position: z.int().min(0).optional(),
      length: z.int().min(1).max(2000).default(100),
    }),
    /** `position` is that of the text's first token in the split. */
    z.object({ text: z.string(), position: z.int().min(0) }),
  ),
  /** Which units follow which fact about the tokens best. */
  followers: request(
    'inference/followers',
    z.object({
      model: modelChoiceSchema,
      series: seriesSchema,
      split,
      most: z.int().min(1).max(50).default(5),
      ticket,
    }),
    z.object({
      features: z.array(
        z.object({
          feature: z.string(),
          units: z.array(z.object({ unit: z.int().min(0), correlation: z.number().min(-1).max(1) })),
        }),
      ),
      scanned,
    }),
  ),
  /** Everything that the cells make of a sentence, for the cell explorer. */
  cell: request('inference/cell', z.object({ model: modelChoiceSchema, sentence: sentenceSchema }), cellOfRunSchema),
  /** Forgets all models, or those of a run that is about to be deleted. */
  close: request('inference/close', z.object({ folder: z.string().optional() }), z.object({})),
} as const;

export type LikelyNext = z.output<typeof inference.next.result>;
export type Generated = z.output<typeof inference.generate.result>;
export type Passage = z.output<typeof inference.passage.result>;
export type FoundContexts = z.output<typeof inference.findContexts.result>;
export type UnitReport = z.output<typeof inference.unitReport.result>;
export type Followers = z.output<typeof inference.followers.result>;

export const inferenceNews = {
  /** How far a request with a ticket is. */
  progress: notification(
    'inference/progress',
    z.object({ ticket: z.int().min(0), fraction: z.number().min(0).max(1) }),
  ),
  /** Words that `generate` has drawn, and how they are appended to what stands before them, as prose. */
  words: notification(
    'inference/words',
    z.object({ ticket: z.int().min(0), words: z.array(z.string()), text: z.string() }),
  ),
  /** A sentence that a person should read: a damaged checkpoint that was passed over, a slower engine. */
  notice: notification('inference/notice', z.object({ sentence: z.string() })),
} as const;

/**
 * Facts about tokens that a unit may follow. The last five are known of the built-in corpus alone, whose grammar tells
 * them: whether a quotation is open, how deep clauses lie, the number of the subject (plural 1, singular 0, where a word
 * has shown it), the same where its verb is still to come (then the network needs it), and whether one is.
 */
export const featureNames = {
  position: 'position in the sentence',
  quotation: 'inside quotes',
  brackets: 'inside brackets',
  wordLength: 'length of the word',
  sentenceEnd: 'end of the sentence',
  number: 'a number',
  frequency: 'how frequent the word is',
  grammarQuotation: 'quotation open (grammar)',
  clauseDepth: 'depth of clauses (grammar)',
  subjectNumber: 'subject is plural (grammar)',
  verbNumber: 'verb to come is plural (grammar)',
  verbDue: 'verb is still to come (grammar)',
} as const;
export type FeatureName = keyof typeof featureNames;
