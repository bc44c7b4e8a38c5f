import { sizeOf } from '../../graph/node.ts';
import type { Node, NodeOf } from '../../graph/node.ts';
import type { Lowering } from './lowering.ts';
import type { OnnxWriter, Value } from './writer.ts';

/*
 * Sums that are exact to float32 rounding and the same from run to run, with any number of threads.
 */

/**
 * base with rows added at ids, equal ids adding up.
 *
 * Not ScatterND with `reduction: add`, which races on equal ids once its work is divided over threads.
 */
export function scatterAdd(lowering: Lowering, node: NodeOf<'scatterAdd'> & Node, inputs: readonly Value[]): Value {
  return lowering.options.inPlaceScatter ? addElements(lowering, node, inputs) : addEqualRows(lowering, node, inputs);
}

/** ScatterElements goes through its elements one after another, on one thread. */
function addElements({ writer }: Lowering, node: Node, [base = '', ids = '', updates = '']: readonly Value[]): Value {
  const [count = 0, width = 0] = node.inputs[2]?.shape ?? [];
  const column = writer.node('Reshape', [ids, writer.integers([count, 1])]);
  const places = writer.node('Expand', [column, writer.integers([count, width])]);
  return writer.node('ScatterElements', [base, places, updates], { axis: 0, reduction: 'add' });
}

/**
 * The rows of equal ids are added up by a product with the matrix that is 1 where two ids are equal. Where a row of the
 * table is then written several times, it is the same row.
 */
function addEqualRows({ writer }: Lowering, node: Node, [base = '', ids = '', updates = '']: readonly Value[]): Value {
  const [rows = 0] = node.shape;
  const [count = 0] = node.inputs[1]?.shape ?? [];
  const row = writer.node('Reshape', [ids, writer.integers([1, count])]);
  const equalTo = (column: Value) => writer.node('Cast', [writer.node('Equal', [column, row])], { to: 1 });
  if (rows <= count) return writer.node('Gemm', [equalTo(writer.wholeNumbers(rows)), updates, base]);
  const column = writer.node('Reshape', [ids, writer.integers([count, 1])]);
  const old = writer.node('Gather', [base, ids], { axis: 0 });
  const sums = writer.node('Gemm', [equalTo(column), updates, old]);
  return writer.node('ScatterND', [base, writer.node('Cast', [column], { to: 7 }), sums]);
}

/**
 * The sum of the squares of all elements.
 *
 * Not ReduceSumSquare over everything, which adds up in one float32 and is wrong in the fifth digit for two million
 * elements, but of parts that are small enough, one after another in a Scan whose slices are views. By rows the operator
 * goes element by element, four times slower.
 */
export function sumOfSquares(lowering: Lowering, node: Node, [x = '']: readonly Value[]): Value {
  const { writer, options } = lowering;
  const shape = node.inputs[0]?.shape ?? [];
  const size = sizeOf(shape);
  const { squaresInPart } = options;
  if (squaresInPart === 0) {
    if (shape.length === 0) return writer.node('Mul', [x, x]);
    const rows = writer.node('ReduceSum', [writer.node('Mul', [x, x]), writer.integers([shape.length - 1])], {
      keepdims: 0,
    });
    return shape.length === 1 ? rows : writer.node('ReduceSum', [rows], { keepdims: 0 });
  }
  if (size <= 2 * squaresInPart) return writer.node('ReduceSumSquare', [x], { keepdims: 0 });
  const length = partLength(size, squaresInPart);
  if (length !== undefined) return sumInParts(writer, x, { count: size / length, length });
  // No part divides the size: what is left behind the last whole part is a sum of its own.
  const count = Math.floor(size / squaresInPart);
  const lengths = writer.integers([count * squaresInPart, size - count * squaresInPart]);
  const flat = writer.node('Reshape', [x, writer.integers([size])]);
  const [whole = '', rest = ''] = writer.nodes('Split', [flat, lengths], { axis: 0 }, 2);
  const sum = sumInParts(writer, whole, { count, length: squaresInPart });
  return writer.node('Add', [sum, writer.node('ReduceSumSquare', [rest], { keepdims: 0 })]);
}

/** @param x count · length elements */
function sumInParts(writer: OnnxWriter, x: Value, { count, length }: { count: number; length: number }): Value {
  const body = writer.subgraph();
  const part = body.input(body.named('part'), [length], 'float32');
  body.result(body.node('ReduceSumSquare', [part], { keepdims: 0 }), []);
  const parts = writer.node('Reshape', [x, writer.integers([count, length])]);
  const sums = writer.node('Scan', [parts], { body, num_scan_inputs: 1 });
  return writer.node('ReduceSum', [sums], { keepdims: 0 });
}

/** The divisor of `size` nearest to `wanted`, from an eighth to twice as large; undefined where there is none. */
function partLength(size: number, wanted: number): number | undefined {
  let best: number | undefined;
  for (let count = 1; count * count <= size; count++) {
    if (size % count !== 0) continue;
    for (const length of [count, size / count]) {
      if (best === undefined || Math.abs(Math.log(length / wanted)) < Math.abs(Math.log(best / wanted))) best = length;
    }
  }
  return best !== undefined && best >= wanted / 8 && best <= wanted * 2 ? best : undefined;
}
