import * as z from 'zod';

/** What panels get of a run's probe as it is. The numbers go to them otherwise; src/runs/probes.ts reads them. */

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

/** What the network wrote after a validation, drawn with the same numbers of chance each time. */
export const sampleSchema = z.object({ step, epoch, text: z.string() });
export type Sample = z.output<typeof sampleSchema>;
