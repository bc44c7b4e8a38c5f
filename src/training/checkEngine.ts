import { presetCost } from '../config/presetCost.ts';
import type { PresetName } from '../config/presets.ts';
import type { Engine } from '../engine/engine.ts';
import { createEngine } from '../engine/index.ts';
import type { CheckAnswer, CheckRequest, Measurements } from '../protocol/computeReport.ts';
import { checkArithmetic, measuredElements, measuredProducts, measureMemory, measureProduct } from './benchmarks.ts';
import { othersSince } from './otherPrograms.ts';
import { findThreads, measureTraining } from './measure.ts';

/** `small` is measured first and longest: what else is worth measuring follows from it. */
const otherPresets = ['demo', 'quick', 'document', 'medium'] as const;
const otherMilliseconds = 900;
/** A preset whose step would take longer is estimated: the report should not keep anybody waiting. */
const longestStepSeconds = 1.5;

/**
 * Loads one engine, has it compute a small graph and, where that is asked for, measures how fast it is (in about ten
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
  const threadsFound = found ? { threads: { count: found.threads, reason: found.reason } } : {};
  return { description: (found?.engine ?? engine).description, notices, measured: { ...measured, ...threadsFound } };
}

async function measureEngine(engine: Engine, signal: AbortSignal | undefined): Promise<Measurements> {
  const shareOfOthers = othersSince();
  const products: Measurements['products'] = [];
  for (const shape of measuredProducts) {
    signal?.throwIfAborted();
    products.push({ ...shape, gflops: await measureProduct(engine, shape) });
  }
  const gigabytesPerSecond = await measureMemory(engine, measuredElements);
  const training = await measurePresets(engine, signal);
  return {
    products,
    memory: { elements: measuredElements, gigabytesPerSecond },
    training,
    othersShare: shareOfOthers(),
  };
}

async function measurePresets(engine: Engine, signal: AbortSignal | undefined): Promise<Measurements['training']> {
  const time = async (preset: PresetName, milliseconds?: number) => {
    const { vocabularySize, flopsPerWord } = presetCost(preset);
    const wordsPerSecond = await measureTraining(engine, { preset, vocabularySize, milliseconds, signal });
    return { preset, wordsPerSecond, gflops: (wordsPerSecond * flopsPerWord) / 1e9 };
  };
  const small = await time('small');
  const measured = [small];
  for (const preset of otherPresets) {
    const { wordsPerStep, flopsPerWord } = presetCost(preset);
    if ((wordsPerStep * flopsPerWord) / (small.gflops * 1e9) > longestStepSeconds) continue;
    measured.push(await time(preset, otherMilliseconds));
  }
  return measured;
}
