import { z } from 'zod';

import { seriesSchema } from './inference.ts';

/** What a run recorded of its probe while it trained, as panels get it. It is read by src/runs/probes.ts. */

const step = z.int().min(0);
const epoch = z.int().min(1);

/** A place in the training of which there is a record. */
export const probePlaceSchema = z.object({
  /** Steps done, over all epochs: 0 before the first. */
  step,
  /** From 1: the epoch under way, or just done. */
  epoch,
});
export type ProbePlace = z.output<typeof probePlaceSchema>;

/** What the network made of the run's probe text with the weights after a step. */
export const probeSchema = z
  .object({
    step,
    epoch,
    /** What is read at each place. */
    tokens: z.array(z.string()).min(1),
    /** The likeliest words after the last token, likeliest first. */
    next: z.array(z.object({ word: z.string(), probability: z.number().min(0).max(1) })),
    units: z.int().positive(),
    /** States of every layer, and their gates where the network is narrow enough. */
    series: z.array(seriesSchema).min(1),
    /** One a series: float32, little-endian, [token][unit], as base64. */
    values: z.array(z.string()),
  })
  .refine(({ series, values }) => series.length === values.length, 'each series must have its values');
export type Probe = z.output<typeof probeSchema>;

/** What the network wrote after a validation, drawn with the same numbers of chance each time. */
export const sampleSchema = z.object({ step, epoch, text: z.string() });
export type Sample = z.output<typeof sampleSchema>;
