import { builtinSizes } from '../config/builtinSizes.ts';
import { cpus } from 'node:os';
import { flopsPerToken } from '../config/cost.ts';
import { presets } from '../config/presets.ts';
import { configurationSchema } from '../config/schema.ts';
import type { Engine } from '../engine/engine.ts';
import { createEngine } from '../engine/index.ts';
import type { CheckAnswer, CheckRequest, Measurements } from '../protocol/computeReport.ts';
import { checkArithmetic, measuredElements, measuredProducts, measureMemory, measureProduct } from './benchmarks.ts';
import { measureTraining } from './measure.ts';

const demoMilliseconds = 700;

/**
 * Loads one engine, has it compute a small graph and, where that is asked for, measures how fast it is (in about five
 * seconds). A driver can end the whole process here.
 *
 * @throws EngineError with the reason in words
 */
export async function checkEngine(
  { name, device, threads, measure }: CheckRequest,
  signal?: AbortSignal,
): Promise<CheckAnswer> {
  const notices: string[] = [];
  const engine = await createEngine({ name, device, threads, onNotice: (sentence) => notices.push(sentence) });
  await checkArithmetic(engine);
  return {
    description: engine.description,
    notices,
    ...(measure ? { measured: await measureEngine(engine, signal) } : {}),
  };
}

async function measureEngine(engine: Engine, signal: AbortSignal | undefined): Promise<Measurements> {
  const shareOfOthers = othersSince();
  const products: Measurements['products'] = [];
  for (const shape of measuredProducts) {
    signal?.throwIfAborted();
    products.push({ ...shape, gflops: await measureProduct(engine, shape) });
  }
  const gigabytesPerSecond = await measureMemory(engine, measuredElements);
  const wordsPerSecond = await measureTraining(engine, { preset: 'small', signal });
  const demo = await measureTraining(engine, {
    preset: 'demo',
    vocabularySize: builtinSizes.vocabulary,
    milliseconds: demoMilliseconds,
    signal,
  });
  const { model, corpus } = configurationSchema.parse(presets.small.configuration);
  return {
    products,
    memory: { elements: measuredElements, gigabytesPerSecond },
    training: { wordsPerSecond, gflops: (wordsPerSecond * flopsPerToken(model, corpus.vocabularySize)) / 1e9 },
    demo: { wordsPerSecond: demo },
    othersShare: shareOfOthers(),
  };
}

/** @returns tells the share of all cores that other processes have used since this was called */
function othersSince(): () => number {
  const busySeconds = () =>
    cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) / 1000;
  const before = { busy: busySeconds(), own: process.cpuUsage(), now: performance.now() };
  return () => {
    const { user, system } = process.cpuUsage(before.own);
    const all = (cpus().length * (performance.now() - before.now)) / 1000;
    const others = busySeconds() - before.busy - (user + system) / 1e6;
    return Math.min(1, Math.max(0, others / all));
  };
}
