import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../../graph/node.ts';
import type { Node, NodeOf } from '../../../graph/node.ts';
import { given, transposed } from './calls.ts';
import type { Planner, Slot } from './plan.ts';

/**
 * A right operand of more elements than this lies outside the processor's cache, and WebAssembly's product reads it once
 * for every four rows of the left one.
 */
const manyElements = 2 ** 21;

/** scale · A · B. */
export function product(planner: Planner, node: NodeOf<'matmul'> & Node, [a = 0, b = 0]: readonly Slot[]): Slot {
  const { scale } = node.attributes;
  const result = planner.backend === 'wasm' ? plainProduct(planner, node, a, b) : anyProduct(planner, node, a, b);
  return scale === 1 ? result : planner.emit(({ tf }, [x]) => tf.mul(given(x), tf.scalar(scale)), [result]);
}

function anyProduct(planner: Planner, node: NodeOf<'matmul'>, a: Slot, b: Slot): Slot {
  const { transposeA, transposeB } = node.attributes;
  return planner.emit(({ tf }, [x, y]) => tf.matMul(matrix(x), matrix(y), transposeA, transposeB), [a, b]);
}

/**
 * Transposes first: WebAssembly's product is ten times slower with an operand that it is to read transposed. Where B is
 * much larger than A, Bᵀ · Aᵀ is computed and transposed, so that the small operand is the one that stays in the cache.
 */
function plainProduct(planner: Planner, node: NodeOf<'matmul'>, a: Slot, b: Slot): Slot {
  const { transposeA, transposeB } = node.attributes;
  const [sizeA = 0, sizeB = 0] = node.inputs.map(({ shape }) => sizeOf(shape));
  const multiply = (x: Slot, y: Slot) => planner.emit(({ tf }, [p, q]) => tf.matMul(matrix(p), matrix(q)), [x, y]);
  const turned = (x: Slot, transpose: boolean) => (transpose ? transposed(planner, x) : x);
  if (sizeB > manyElements && sizeB > 4 * sizeA && sizeB > sizeOf(node.shape)) {
    return transposed(planner, multiply(turned(b, !transposeB), turned(a, !transposeA)));
  }
  return multiply(turned(a, transposeA), turned(b, transposeB));
}

function matrix(value: Tensor | undefined): Tensor2D {
  return given(value) as Tensor2D;
}
