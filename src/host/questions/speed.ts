import { cpus } from 'node:os';
import type { ExtensionContext } from 'vscode';

import { builtinSizes } from '../../config/builtinSizes.ts';
import { flopsPerToken } from '../../config/cost.ts';
import type { Configuration, EngineConfiguration } from '../../config/schema.ts';
import { readLastStep } from '../../runs/lastStep.ts';
import type { Experiments } from '../experiments/experiments.ts';
import type { TrainerLauncher } from '../processes/trainerLauncher.ts';

/** What training costs on this machine: from runs before, or from a short measurement. */

/** The speed of this machine when it was last measured: floating-point operations a second. */
export function lastSpeedOf(engine: EngineConfiguration, context: ExtensionContext): number | undefined {
  return context.globalState.get<number>(keyOf(engine));
}

/**
 * Measures the speed of this machine, in about three seconds, and keeps it.
 *
 * @param signal ends the measurement
 * @returns floating-point operations a second
 */
export async function measureSpeed(
  engine: EngineConfiguration,
  parts: { context: ExtensionContext; launcher: TrainerLauncher; signal: AbortSignal },
): Promise<number> {
  const { context, launcher, signal } = parts;
  const measured = await launcher.measure(engine, { signal });
  await context.globalState.update(keyOf(engine), measured);
  return measured;
}

function keyOf({ name, device, threads }: EngineConfiguration): string {
  const processors = cpus();
  return `speed/4/${processors[0]?.model ?? '?'}/${processors.length}/${name}/${device}/${threads}`;
}

/** A validation text is about a tenth of a training text and costs a third, without the backward pass. */
const evaluationShare = 0.04;

/**
 * Seconds that a run takes, from the speed of the machine.
 *
 * @param tokens of the training text
 */
export function secondsAtSpeed(configuration: Configuration, tokens: number, flopsPerSecond: number): number {
  const { model, training, corpus } = configuration;
  const words = corpus.kind === 'builtin' ? builtinSizes.vocabulary : wordsPerRoot * Math.sqrt(tokens);
  const vocabularySize = Math.min(corpus.vocabularySize, Math.round(words));
  const flops = training.epochs * tokens * flopsPerToken(model, vocabularySize) * (1 + evaluationShare);
  return flops / flopsPerSecond;
}

/** A text has about so many different words for each square root of its length (Heaps' law, English prose). */
const wordsPerRoot = 22;

/** Seconds that a preset took on a corpus of that kind, by the newest run of it that came far enough to tell. */
export async function secondsOfEarlierRun(
  experiments: Experiments,
  configuration: Configuration,
): Promise<number | undefined> {
  for (const run of experiments.runs) {
    if (run.kind !== 'run' || run.status.progress.fraction < 0.02) continue;
    const earlier = run.config.configuration;
    const isSame =
      earlier.corpus.kind === configuration.corpus.kind &&
      earlier.corpus.path === configuration.corpus.path &&
      JSON.stringify([earlier.model, earlier.training, earlier.engine]) ===
        JSON.stringify([configuration.model, configuration.training, configuration.engine]);
    if (!isSame) continue;
    const last = await readLastStep(run.folder).catch(() => undefined);
    if (last !== undefined) return (last.seconds / last.step) * run.status.progress.totalSteps;
  }
  return undefined;
}
