import type { Drawing } from './drawing.ts';
import { drawLstm } from './lstm.ts';
import type { DiagramOptions } from './parts.ts';

/** An LSTM whose sums, and whose cell state on its way to the output, are normalised (LN). */
export function layerNormLstm(options: DiagramOptions): Drawing {
  return drawLstm(options, {
    symbols: { sigmoid: 'σ(LN)', tanh: 'tanh(LN)' },
    tanhAt: 122,
    extra: (d, { out }) => d.pill(out, 97, 'LN'),
  });
}
