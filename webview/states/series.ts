import { readingsOf } from '../../src/config/vocabulary.ts';
import type { ModelFacts, Series } from '../../src/protocol/inference.ts';

/** Which series a network has, and what they are called. */

export function seriesOf({ layers, direction, series }: ModelFacts): Series[] {
  const readings = readingsOf[direction];
  return Array.from({ length: layers }, (_, layer) => layer).flatMap((layer) =>
    readings.flatMap((reading) => series.map((name) => ({ reading, layer, name }))),
  );
}

/** The series that is there and most like the one that is wished for: its name counts most, then the layer. */
export function nearestSeries(wish: Series, there: readonly Series[]): Series | undefined {
  const cost = ({ reading, layer, name }: Series): number =>
    (name === wish.name ? 0 : 1e6) + (reading === wish.reading ? 0 : 0.5) + Math.abs(layer - wish.layer);
  return there.reduce<Series | undefined>(
    (best, one) => (best === undefined || cost(one) < cost(best) ? one : best),
    undefined,
  );
}

/** `Hidden state h`, `Forget gate`. */
export function nameWords(name: string): string {
  if (name === 'h') return 'Hidden state h';
  if (name === 'c') return 'Cell state c';
  const words = name.charAt(0).toUpperCase() + name.slice(1);
  return name === 'candidate' ? words : `${words} gate`;
}

/** `Hidden state h of layer 2, read backward`. */
export function seriesWords({ name, layer, reading }: Series, shape: { layers: number; isBoth: boolean }): string {
  const parts = [
    `${nameWords(name)}${shape.layers > 1 ? ` of layer ${layer + 1}` : ''}`,
    ...(shape.isBoth ? [`read ${reading}`] : []),
  ];
  return parts.join(', ');
}

/** How many layers the series come from, and whether from both directions. */
export function shapeOf(there: readonly Series[]): { layers: number; isBoth: boolean } {
  return {
    layers: Math.max(0, ...there.map(({ layer }) => layer)) + 1,
    isBoth: there.some(({ reading }) => reading === 'backward'),
  };
}
