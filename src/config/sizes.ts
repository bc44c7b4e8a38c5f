import type { ModelConfiguration } from './schema.ts';

/** Of a network's layers and embedding. */
type Sizes = Pick<ModelConfiguration, 'layers' | 'hiddenSize' | 'embeddingSize'>;

/** Units of each layer, the first one first. */
export function layerSizes({ layers, hiddenSize }: Omit<Sizes, 'embeddingSize'>): readonly number[] {
  return typeof hiddenSize === 'number' ? new Array<number>(layers).fill(hiddenSize) : hiddenSize;
}

/** Units of a layer, from 0. @throws Error where there is no such layer */
export function layerSize(model: Omit<Sizes, 'embeddingSize'>, layer: number): number {
  const size = layerSizes(model)[layer];
  if (size === undefined) throw new Error(`the network has no layer ${layer}`);
  return size;
}

/** Units of the last layer, from which the output layer reads. */
export function lastLayerSize(model: Omit<Sizes, 'embeddingSize'>): number {
  return layerSize(model, model.layers - 1);
}

/** Numbers of an embedded token. */
export function embeddingSizeOf(model: Sizes): number {
  return model.embeddingSize ?? layerSize(model, 0);
}

/** `2 × 200`, or `300 + 200` where layers have sizes of their own. */
export function describeSizes({ layers, hiddenSize }: Omit<Sizes, 'embeddingSize'>): string {
  const grouped = (size: number) => size.toLocaleString('en-US');
  return typeof hiddenSize === 'number' ? `${layers} × ${grouped(hiddenSize)}` : hiddenSize.map(grouped).join(' + ');
}
