import { gateNames } from './cells.ts';
import type { ModelConfiguration } from './schema.ts';
import { embeddingSizeOf, lastLayerSize, layerSizes } from './sizes.ts';

/**
 * Floating-point operations of a training step for one word: twice the weights that it is multiplied with on the way
 * forward, and twice that on the way back (for the gradients of the weights and of what came in). Only matrix products
 * count, of each gate with the state and with the input: with a large vocabulary the rest is a few percent. The embedding is looked up and costs nothing, tied or not.
 */
export function flopsPerToken(model: ModelConfiguration, vocabularySize: number): number {
  const { cell, direction, tiedEmbeddings } = model;
  const embeddingSize = embeddingSizeOf(model);
  const sizes = layerSizes(model);
  const lastSize = lastLayerSize(model);
  const directions = direction === 'bidirectional' ? 2 : 1;
  const products = sizes.map((size, layer) => size * (size + (sizes[layer - 1] ?? embeddingSize)));
  const recurrent = directions * gateNames(cell).length * products.reduce((all, product) => all + product, 0);
  // Tied, the two directions meet in one product; else each has output weights of its own.
  const outputSize = tiedEmbeddings ? embeddingSize : directions * lastSize;
  const projection = tiedEmbeddings && embeddingSize !== lastSize ? lastSize * embeddingSize : 0;
  return 6 * (recurrent + projection + outputSize * vocabularySize);
}
