/** All that the benchmark and the processes it measures say to each other: one JSON object a line, each request answered once. */
import * as z from 'zod';
import { configurationSchema } from '../../src/config/schema.ts';

/** What is measured in turns: training steps, or the evaluation of a whole text. */
export const works = ['training', 'evaluation'] as const;
export type Work = (typeof works)[number];

/** A model and the text that it is trained or evaluated on. */
const subject = {
  /** `engine.threads` is for our side; a peer's threads are in its environment. */
  configuration: configurationSchema,
  vocabularySize: z.int(),
  /** A file of token ids, 16 bits each in the machine's byte order. */
  idsFile: z.string(),
};

/** What a side is asked, over its standard input. The end of the input ends the side. */
export const requestSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('describe') }),
  /** Build the model and read the text, unmeasured. */
  z.strictObject({ kind: z.literal('prepare'), work: z.enum(works), ...subject }),
  /** Train this many steps, or evaluate the text this many times, and time each; 0 asks for the other figures alone. */
  z.strictObject({ kind: z.literal('round'), steps: z.int().min(0) }),
  /** The best of several products of two square float32 matrices of `size` rows. */
  z.strictObject({ kind: z.literal('peak'), size: z.int().min(1), seconds: z.number() }),
  /** How long a trainer takes to be ready. Our side only. */
  z.strictObject({ kind: z.literal('session'), ...subject }),
  /** The time of each kind of operator in `steps` training steps. Our side only. */
  z.strictObject({ kind: z.literal('profile'), steps: z.int().min(1), ...subject }),
]);

const operatorTimeSchema = z.strictObject({
  /** The operator's ONNX name, as the optimised model has it: `Gemm`. */
  operator: z.string(),
  /** A step, without what ran inside of it (a Scan's body). */
  milliseconds: z.number(),
  /** Calls a step. */
  calls: z.number(),
});

/** What a side answers, on its standard output. */
export const answerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('described'),
    /** What computes, in a few words. */
    description: z.string(),
    /** By name: `{ "PyTorch": "2.15.0", "Python": "3.12.3" }`. */
    versions: z.record(z.string(), z.string()),
  }),
  /** After `prepare`: what computes, in a few words. */
  z.strictObject({ kind: z.literal('ready'), description: z.string() }),
  z.strictObject({
    kind: z.literal('round'),
    /** One figure a step. */
    milliseconds: z.array(z.number().positive()),
    /** Mean cost of a word over the round, in nats; 0 of no steps. */
    natsPerWord: z.number(),
    /** Processor time that the process has used since its start, when asked and when done. */
    cpuSeconds: z.strictObject({ before: z.number(), after: z.number() }),
    peakMemoryBytes: z.number().positive(),
  }),
  z.strictObject({ kind: z.literal('peak'), description: z.string(), flopsPerSecond: z.number().positive() }),
  z.strictObject({
    kind: z.literal('session'),
    /** Graph, session and first weights. */
    milliseconds: z.number().positive(),
    /** Of these, in the engine. */
    compileMilliseconds: z.number().positive(),
    peakMemoryBytes: z.number().positive(),
  }),
  z.strictObject({
    kind: z.literal('profile'),
    /** A step under the profiler, by the clock. */
    milliseconds: z.number().positive(),
    operators: z.array(operatorTimeSchema),
  }),
  /** The side cannot run here at all: a library is missing. */
  z.strictObject({ kind: z.literal('unavailable'), message: z.string() }),
  z.strictObject({ kind: z.literal('error'), message: z.string() }),
]);

export type Request = z.output<typeof requestSchema>;
export type Answer = z.output<typeof answerSchema>;
export type OperatorTime = z.output<typeof operatorTimeSchema>;

/** Which answer a request gets when all goes well. */
export const answerKinds = {
  describe: 'described',
  prepare: 'ready',
  round: 'round',
  peak: 'peak',
  session: 'session',
  profile: 'profile',
} as const;
export type AnswerTo<K extends Request['kind']> = Extract<Answer, { kind: (typeof answerKinds)[K] }>;
