import * as z from 'zod';
import type { measureOf } from '../config/measures.ts';
import { watchedCostsSchema } from './costWatch.ts';

/** What a run tells while it goes on; the fields are those of the command line's JSON. */
export type TrainingEvent =
  | {
      event: 'step';
      epoch: number;
      /** Steps done over all epochs. */
      step: number;
      /** Steps done in this epoch, from 1. */
      epochStep: number;
      perplexity: number;
      learningRate: number;
      gradientNorm: number;
      wordsPerSecond: number;
    }
  | { event: 'epoch'; epoch: number; trainPerplexity: number; validPerplexity: number; seconds: number }
  | { event: 'done'; testPerplexity?: number; validPerplexity: number };

/**
 * An event as lines for a person, in the words of the document that the project was made from. It counts an epoch's
 * steps from 0 and prints after the step.
 *
 * @param measure what the figures are, by measureOf
 */
export function logLines(event: TrainingEvent, measure: ReturnType<typeof measureOf>): string[] {
  // A network that sees both sides of a word must not be taken for one that predicts it.
  const figure = measure === 'perplexity' ? 'Perplexity' : 'Pseudo-Perplexity';
  switch (event.event) {
    case 'step': {
      const line = `After ${event.epochStep - 1} steps, ${measure} is ${event.perplexity.toFixed(3)}`;
      return event.epochStep === 1 ? [`In iteration: ${event.epoch}`, line] : [line];
    }
    case 'epoch':
      return [
        `Epoch: ${event.epoch} Train ${figure}: ${event.trainPerplexity.toFixed(3)}`,
        `Epoch: ${event.epoch} Validation ${figure}: ${event.validPerplexity.toFixed(3)}`,
      ];
    case 'done':
      return event.testPerplexity === undefined ? [] : [`Test ${figure}: ${event.testPerplexity.toFixed(3)}`];
  }
}

/** How far a run is, told after every step and every call of an evaluation. */
export interface RunProgress {
  phase: 'train' | 'valid' | 'test';
  epoch: number;
  epochs: number;
  /** Of this epoch's steps, or of the evaluation, from 0 to 1. */
  fraction: number;
  perplexity: number;
  wordsPerSecond: number;
  /** Seconds left of the run; null while it cannot be told. */
  secondsLeft: number | null;
}

/** What a checkpoint holds beside the tensors: where training stands, and the figures so far. */
export const progressSchema = z.object({
  position: z.object({ epoch: z.int(), epochStep: z.int(), step: z.int(), costSum: z.number() }),
  finishedEpochs: z.int(),
  /** Seconds of training so far, without interruptions. */
  seconds: z.number(),
  /** Seconds of the epoch under way. */
  epochSeconds: z.number(),
  validPerplexity: z.number().nullable(),
  bestValidPerplexity: z.number().nullable(),
  /** Of each finished epoch; none in checkpoints of before it was kept. */
  validPerplexities: z.array(z.number()).default([]),
  /** None in checkpoints of before 0.2.0; so with the next. */
  costs: watchedCostsSchema.optional(),
  /** The newest checkpoint up to this one that was saved while the costs were in no doubt; null where there is none. */
  soundStep: z.int().nullable().optional(),
});
export type SavedProgress = z.output<typeof progressSchema>;
