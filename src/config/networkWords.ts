import { cellKinds } from './cells.ts';
import type { ModelConfiguration } from './schema.ts';

/** A network in a few words: `LSTM, 2 × 200`, `bidirectional GRU, 1 × 128`. */
export function describeNetwork({ cell, direction, layers, hiddenSize }: ModelConfiguration): string {
  const kind = cellKinds[cell].name;
  const name = direction === 'bidirectional' ? `bidirectional ${kind}` : kind;
  return `${name}, ${layers} × ${hiddenSize.toLocaleString('en-US')}`;
}
