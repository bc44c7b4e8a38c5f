/** All that the benchmark and the processes it measures say to each other: one JSON object a line, each request answered once. */
import { z } from 'zod';
import { configurationSchema } from '../../src/config/schema.ts';

/** What a side is asked, over its standard input. The end of the input ends the side. */
export const requestSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    /** Build the model and read the text, unmeasured. */
    kind: z.literal('prepare'),
    configuration: configurationSchema,
    vocabularySize: z.int(),
    /** A file of token ids, 16 bits each in the machine's byte order. */
    idsFile: z.string(),
  }),
  /** Train this many steps and time each. */
  z.strictObject({ kind: z.literal('round'), steps: z.int().min(1) }),
  /** The best of several products of two square float32 matrices of `size` rows. */
  z.strictObject({ kind: z.literal('peak'), size: z.int().min(1), seconds: z.number() }),
]);

/** What a side answers, on its standard output. */
export const answerSchema = z.discriminatedUnion('kind', [
  /** After `prepare`: what computes, in a few words. */
  z.strictObject({ kind: z.literal('ready'), description: z.string() }),
  z.strictObject({
    kind: z.literal('round'),
    /** One figure a step. */
    milliseconds: z.array(z.number().positive()),
    /** Mean cost of a word over the round, in nats. */
    natsPerWord: z.number(),
    /** Processor time that the process has used since its start, when asked and when done. */
    cpuSeconds: z.strictObject({ before: z.number(), after: z.number() }),
    peakMemoryBytes: z.number().positive(),
  }),
  z.strictObject({ kind: z.literal('peak'), description: z.string(), flopsPerSecond: z.number().positive() }),
  /** The side cannot run here at all: a library is missing. */
  z.strictObject({ kind: z.literal('unavailable'), message: z.string() }),
  z.strictObject({ kind: z.literal('error'), message: z.string() }),
]);

export type Request = z.output<typeof requestSchema>;
export type Answer = z.output<typeof answerSchema>;

/** Which answer a request gets when all goes well. */
export const answerKinds = { prepare: 'ready', round: 'round', peak: 'peak' } as const;
export type AnswerTo<K extends Request['kind']> = Extract<Answer, { kind: (typeof answerKinds)[K] }>;
