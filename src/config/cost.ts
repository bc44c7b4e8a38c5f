import type { ModelConfiguration } from './schema.ts';

/** Matrix products of a cell with the state and with the input, each `[hiddenSize, hiddenSize]`. */
const gates: Readonly<Record<ModelConfiguration['cell'], number>> = { lstm: 4 };

/**
 * Floating-point operations of a training step for one word: twice the weights that it is multiplied with on the way
 * forward, and twice that on the way back (for the gradients of the weights and of what came in). Only matrix products
 * count: with a large vocabulary the rest is a few percent. The embedding is looked up and costs nothing, tied or not.
 */
export function flopsPerToken(model: ModelConfiguration, vocabularySize: number): number {
  const { cell, layers, hiddenSize } = model;
  const recurrent = layers * gates[cell] * hiddenSize * 2 * hiddenSize;
  return 6 * (recurrent + hiddenSize * vocabularySize);
}
