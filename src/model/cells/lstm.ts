import type { GraphBuilder } from '../../graph/graph.ts';
import type { Node } from '../../graph/node.ts';
import { block } from './cell.ts';
import type { CellStep, Equations } from './cell.ts';

/** The gates of an LSTM after their activations, [batch, hidden] each. */
interface LstmGates {
  input: Node;
  forget: Node;
  output: Node;
  candidate: Node;
}

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
export const lstm: Equations = {
  standard: 'lstm',
  step(b, projected, [h, c], { recurrent }) {
    if (!h || !c) throw new Error('an LSTM step needs the states h and c');
    return lstmStep(b, { preactivations: b.add(projected, b.matmul(h, recurrent)), c });
  },
};

/**
 * An LSTM step from the sums before its gates.
 *
 * @param options.preactivations [batch, 4 · hidden]: input, forget and output gate, candidate
 * @param options.c the cell state before the step, [batch, hidden]
 * @param options.normalised what the output gate lets through tanh of, made of the new cell state; left out, that itself
 */
export function lstmStep(
  b: GraphBuilder,
  options: { preactivations: Node; c: Node; normalised?: (c: Node) => Node },
): CellStep {
  const { preactivations, c, normalised = (node: Node) => node } = options;
  const [, hidden = 0] = c.shape;
  const gates = b.sigmoid(b.slice(preactivations, 1, 0, 3 * hidden));
  const all: LstmGates = {
    input: block(b, gates, 0, hidden),
    forget: block(b, gates, 1, hidden),
    output: block(b, gates, 2, hidden),
    candidate: b.tanh(block(b, preactivations, 3, hidden)),
  };
  const nextC = b.add(b.multiply(all.forget, c), b.multiply(all.input, all.candidate));
  const squashed = b.tanh(normalised(nextC));
  const inside = () => ({
    'input.before': block(b, preactivations, 0, hidden),
    'forget.before': block(b, preactivations, 1, hidden),
    'output.before': block(b, preactivations, 2, hidden),
    'candidate.before': block(b, preactivations, 3, hidden),
    ...all,
    // What the output gate lets through: tanh of the new cell state.
    squashed,
  });
  return { states: [b.multiply(all.output, squashed), nextC], inside };
}
