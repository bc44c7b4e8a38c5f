import { block, ownWeight, vectorBlock } from './cell.ts';
import type { Equations } from './cell.ts';

/**
 * The LSTM with peepholes (Gers, Schraudolph and Schmidhuber, "Learning precise timing with LSTM recurrent networks",
 * 2002): input and forget gate see the cell state before the step, the output gate the one after it, each unit its own.
 * As in Greff et al. (arXiv:1503.04069), the output passes through a tanh, which the first paper left out:
 *
 *     i = σ(x·Wxi + h·Whi + pi ∘ c + bi)     f = σ(x·Wxf + h·Whf + pf ∘ c + bf)
 *     g = tanh(x·Wxg + h·Whg + bg)           c' = f ∘ c + i ∘ g
 *     o = σ(x·Wxo + h·Who + po ∘ c' + bo)    h' = o ∘ tanh(c')
 */
export const peepholeLstm: Equations = {
  step(b, projected, [h, c], weights) {
    if (!h || !c) throw new Error('an LSTM step needs the states h and c');
    const [, hidden = 0] = h.shape;
    const peepholes = ownWeight(weights, 'peepholes');
    const sums = b.add(projected, b.matmul(h, weights.recurrent));
    const sum = (index: number) => block(b, sums, index, hidden);
    const seen = (index: number) => vectorBlock(b, peepholes, index, hidden);
    const inputBefore = b.add(sum(0), b.multiply(c, seen(0)));
    const forgetBefore = b.add(sum(1), b.multiply(c, seen(1)));
    const [input, forget, candidate] = [b.sigmoid(inputBefore), b.sigmoid(forgetBefore), b.tanh(sum(3))] as const;
    const nextC = b.add(b.multiply(forget, c), b.multiply(input, candidate));
    const outputBefore = b.add(sum(2), b.multiply(nextC, seen(2)));
    const output = b.sigmoid(outputBefore);
    const squashed = b.tanh(nextC);
    const inside = () => ({
      'input.before': inputBefore,
      'forget.before': forgetBefore,
      'output.before': outputBefore,
      'candidate.before': sum(3),
      input,
      forget,
      output,
      candidate,
      squashed,
    });
    return { states: [b.multiply(output, squashed), nextC], inside };
  },
};
