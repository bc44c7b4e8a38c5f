import { gateNames } from './cells.ts';
import type { ModelConfiguration } from './schema.ts';

/**
 * Floating-point operations of a training step for one word: twice the weights that it is multiplied with on the way
 * forward, and twice that on the way back (for the gradients of the weights and of what came in). Only matrix products
 * count, of each gate with the state and with the input: with a large vocabulary the rest is a few percent. The embedding is looked up and costs nothing, tied or not.
 */
export function flopsPerToken(model: ModelConfiguration, vocabularySize: number): number {
  const { cell, direction, layers, hiddenSize, tiedEmbeddings } = model;
  const embeddingSize = model.embeddingSize ?? hiddenSize;
  const directions = direction === 'bidirectional' ? 2 : 1;
  const inputs = embeddingSize + (2 * layers - 1) * hiddenSize;
  const recurrent = directions * gateNames(cell).length * hiddenSize * inputs;
  // Tied, the two directions meet in one product; else each has output weights of its own.
  const outputSize = tiedEmbeddings ? embeddingSize : directions * hiddenSize;
  const projection = tiedEmbeddings && embeddingSize !== hiddenSize ? hiddenSize * embeddingSize : 0;
  return 6 * (recurrent + projection + outputSize * vocabularySize);
}
