import { builtinSizes } from '../config/builtinSizes.ts';
import { flopsPerToken } from '../config/cost.ts';
import { presets } from '../config/presets.ts';
import { configurationSchema } from '../config/schema.ts';
import type { Engine } from '../engine/engine.ts';
import { createEngine } from '../engine/index.ts';
import type { CheckAnswer, CheckRequest, Measurements } from '../protocol/computeReport.ts';
import { checkArithmetic, measuredElements, measuredProducts, measureMemory, measureProduct } from './benchmarks.ts';
import { othersSince } from './load.ts';
import { findThreads, measureTraining } from './measure.ts';

const demoMilliseconds = 700;

/**
 * Loads one engine, has it compute a small graph and, where that is asked for, measures how fast it is (in about seven
 * seconds), with 0 threads after finding their number as a run does. A driver can end the whole process here.
 *
 * @throws EngineError with the reason in words
 */
export async function checkEngine(
  { name, device, threads, measure }: CheckRequest,
  signal?: AbortSignal,
): Promise<CheckAnswer> {
  const notices: string[] = [];
  const engine = await createEngine({ name, device, threads, onNotice: (sentence) => notices.push(sentence) });
  if (engine.repeatability !== undefined) notices.push(engine.repeatability);
  await checkArithmetic(engine);
  if (!measure) return { description: engine.description, notices };
  const found = threads === 0 ? await findThreads(engine, signal) : undefined;
  const measured = await measureEngine(found?.engine ?? engine, signal);
  const training = { ...measured.training, ...(found ? { threads: found.threads } : {}) };
  return { description: (found?.engine ?? engine).description, notices, measured: { ...measured, training } };
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
