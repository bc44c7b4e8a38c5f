import * as z from 'zod';

import { directions, idsOf, readings } from '../config/vocabulary.ts';
import { cellIds } from '../config/cells.ts';
import { notification, request } from './message.ts';
import { askedSchema } from './panel.ts';

/** Messages between the extension host and the cell explorer, and what a process tells of the cells of a run. */

/** A sentence has no more words than can be drawn. */
export const maxWords = 23;
export const sentenceSchema = z.string().max(2000);

/** A base64 text of float32 numbers, little-endian: what travels between processes is JSON. */
const floats = z.base64();

const guess = z.object({ word: z.string(), probability: z.number().min(0).max(1) });

/** What the network of a run made of a sentence, computed by the graph that trained it. */
export const cellOfRunSchema = z.object({
  /** Steps of training behind the checkpoint. */
  checkpointStep: z.int().min(0),
  cell: z.enum(cellIds),
  direction: z.enum(idsOf(directions)),
  hidden: z.int().positive(),
  /** What is read at each step; words that the vocabulary lacks are read as `<unk>`. */
  words: z.array(z.object({ text: z.string(), known: z.boolean() })).min(1),
  /** For each step the word that comes next, and the words that the network held for likeliest. */
  next: z.array(guess),
  guesses: z.array(z.array(guess)),
  layers: z.array(
    z.object({
      reading: z.enum(idsOf(readings)),
      layer: z.int().min(0),
      /** Gates, gates before their activation, and states: `values` is [name, step, unit]. */
      names: z.array(z.string()).min(1),
      values: floats,
      /** How much of the gradient of the last step's loss reaches the output of each step; none for backward layers. */
      reach: z.array(z.number().nullable()),
    }),
  ),
  /** What a person should know of the sums that trained it, in a sentence, which the host adds; see src/runs/sumsNotice.ts. */
  sumsNotice: z.string().optional(),
});
export type CellOfRun = z.output<typeof cellOfRunSchema>;

/** A run that is to be explored. */
const exploredRun = z.object({
  /** Its folder's path. */
  key: z.string(),
  /** What the user called it: any text. */
  name: z.string(),
});
export type ExploredRun = z.output<typeof exploredRun>;

const askedRun = askedSchema({ run: exploredRun });
export type AskedRun = z.output<typeof askedRun>;

export const cellRequests = {
  /** What was asked for last; nothing where no run was. */
  asked: request('cell/asked', z.object({}), z.object({ asked: askedRun.optional() })),
  /** Has a process run a sentence through a run's network. Fails, with the reason in words, where that cannot be. */
  run: request('cell/run', z.object({ key: z.string(), sentence: sentenceSchema }), cellOfRunSchema),
} as const;

/** Of the host to the panel. Lost while it is hidden: it asks again when it is shown. */
export const cellNews = {
  show: notification('cell/show', askedRun),
} as const;
