import type { Cell } from './cell.ts';

/**
 * The plain recurrent cell (Elman, "Finding structure in time", 1990):
 *
 *     h' = tanh(x·Wx + h·Wh + b)
 */
export const rnn: Cell = {
  standard: 'rnn',
  states: ['h'],
  gates: ['candidate'],
  initialBias: () => 0,
  step(b, projected, [h], recurrentWeights) {
    if (!h) throw new Error('a plain step needs the state h');
    const before = b.add(projected, b.matmul(h, recurrentWeights));
    const next = b.tanh(before);
    return { states: [next], inside: () => ({ 'candidate.before': before, candidate: next }) };
  },
};
