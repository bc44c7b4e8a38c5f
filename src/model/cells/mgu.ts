import { block } from './cell.ts';
import type { Equations } from './cell.ts';

/**
 * The minimal gated unit (Zhou, Wu, Zhang and Zhou, "Minimal gated unit for recurrent neural networks", arXiv:1603.09420):
 * one gate says both what of the state the candidate sees and how much of the candidate is taken. Where it is 0 the state
 * is kept:
 *
 *     f = σ(x·Wxf + h·Whf + bf)     g = tanh(x·Wxg + (f ∘ h)·Whg + bg)
 *     h' = (1 − f) ∘ h + f ∘ g
 */
export const mgu: Equations = {
  step(b, projected, [h], { recurrent }) {
    if (!h) throw new Error('an MGU step needs the state h');
    const [, hidden = 0] = h.shape;
    const forgetBefore = b.add(block(b, projected, 0, hidden), b.matmul(h, block(b, recurrent, 0, hidden)));
    const forget = b.sigmoid(forgetBefore);
    const seen = b.matmul(b.multiply(forget, h), block(b, recurrent, 1, hidden));
    const candidateBefore = b.add(block(b, projected, 1, hidden), seen);
    const candidate = b.tanh(candidateBefore);
    const next = b.add(h, b.multiply(forget, b.subtract(candidate, h)));
    const inside = () => ({ 'forget.before': forgetBefore, 'candidate.before': candidateBefore, forget, candidate });
    return { states: [next], inside };
  },
};
