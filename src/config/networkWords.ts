import type { ModelConfiguration } from './schema.ts';

const cellWords: Readonly<Record<ModelConfiguration['cell'], string>> = { rnn: 'plain RNN', gru: 'GRU', lstm: 'LSTM' };

/** A network in a few words: `LSTM, 2 × 200`, `bidirectional GRU, 1 × 128`. */
export function describeNetwork({ cell, direction, layers, hiddenSize }: ModelConfiguration): string {
  const name = direction === 'bidirectional' ? `bidirectional ${cellWords[cell]}` : cellWords[cell];
  return `${name}, ${layers} × ${hiddenSize.toLocaleString('en-US')}`;
}
