import { cellKinds } from './cells.ts';
import type { ModelConfiguration } from './schema.ts';
import { describeSizes } from './sizes.ts';

/** A network in a few words: `LSTM, 2 × 200`, `bidirectional GRU, 1 × 128`, `LSTM, 300 + 200`. */
export function describeNetwork(model: ModelConfiguration): string {
  const { cell, direction } = model;
  const kind = cellKinds[cell].name;
  const name = direction === 'bidirectional' ? `bidirectional ${kind}` : kind;
  return `${name}, ${describeSizes(model)}`;
}
