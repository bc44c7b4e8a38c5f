import { flopsPerToken } from '../config/cost.ts';
import { presets } from '../config/presets.ts';
import type { PresetName } from '../config/presets.ts';
import { configurationSchema } from '../config/schema.ts';
import type { EngineConfiguration } from '../config/schema.ts';
import type { Engine, EngineOptions } from '../engine/engine.ts';
import { createEngine } from '../engine/index.ts';
import { median } from '../util/percentile.ts';
import { random32, randomKey } from '../util/random.ts';
import { chooseThreads } from './threads.ts';
import type { ChosenThreads } from './threads.ts';
import { Trainer } from './trainer.ts';

const vocabularySize = 10_000;
const tokens = 100_000;
const measuredMilliseconds = 1500;

/**
 * Measures how fast this machine trains: steps of the preset `small` (2×200, batch 20, 20 steps, 10,000 words) on random
 * words for a second and a half, after one that warms up; with 0 threads after finding their number as a run does.
 *
 * @returns floating-point operations a second, as flopsPerToken counts them
 * @throws EngineError where the device cannot be used; the reason of `signal` when it aborts
 */
export async function measure(
  options: EngineOptions & Pick<EngineConfiguration, 'name'> & { signal?: AbortSignal },
): Promise<{ flopsPerSecond: number }> {
  const { name, device, threads, onNotice, signal } = options;
  const { engine: settings, model } = configurationSchema.parse({
    ...presets.small.configuration,
    engine: { name, device, threads },
  });
  const engine = await createEngine({ ...settings, ...(onNotice ? { onNotice } : {}) });
  const found = threads === 0 ? await findThreads(engine, signal) : undefined;
  const wordsPerSecond = await measureTraining(found?.engine ?? engine, { preset: 'small', signal });
  return { flopsPerSecond: wordsPerSecond * flopsPerToken(model, vocabularySize) };
}

/** The number of threads that a run of the preset `small` would compute with. @throws the reason of `signal` */
export function findThreads(engine: Engine, signal: AbortSignal | undefined): Promise<ChosenThreads | undefined> {
  const configuration = configurationSchema.parse(presets.small.configuration);
  return chooseThreads(engine, { configuration, ids: randomWords(vocabularySize), vocabularySize, signal });
}

/**
 * Trains a preset on random words, after a step that warms up.
 *
 * @returns words a second, by the median step
 * @throws EngineError where the engine cannot; the reason of `signal` when it aborts
 */
export async function measureTraining(
  engine: Engine,
  options: {
    preset: PresetName;
    vocabularySize?: number;
    milliseconds?: number | undefined;
    signal?: AbortSignal | undefined;
  },
): Promise<number> {
  const { preset, vocabularySize: words = vocabularySize, milliseconds = measuredMilliseconds, signal } = options;
  const configuration = configurationSchema.parse(presets[preset].configuration);
  const trainer = await Trainer.create(configuration, { engine, ids: randomWords(words), vocabularySize: words });
  try {
    await trainer.step();
    const times: number[] = [];
    const start = performance.now();
    do {
      signal?.throwIfAborted();
      if (trainer.isEpochDone) trainer.startNextEpoch();
      const before = performance.now();
      await trainer.step();
      times.push(performance.now() - before);
    } while (performance.now() - start < milliseconds && !trainer.isDone);
    // The median: another program's burst of work slows a few steps down, and not the hours that are estimated.
    return trainer.wordsPerStep / (median(times) / 1000);
  } finally {
    await trainer.dispose();
  }
}

function randomWords(vocabularySize: number): Uint16Array {
  const key = randomKey(1, 'weights');
  return Uint16Array.from({ length: tokens }, (_, index) => random32(key, index) % vocabularySize);
}
