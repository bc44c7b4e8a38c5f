import { flopsPerToken } from '../config/cost.ts';
import { presets } from '../config/presets.ts';
import { configurationSchema } from '../config/schema.ts';
import type { EngineOptions } from '../engine/engine.ts';
import { createEngine } from '../engine/index.ts';
import { random32, randomKey } from './random.ts';
import { Trainer } from './trainer.ts';

const vocabularySize = 10_000;
const tokens = 100_000;
const measuredMilliseconds = 1500;

/**
 * Measures how fast this machine trains: steps of the preset `small` (2×200, batch 20, 20 steps, 10,000 words) on random
 * words for a second and a half, after one that warms up.
 *
 * @returns floating-point operations a second, as flopsPerToken counts them
 * @throws EngineError where the device cannot be used; the reason of `signal` when it aborts
 */
export async function measure(options: EngineOptions & { signal?: AbortSignal }): Promise<{ flopsPerSecond: number }> {
  const { device, threads, onNotice, signal } = options;
  const configuration = configurationSchema.parse({ ...presets.small.configuration, engine: { device, threads } });
  const engine = await createEngine({ ...configuration.engine, ...(onNotice ? { onNotice } : {}) });
  const trainer = await Trainer.create(configuration, { engine, ids: randomWords(), vocabularySize });
  try {
    await trainer.step();
    let steps = 0;
    const start = performance.now();
    do {
      signal?.throwIfAborted();
      if (trainer.isEpochDone) trainer.startNextEpoch();
      await trainer.step();
      steps++;
    } while (performance.now() - start < measuredMilliseconds && !trainer.isDone);
    const seconds = (performance.now() - start) / 1000;
    const wordsPerSecond = (steps * trainer.wordsPerStep) / seconds;
    return { flopsPerSecond: wordsPerSecond * flopsPerToken(configuration.model, vocabularySize) };
  } finally {
    await trainer.dispose();
  }
}

function randomWords(): Uint16Array {
  const key = randomKey(1, 'weights');
  return Uint16Array.from({ length: tokens }, (_, index) => random32(key, index) % vocabularySize);
}
