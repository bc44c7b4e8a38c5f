import * as z from 'zod';

import { devices, engineChoices, engines, idsOf } from '../config/vocabulary.ts';
import { presetNames } from '../config/presets.ts';

/**
 * What this machine can compute with and how fast, as `seqlab doctor --json` prints it and as a trainer process answers
 * the extension host. Sentences are in it ready to be shown; how they are laid out is up to who shows them.
 */

const positive = z.number().positive();
const count = z.int().positive();
const device = z.enum(idsOf(devices));

const machineSchema = z.object({
  system: z.string().describe('Operating system, its release and the processor architecture.'),
  processor: z.string().describe('The model of the processor.'),
  cores: count.describe('Logical cores that a process may use.'),
  memoryBytes: positive.describe('Memory that a process may use.'),
});

const versionsSchema = z.object({
  sequenceLab: z.string(),
  node: z.string(),
  electron: z.string().optional().describe("Where the program is VS Code's own."),
});

/** An engine on a device, checked by running a small graph on it in a process of its own. */
const engineCheckSchema = z.object({
  name: z.enum(idsOf(engines)),
  device,
  title: z.string().describe('What it is called in the report.'),
  works: z.boolean(),
  description: z.string().optional().describe('Library, version, backend and threads; only where it works.'),
  notes: z
    .array(z.string())
    .describe('Whole sentences: why it does not work or is not as fast as it can be, and what to do.'),
});
export type EngineCheck = z.output<typeof engineCheckSchema>;

/** How fast an engine is. */
export const measurementsSchema = z.object({
  products: z
    .array(z.object({ rows: count, inner: count, columns: count, gflops: positive }))
    .describe('float32 matrix products, [rows, inner] · [inner, columns]: the best of a few, 10⁹ operations a second.'),
  memory: z
    .object({ elements: count, gigabytesPerSecond: positive })
    .describe('The sum of two vectors of so many float32: two are read, one is written; 10⁹ bytes, the best of a few.'),
  threads: z
    .object({ count, reason: z.string() })
    .optional()
    .describe('How many a run would choose and why, in words; left out where their number was given.'),
  training: z
    .array(z.object({ preset: z.enum(presetNames), wordsPerSecond: positive, gflops: positive }))
    .describe('Steps of a preset on random words, and the arithmetic of their matrix products; always of `small`.'),
  othersShare: z
    .number()
    .min(0)
    .max(1)
    .describe('The share of all cores that other programs used meanwhile; 0 where the system does not tell.'),
});
export type Measurements = z.output<typeof measurementsSchema>;

/** What a preset costs here. */
const expectationSchema = z.object({
  preset: z.enum(presetNames),
  corpus: z.enum(['builtin', 'ptb']).describe('The corpus that the figures are for.'),
  isMeasured: z
    .boolean()
    .describe('Whether its own steps were timed; else its arithmetic at the rate of another preset.'),
  wordsPerSecond: positive,
  secondsPerEpoch: positive,
  epochs: count,
});
export type Expectation = z.output<typeof expectationSchema>;

/** Which of the checks an engine is. */
const choiceSchema = z.object({ name: z.enum(idsOf(engines)), device });

export const computeReportSchema = z.object({
  verdict: z.string().describe('A sentence or two: whether training works here, with what, and how fast.'),
  trains: z.boolean().describe('Whether at least one engine works.'),
  machine: machineSchema,
  versions: versionsSchema,
  threads: z
    .object({ asked: z.int().min(0), used: count, reason: z.string() })
    .describe(
      'Threads of an operation: what was asked for, what that is here, and why, in words that follow the number.',
    ),
  engines: z.array(engineCheckSchema),
  chosen: choiceSchema.optional().describe('The engine that training uses; left out where none works as asked for.'),
  measured: measurementsSchema.optional().describe('Of the chosen engine; left out where that did not work.'),
  problem: z.string().optional().describe('Why there are no measurements, or why they are too low.'),
  expected: z.array(expectationSchema).describe('Empty where nothing was measured.'),
});
export type ComputeReport = z.output<typeof computeReportSchema>;

/** Which engine a report is about: what `engine` of a configuration says. */
export const reportRequestSchema = z.object({
  name: z.enum(idsOf(engineChoices)),
  device,
  threads: z.int().min(0),
});
export type ReportRequest = z.output<typeof reportRequestSchema>;

/** What a process that checks one engine is asked, and answers. */
export const checkRequestSchema = choiceSchema.extend({ threads: z.int().min(0), measure: z.boolean() });
export type CheckRequest = z.output<typeof checkRequestSchema>;
export const checkAnswerSchema = z.object({
  description: z.string(),
  notices: z.array(z.string()),
  measured: measurementsSchema.optional(),
});
export type CheckAnswer = z.output<typeof checkAnswerSchema>;
