import type { OptimizerConfiguration } from './schema.ts';

/** The tensor that an optimiser keeps for a parameter, as checkpoints name it: `optimizer.mean.layers.0.input`. */
export const slotName = (slot: string, parameter: string): string => `optimizer.${slot}.${parameter}`;

/** The slot of averaged gradient descent: the mean of the weights. */
export const averageSlot = 'average';

/**
 * The tensor that stands for a parameter wherever a model is evaluated, used or exported: the parameter itself, or its mean
 * where the optimiser averages (which is the parameter, too, until averaging begins).
 */
export function evaluatedTensor({ kind }: Pick<OptimizerConfiguration, 'kind'>, parameter: string): string {
  return kind === 'asgd' ? slotName(averageSlot, parameter) : parameter;
}
