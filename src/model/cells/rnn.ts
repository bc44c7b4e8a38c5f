import type { Equations } from './cell.ts';

/**
 * The plain recurrent cell (Elman, "Finding structure in time", 1990):
 *
 *     h' = tanh(x·Wx + h·Wh + b)
 */
export const rnn: Equations = {
  standard: 'rnn',
  step(b, projected, [h], { recurrent }) {
    if (!h) throw new Error('a plain step needs the state h');
    const before = b.add(projected, b.matmul(h, recurrent));
    const next = b.tanh(before);
    return { states: [next], inside: () => ({ 'candidate.before': before, candidate: next }) };
  },
};
