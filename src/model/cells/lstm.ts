import { block } from './cell.ts';
import type { Cell } from './cell.ts';

/**
 * Long short-term memory (Hochreiter and Schmidhuber, 1997) with a forget gate (Gers, Schmidhuber and Cummins, 2000)
 * and without peepholes, as in Zaremba, Sutskever and Vinyals, "Recurrent neural network regularization", 2014:
 *
 *     i = σ(x·Wxi + h·Whi + bi)     f = σ(x·Wxf + h·Whf + bf)
 *     o = σ(x·Wxo + h·Who + bo)     g = tanh(x·Wxg + h·Whg + bg)
 *     c' = f ∘ c + i ∘ g            h' = o ∘ tanh(c')
 *
 * The three gates with a σ stand side by side so that one operation computes them all.
 */
export const lstm: Cell = {
  standard: 'lstm',
  states: ['h', 'c'],
  gates: ['input', 'forget', 'output', 'candidate'],
  initialBias: (gate, { forgetBias }) => (gate === 'forget' ? forgetBias : 0),
  step(b, projected, [h, c], recurrentWeights) {
    if (!h || !c) throw new Error('an LSTM step needs the states h and c');
    const [, hidden = 0] = h.shape;
    const preactivations = b.add(projected, b.matmul(h, recurrentWeights));
    const gates = b.sigmoid(b.slice(preactivations, 1, 0, 3 * hidden));
    const candidate = b.tanh(block(b, preactivations, 3, hidden));
    const [input, forget, output] = [
      block(b, gates, 0, hidden),
      block(b, gates, 1, hidden),
      block(b, gates, 2, hidden),
    ] as const;
    const nextC = b.add(b.multiply(forget, c), b.multiply(input, candidate));
    const squashed = b.tanh(nextC);
    const inside = () => ({
      'input.before': block(b, preactivations, 0, hidden),
      'forget.before': block(b, preactivations, 1, hidden),
      'output.before': block(b, preactivations, 2, hidden),
      'candidate.before': block(b, preactivations, 3, hidden),
      input,
      forget,
      output,
      candidate,
      // What the output gate lets through: tanh of the new cell state.
      squashed,
    });
    return { states: [b.multiply(output, squashed), nextC], inside };
  },
};
