import { block } from './cell.ts';
import type { Equations } from './cell.ts';

/**
 * The LSTM with coupled input and forget gates (Greff et al., "LSTM: a search space odyssey", arXiv:1503.04069: CIFG). It
 * takes in as much as it forgets. Of the two gates the paper learns the input gate and takes f = 1 − i; here it is the
 * forget gate, which is the same cell (σ(−a) = 1 − σ(a)), so that `forgetBias` means what it means elsewhere:
 *
 *     f = σ(x·Wxf + h·Whf + bf)     o = σ(x·Wxo + h·Who + bo)
 *     g = tanh(x·Wxg + h·Whg + bg)
 *     c' = f ∘ c + (1 − f) ∘ g      h' = o ∘ tanh(c')
 */
export const coupledLstm: Equations = {
  step(b, projected, [h, c], { recurrent }) {
    if (!h || !c) throw new Error('an LSTM step needs the states h and c');
    const [, hidden = 0] = h.shape;
    const preactivations = b.add(projected, b.matmul(h, recurrent));
    const gates = b.sigmoid(b.slice(preactivations, 1, 0, 2 * hidden));
    const candidate = b.tanh(block(b, preactivations, 2, hidden));
    const [forget, output] = [block(b, gates, 0, hidden), block(b, gates, 1, hidden)] as const;
    const nextC = b.add(candidate, b.multiply(forget, b.subtract(c, candidate)));
    const squashed = b.tanh(nextC);
    const inside = () => ({
      'forget.before': block(b, preactivations, 0, hidden),
      'output.before': block(b, preactivations, 1, hidden),
      'candidate.before': block(b, preactivations, 2, hidden),
      forget,
      output,
      candidate,
      squashed,
    });
    return { states: [b.multiply(output, squashed), nextC], inside };
  },
};
