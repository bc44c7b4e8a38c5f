import type { GraphBuilder } from '../../graph/graph.ts';
import type { Node } from '../../graph/node.ts';
import { ownWeight } from './cell.ts';
import type { Equations } from './cell.ts';
import { lstmStep } from './lstm.ts';

/** Added to a variance before its root, so that equal numbers do not divide by zero. */
const epsilon = 1e-5;

/**
 * The layer-normalised LSTM (Ba, Kiros and Hinton, "Layer normalization", arXiv:1607.06450, equations 20 to 22). LN is over
 * the row: over all 4 · hidden sums of a step together, not gate by gate, and over the new cell state:
 *
 *     (i, f, o, g) = α₁ ∘ LN(x·Wx) + α₂ ∘ LN(h·Wh) + b,  then σ of i, f, o and tanh of g
 *     c' = f ∘ c + i ∘ g                       h' = o ∘ tanh(α₃ ∘ LN(c') + β₃)
 *
 * The paper has a β in each LN beside b; those of the two products only add to b, and are left out.
 */
export const layerNormLstm: Equations = {
  project(b, product, weights) {
    return b.add(b.multiply(normalise(b, product), ownWeight(weights, 'inputGain')), weights.bias);
  },
  step(b, projected, [h, c], weights) {
    if (!h || !c) throw new Error('an LSTM step needs the states h and c');
    const recurrent = normalise(b, b.matmul(h, weights.recurrent));
    return lstmStep(b, {
      preactivations: b.add(projected, b.multiply(recurrent, ownWeight(weights, 'recurrentGain'))),
      c,
      normalised: (next) =>
        b.add(b.multiply(normalise(b, next), ownWeight(weights, 'stateGain')), ownWeight(weights, 'stateBias')),
    });
  },
};

/** Each row of x [rows, width] less its mean, over its standard deviation. */
function normalise(b: GraphBuilder, x: Node): Node {
  const mean = rowMean(b, x);
  const centred = b.subtract(x, mean);
  const variance = rowMean(b, b.multiply(centred, centred));
  return b.divide(centred, b.sqrt(b.add(variance, b.constant(epsilon))));
}

/** [rows, 1] */
function rowMean(b: GraphBuilder, x: Node): Node {
  const [, width = 1] = x.shape;
  return b.multiply(b.sum(x, { axes: [1], keepAxes: true }), b.constant(1 / width));
}
