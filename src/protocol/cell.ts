import * as z from 'zod';

import { cellIds } from '../config/cells.ts';
import { directions, idsOf, readings } from '../config/vocabulary.ts';
import { answerOf, panelNews, panelRequest } from './panel.ts';
import type { Asked } from './panel.ts';

/** Messages between the extension host and the cell explorer, and what a process tells of the cells of a run. */

/** A sentence has no more words than can be drawn. */
export const maxWords = 23;
export const sentenceSchema = z.string().max(2000);

/** A base64 text of float32 numbers, little-endian: what travels between processes is JSON. */
const floats = z.base64();

const guess = z.object({ word: z.string(), probability: z.number().min(0).max(1) });

/** What the network of a run made of a sentence, computed by the graph that trained it: the model server's answer, too. */
export const cellOfRunSchema = z.object({
  /** Steps of training behind the checkpoint. */
  checkpointStep: z.int().min(0),
  cell: z.enum(cellIds),
  direction: z.enum(idsOf(directions)),
  /** What is read at each step; words that the vocabulary lacks are read as `<unk>`. */
  words: z.array(z.object({ text: z.string(), known: z.boolean() })).min(1),
  /** For each step the word that comes next, and the words that the network held for likeliest. */
  next: z.array(guess),
  guesses: z.array(z.array(guess)),
  layers: z.array(
    z.object({
      reading: z.enum(idsOf(readings)),
      layer: z.int().min(0),
      units: z.int().positive(),
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
export interface ExploredRun {
  /** Its folder's path. */
  readonly key: string;
  /** What the user called it: any text. */
  readonly name: string;
}

export type AskedRun = Asked<{ run: ExploredRun }>;

export const cellRequests = {
  /** What was asked for last; nothing where no run was. */
  asked: panelRequest('cell/asked', z.object({}), answerOf<{ asked?: AskedRun }>()),
  /** Has a process run a sentence through a run's network. Fails, with the reason in words, where that cannot be. */
  run: panelRequest('cell/run', z.object({ key: z.string(), sentence: sentenceSchema }), answerOf<CellOfRun>()),
} as const;

/** Of the host to the panel. Lost while it is hidden: it asks again when it is shown. */
export const cellNews = {
  show: panelNews<AskedRun>('cell/show'),
} as const;
