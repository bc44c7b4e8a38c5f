import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../../graph/node.ts';
import type { Node } from '../../../graph/node.ts';
import { binary, given, step, transposed, unary } from './calls.ts';
import { places, rowIds } from './ids.ts';
import { floatsOf, idsOf } from '../feeds.ts';
import type { TensorflowBackend, TensorflowModule } from '../loaded.ts';
import type { Lowerings, Planner, Slot } from './plan.ts';
import { product } from './products.ts';

/** The least p of which −log p is taken, as in the ONNX engine: a token's loss ends at 87.3 nats instead of ∞. */
const smallestProbability = 2 ** -126;

/** One entry an operation of the graph: the calls of TensorFlow.js that compute it. */
export const lowerings: Lowerings = {
  input: (planner, node) =>
    // Ids are read by the operations that use them: as rows of a table or as places in a matrix.
    node.type === 'integer'
      ? planner.emit(({ tf, feeds }) => tf.tensor(idsOf(node, feeds), [...node.shape], 'int32'), [])
      : planner.emit(({ tf, feeds }) => tf.tensor(floatsOf(node, feeds), [...node.shape], 'float32'), []),
  variable: (planner, node) => planner.variable(node),
  constant: step((tf, { attributes: { value, shape } }) => tf.fill([...shape], value, 'float32')),
  matmul: product,
  add: binary((tf, a, b) => tf.add(a, b)),
  subtract: binary((tf, a, b) => tf.sub(a, b)),
  multiply: binary((tf, a, b) => tf.mul(a, b)),
  divide: binary((tf, a, b) => tf.div(a, b)),
  maximum: (planner, _, inputs) =>
    planner.emit(({ tf }, [a, b]) => larger(tf, planner.backend, given(a), given(b)), inputs),
  atLeast: binary((tf, a, b) => tf.cast(tf.greaterEqual(a, b), 'float32')),
  sigmoid: unary((tf, x) => tf.sigmoid(x)),
  tanh: unary((tf, x) => tf.tanh(x)),
  exp: unary((tf, x) => tf.exp(x)),
  log: unary((tf, x) => tf.log(x)),
  sqrt: unary((tf, x) => tf.sqrt(x)),
  sum: (planner, node, [x = 0]) => {
    const { axes, keepAxes } = node.attributes;
    if (planner.backend === 'wasm' && node.inputs[0]?.shape.length === 2 && axes.join() === '0') {
      // The reduction would transpose to add up columns; the product that has the same gradient has often done so.
      const columns = transposed(planner, x);
      return planner.emit(({ tf }, [value]) => tf.reshape(tf.sum(given(value), 1), [...node.shape]), [columns]);
    }
    return planner.emit(({ tf }, [value]) => tf.sum(given(value), [...axes], keepAxes), [x]);
  },
  // Row by row first: one float32 that adds up millions of squares would lose the last digits.
  sumOfSquares: unary((tf, x) => (x.rank < 2 ? tf.sum(tf.square(x)) : tf.sum(tf.sum(tf.square(x), -1)))),
  broadcast: step((tf, { shape }, x) => tf.broadcastTo(given(x), [...shape])),
  reshape: step((tf, { shape }, x) => tf.reshape(given(x), [...shape])),
  transpose: (planner, _, [x = 0]) => transposed(planner, x),
  slice: step((tf, { attributes: { axis, start }, shape }, x) => {
    const begin = shape.map((_, index) => (index === axis ? start : 0));
    return tf.slice(given(x), begin, [...shape]);
  }),
  pad: step((tf, { attributes: { axis, before, after }, shape }, x) =>
    tf.pad(
      given(x),
      shape.map((_, index) => (index === axis ? [before, after] : [0, 0])),
    ),
  ),
  join: step((tf, { attributes: { axis } }, ...parts) => tf.concat(parts, axis)),
  gather: (planner, node, [table = 0]) =>
    planner.emit(({ tf }, [x, ids]) => tf.gather(given(x), given(ids)), [table, rowIds(planner, node)]),
  scatterAdd: (planner, node, [base = 0, , updates = 0]) => {
    const [baseNode] = node.inputs;
    const inputs = [rowIds(planner, node), updates];
    const scatter = (tf: TensorflowModule, ids?: Tensor, values?: Tensor) =>
      tf.scatterND(tf.expandDims(given(ids) as Tensor1D, 1), given(values), [...node.shape]);
    if (baseNode?.operation === 'constant' && baseNode.attributes.value === 0)
      return planner.emit(({ tf }, [ids, values]) => scatter(tf, ids, values), inputs);
    return planner.emit(({ tf }, [ids, values, x]) => tf.add(given(x), scatter(tf, ids, values)), [...inputs, base]);
  },
  pick: (planner, node, [x = 0]) => pick(planner, node, x),
  addAt: (planner, node, [x = 0, , values = 0]) => {
    const size = sizeOf(node.shape);
    const inputs = [x, values, places(planner, node)];
    return planner.emit(({ tf }, [matrix, added, ids]) => {
      const flat = tf.reshape(given(matrix), [size]);
      const sums = tf.add(tf.gather(flat, given(ids) as Tensor1D), given(added));
      // No place is named twice, as each is in a row of its own.
      const result = tf.tensorScatterUpdate(flat, tf.expandDims(given(ids), 1), sums);
      return tf.reshape(result, [...node.shape]);
    }, inputs);
  },
  softmax: (planner, _, [x = 0]) => softmax(planner, x),
  crossEntropy: (planner, node, [logits = 0]) => {
    // The same softmax as the gradient's: the planner never writes a step twice.
    const picked = pick(planner, node, softmax(planner, logits));
    return planner.emit(
      ({ tf }, [p]) => {
        const atLeastSmallest = larger(tf, planner.backend, given(p), tf.scalar(smallestProbability));
        return tf.neg(tf.log(atLeastSmallest));
      },
      [picked],
    );
  },
};

/**
 * The larger of each pair, and NaN where either is. `maximum` is that in plain JavaScript alone: on WebAssembly it takes the
 * other number, so that a network that has diverged would look as if it had not.
 */
function larger(tf: TensorflowModule, backend: TensorflowBackend, a: Tensor, b: Tensor): Tensor {
  if (backend === 'cpu') return tf.maximum(a, b);
  return tf.where(tf.notEqual(a, a), a, tf.where(tf.greaterEqual(a, b), a, b));
}

function softmax(planner: Planner, x: Slot): Slot {
  return planner.emit(({ tf }, [logits]) => tf.softmax(given(logits)), [x], 'softmax');
}

/** Of each row of the matrix in slot `x` the element at the node's ids. */
function pick(planner: Planner, node: Node, x: Slot): Slot {
  return planner.emit(
    ({ tf }, [matrix, ids]) => tf.gather(tf.reshape(given(matrix), [-1]), given(ids)),
    [x, places(planner, node)],
  );
}
