import { block } from './cell.ts';
import type { Equations } from './cell.ts';

/**
 * The gated recurrent unit (Cho et al., arXiv:1406.1078), in the form of the paper's first version, where the reset gate
 * lies on the product with the state (as in cuDNN and PyTorch), so that one product serves all gates:
 *
 *     r = σ(x·Wxr + h·Whr + br)     z = σ(x·Wxz + h·Whz + bz)
 *     n = tanh(x·Wxn + r ∘ (h·Whn) + bn)
 *     h' = z ∘ h + (1 − z) ∘ n
 *
 * The two gates with a σ stand side by side so that one operation computes them both.
 */
export const gru: Equations = {
  standard: 'gru',
  step(b, projected, [h], weights) {
    if (!h) throw new Error('a GRU step needs the state h');
    const [, hidden = 0] = h.shape;
    const recurrent = b.matmul(h, weights.recurrent);
    const preactivations = b.add(b.slice(projected, 1, 0, 2 * hidden), b.slice(recurrent, 1, 0, 2 * hidden));
    const gates = b.sigmoid(preactivations);
    const reset = block(b, gates, 0, hidden);
    const update = block(b, gates, 1, hidden);
    const before = b.add(block(b, projected, 2, hidden), b.multiply(reset, block(b, recurrent, 2, hidden)));
    const candidate = b.tanh(before);
    const next = b.add(candidate, b.multiply(update, b.subtract(h, candidate)));
    const inside = () => ({
      'reset.before': block(b, preactivations, 0, hidden),
      'update.before': block(b, preactivations, 1, hidden),
      'candidate.before': before,
      reset,
      update,
      candidate,
    });
    return { states: [next], inside };
  },
};
