import * as z from 'zod';

import { devices, engineChoices, idsOf } from '../config/vocabulary.ts';
import { configurationSchema } from '../config/schema.ts';
import { checkAnswerSchema, checkRequestSchema, computeReportSchema, reportRequestSchema } from './computeReport.ts';
import { notification, request } from './message.ts';

/**
 * What the extension host asks of a trainer process that it has just spawned, over the process's IPC channel. The channel
 * is closed once the run has begun: from then on the run folder tells how it stands, and the control socket is how it is
 * steered.
 */

/** A run that has begun: its first step is next. */
const begunSchema = z.object({ id: z.string(), folder: z.string(), pid: z.int().positive() });
export type BegunRun = z.output<typeof begunSchema>;

/** Whether the run ends by itself once no window is attached to it any more: see `attach`. */
const stopWhenAlone = z.boolean();

const engineName = z.enum(idsOf(engineChoices));
const nothing = z.object({});

export const launch = {
  /** Makes a run and trains it. Fails, with the reason in words, where it cannot begin. */
  start: request(
    'start',
    z.object({ configuration: configurationSchema, runsFolder: z.string(), stopWhenAlone }),
    begunSchema,
  ),
  /**
   * Goes on with an interrupted run, or with a diverged one at a lower learning rate. `engine`, `device`, `threads` and
   * `learningRate` replace those that the run was made with.
   */
  resume: request(
    'resume',
    z.object({
      folder: z.string(),
      stopWhenAlone,
      engine: engineName.optional(),
      device: z.enum(idsOf(devices)).optional(),
      threads: z.int().min(0).optional(),
      learningRate: z.number().gt(0).max(1_000_000).optional(),
      /** Takes config.json as it is now where it was changed since the checkpoint. */
      acceptConfig: z.boolean().optional(),
    }),
    begunSchema,
  ),
  /** Trains a little on random words and tells how fast that was, then exits. Nothing is written. */
  measure: request(
    'measure',
    z.object({
      name: engineName,
      device: z.enum(idsOf(devices)),
      threads: z.int().min(0),
    }),
    /** Floating-point operations a second in training steps of the 2×200 shape. */
    z.object({ flopsPerSecond: z.number().positive() }),
  ),
  /** Checks and measures what this machine can compute with, each engine in a process of its own, then exits. */
  report: request('report', reportRequestSchema, computeReportSchema),
  /** Checks one engine, and may crash over it; then exits. Fails, with the reason in words, where it does not work. */
  check: request('check', checkRequestSchema, checkAnswerSchema),
  /**
   * Ends what was asked for before, whose answer is then that it was ended. Answered at once; a run that has begun ends after
   * its step, with a checkpoint. Signals are no way to ask: on Windows they kill.
   */
  cancel: request('cancel', nothing, nothing),
} as const;

/** What a trainer tells before its run has begun. */
export const launchNews = {
  /** A sentence that a person should read. */
  notice: notification('notice', z.object({ sentence: z.string() })),
  /** What is being done just now, in a few words. */
  progress: notification('progress', z.object({ words: z.string() })),
} as const;

/** What a trainer does just now. */
export const trainerActivities = ['training', 'paused', 'stopping'] as const;
const helloSchema = z.object({ folder: z.string(), pid: z.int().positive(), activity: z.enum(trainerActivities) });
export type TrainerHello = z.output<typeof helloSchema>;

/** What any process of the same user may ask of a running trainer, over its control socket. */
export const control = {
  hello: request('hello', nothing, helloSchema),
  /** Answered when no step is under way any more; the state is then `paused`, and a checkpoint stands. */
  pause: request('pause', nothing, nothing),
  /** Answered when training goes on. */
  resume: request('resume', nothing, nothing),
  /** Answered when the last step is done, before the checkpoint is saved; the process then ends by itself. */
  stop: request('stop', nothing, nothing),
  /** Answered when a checkpoint of the step under way stands. */
  checkpoint: request('checkpoint', nothing, z.object({ step: z.int().min(0) })),
  /**
   * Ties the trainer to the windows that are attached: once all connections that attached are gone for 30 seconds (a
   * reload is much shorter), the trainer stops by itself. Refused by runs that were started from a terminal.
   */
  attach: request('attach', nothing, nothing),
  /** Unties it: it goes on when every window is gone. */
  release: request('release', nothing, nothing),
} as const;
