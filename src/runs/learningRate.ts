import { rewriteConfig } from './rewriteConfig.ts';

/**
 * Gives a run another learning rate for the steps after a checkpoint: its configuration has the new one, and
 * `learningRates` those of the steps before.
 *
 * @param change.step steps done, over all epochs
 * @throws FileError as rewriteConfig
 */
export async function changeLearningRate(
  folder: string,
  { step, learningRate }: { step: number; learningRate: number },
): Promise<void> {
  await rewriteConfig(folder, (raw, configuration, { configuration: { training }, learningRates = [] }) => {
    // A run that has diverged again goes on from a step before the last change.
    const earlier = learningRates.filter(({ untilStep }) => untilStep < step);
    const before = learningRates.find(({ untilStep }) => untilStep >= step)?.learningRate ?? training.learningRate;
    const rates = step === 0 ? [] : [...earlier, { untilStep: step, learningRate: before }];
    const given = configuration['training'];
    const changed = { ...(typeof given === 'object' ? given : {}), learningRate };
    return { ...raw, configuration: { ...configuration, training: changed }, learningRates: rates };
  });
}
