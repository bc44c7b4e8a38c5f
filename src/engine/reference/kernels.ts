import { sizeOf } from '../../graph/node.ts';
import type { NodeOf, OperationName, PlainOperationName, Shape } from '../../graph/node.ts';

/** Elements in row-major order. Ids are whole numbers held the same way. */
export interface Value {
  readonly shape: Shape;
  readonly data: Float64Array;
}

type Kernel<N extends OperationName> = (node: NodeOf<N>, ...inputs: Value[]) => Float64Array;

const unary =
  (f: (x: number) => number) =>
  ({ shape }: { shape: Shape }, x: Value): Float64Array =>
    fill(shape, (index) => f(at(x, index)));

const binary =
  (f: (a: number, b: number) => number) =>
  (node: { shape: Shape }, a: Value, b: Value): Float64Array => {
    const [dataA, dataB] = [spread(a, node.shape), spread(b, node.shape)];
    return fill(node.shape, (index) => f(dataA[index] ?? NaN, dataB[index] ?? NaN));
  };

const fed = (): never => {
  throw new Error('inputs and variables are given, not computed');
};

/** What each operation computes, in float64 and in the plainest way: the oracle that the fast engines are held to. */
export const kernels: { readonly [N in PlainOperationName]: Kernel<N> } = {
  input: fed,
  variable: fed,
  constant: ({ attributes: { value, shape } }) => new Float64Array(sizeOf(shape)).fill(value),
  matmul: ({ shape, attributes: { transposeA, transposeB, scale } }, a, b) => {
    const [, columns = 0] = shape;
    const inner = a.shape[transposeA ? 0 : 1] ?? 0;
    const [, widthA = 0] = a.shape;
    const [, widthB = 0] = b.shape;
    return fill(shape, (index) => {
      const row = Math.floor(index / columns);
      const column = index % columns;
      let sum = 0;
      for (let k = 0; k < inner; k++) {
        sum +=
          at(a, transposeA ? k * widthA + row : row * widthA + k) *
          at(b, transposeB ? column * widthB + k : k * widthB + column);
      }
      return scale * sum;
    });
  },
  add: binary((a, b) => a + b),
  subtract: binary((a, b) => a - b),
  multiply: binary((a, b) => a * b),
  divide: binary((a, b) => a / b),
  maximum: binary(Math.max),
  atLeast: binary((a, b) => Number(a >= b)),
  sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  tanh: unary(Math.tanh),
  exp: unary(Math.exp),
  log: unary(Math.log),
  sqrt: unary(Math.sqrt),
  sum: (node, x) => {
    const kept = x.shape.map((extent, axis) => (node.attributes.axes.includes(axis) ? 1 : extent));
    const target = broadcastIndex(kept, x.shape);
    const result = new Float64Array(sizeOf(kept));
    x.data.forEach((value, index) => addTo(result, target(index), value));
    return result;
  },
  sumOfSquares: (_, x) => Float64Array.of(x.data.reduce((sum, value) => sum + value * value, 0)),
  broadcast: ({ shape }, x) => spread(x, shape).slice(),
  reshape: (_, x) => x.data.slice(),
  transpose: ({ shape }, x) => {
    const [rows = 0, columns = 0] = shape;
    return fill(shape, (index) => at(x, (index % columns) * rows + Math.floor(index / columns)));
  },
  slice: ({ shape, attributes: { axis, start } }, x) => {
    const result = new Float64Array(sizeOf(shape));
    for (const { inner, outer, length } of blocks(shape, x.shape, { axis, start }))
      result.set(x.data.subarray(outer, outer + length), inner);
    return result;
  },
  pad: ({ shape, attributes: { axis, before } }, x) => {
    const result = new Float64Array(sizeOf(shape));
    for (const { inner, outer, length } of blocks(x.shape, shape, { axis, start: before }))
      result.set(x.data.subarray(inner, inner + length), outer);
    return result;
  },
  join: ({ shape, attributes: { axis } }, ...parts) => {
    const result = new Float64Array(sizeOf(shape));
    let start = 0;
    for (const part of parts) {
      for (const { inner, outer, length } of blocks(part.shape, shape, { axis, start }))
        result.set(part.data.subarray(inner, inner + length), outer);
      start += part.shape[axis] ?? 0;
    }
    return result;
  },
  gather: ({ shape }, table, ids) => {
    const [, width = 0] = shape;
    return fill(shape, (index) => at(table, rowOf(ids, index, width, table) * width + (index % width)));
  },
  scatterAdd: ({ shape }, base, ids, updates) => {
    const [, width = 0] = shape;
    const result = base.data.slice();
    updates.data.forEach((value, index) =>
      addTo(result, rowOf(ids, index, width, base) * width + (index % width), value),
    );
    return result;
  },
  pick: ({ shape }, x, ids) => fill(shape, (row) => at(x, elementOf(x, ids, row))),
  addAt: (_, x, ids, values) => {
    const result = x.data.slice();
    values.data.forEach((value, row) => addTo(result, elementOf(x, ids, row), value));
    return result;
  },
  softmax: ({ shape }, x) => {
    const [, width = 0] = shape;
    return fill(shape, (index) => Math.exp(at(x, index) - logSumExp(x, Math.floor(index / width))));
  },
  crossEntropy: ({ shape }, logits, targets) =>
    fill(shape, (row) => logSumExp(logits, row) - at(logits, elementOf(logits, targets, row))),
};

/** log Σ exp of a row of [n, width], without overflow; kept so that a row's is computed once. */
function logSumExp(x: Value, row: number): number {
  const known = rowSums.get(x.data) ?? [];
  rowSums.set(x.data, known);
  return (known[row] ??= computeLogSumExp(x, row));
}

const rowSums = new WeakMap<Float64Array, number[]>();

function computeLogSumExp(x: Value, row: number): number {
  const [, width = 0] = x.shape;
  const values = x.data.subarray(row * width, (row + 1) * width);
  const largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
}

function fill(shape: Shape, element: (index: number) => number): Float64Array {
  const result = new Float64Array(sizeOf(shape));
  for (let index = 0; index < result.length; index++) result[index] = element(index);
  return result;
}

function at(value: Value, index: number): number {
  return value.data[index] ?? NaN;
}

function addTo(data: Float64Array, index: number, value: number): void {
  data[index] = (data[index] ?? NaN) + value;
}

/** The row of `table` that element `index` of a gathered [n, width] comes from. @throws RangeError for a bad id */
function rowOf(ids: Value, index: number, width: number, table: Value): number {
  return checkedId(at(ids, Math.floor(index / width)), table.shape[0] ?? 0);
}

/** Where in x [n, width] the element of `row` that its id names lies. @throws RangeError for a bad id */
function elementOf(x: Value, ids: Value, row: number): number {
  const [, width = 0] = x.shape;
  return row * width + checkedId(at(ids, row), width);
}

function checkedId(id: number, count: number): number {
  if (!Number.isInteger(id) || id < 0 || id >= count) throw new RangeError(`id ${id} is not in 0…${count - 1}`);
  return id;
}

/** The elements of `value` as they are broadcast to `to`; its own where it has that shape already. */
function spread(value: Value, to: Shape): Float64Array {
  if (value.data.length === sizeOf(to)) return value.data;
  if (value.data.length === 1) return new Float64Array(sizeOf(to)).fill(at(value, 0));
  const source = broadcastIndex(value.shape, to);
  return fill(to, (index) => at(value, source(index)));
}

/** From an index into `to` the index into `from` that broadcasts there. */
function broadcastIndex(from: Shape, to: Shape): (index: number) => number {
  const lead = to.length - from.length;
  const strides = stridesOf(from);
  const outer = stridesOf(to);
  return (index) =>
    to.reduce((sum, extent, axis) => {
      const position = Math.floor(index / (outer[axis] ?? 1)) % extent;
      return axis < lead || from[axis - lead] === 1 ? sum : sum + position * (strides[axis - lead] ?? 0);
    }, 0);
}

/** Where the elements of `inner` stand in `outer`, in which it lies `start` further along `axis`: in blocks that are whole in both. */
function* blocks(inner: Shape, outer: Shape, { axis, start }: { axis: number; start: number }) {
  const length = sizeOf(inner.slice(axis));
  const outerLength = sizeOf(outer.slice(axis));
  const skipped = start * sizeOf(outer.slice(axis + 1));
  const count = sizeOf(inner.slice(0, axis));
  for (let block = 0; block < count; block++)
    yield { inner: block * length, outer: block * outerLength + skipped, length };
}

function stridesOf(shape: Shape): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}
