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
  states: ['h', 'c'],
  gates: ['input', 'forget', 'output', 'candidate'],
  initialBias: (gate, { forgetBias }) => (gate === 'forget' ? forgetBias : 0),
  step(b, projected, [h, c], recurrentWeights) {
    if (!h || !c) throw new Error('an LSTM step needs the states h and c');
    const [, hidden = 0] = h.shape;
    const preactivations = b.add(projected, b.matmul(h, recurrentWeights));
    const gates = b.sigmoid(b.slice(preactivations, 1, 0, 3 * hidden));
    const candidate = b.tanh(b.slice(preactivations, 1, 3 * hidden, 4 * hidden));
    const [input, forget, output] = [0, 1, 2].map((gate) => b.slice(gates, 1, gate * hidden, (gate + 1) * hidden));
    if (!input || !forget || !output) throw new Error('three gates were sliced');
    const nextC = b.add(b.multiply(forget, c), b.multiply(input, candidate));
    return [b.multiply(output, b.tanh(nextC)), nextC];
  },
};
