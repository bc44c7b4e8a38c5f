import type { KernelFunc, NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { TensorflowModule } from '../loaded.ts';

/**
 * Puts a kernel that copies the slice alone in the place of WebAssembly's own, which copies the whole tensor that it cuts
 * from into JavaScript's memory first (readSync in tfjs-backend-wasm 4.22, kernels/Slice.ts). An unrolled network cuts
 * every step from one large tensor: that copying, and clearing up after it, took a third of the time of a step.
 */
export function mendSlices(tf: TensorflowModule): void {
  const original = tf.getKernel('Slice', 'wasm');
  if (!original || mended.has(original.kernelFunc)) return;
  tf.unregisterKernel('Slice', 'wasm');
  const kernelFunc: KernelFunc = (call) => cut(tf, call, original.kernelFunc);
  mended.add(kernelFunc);
  tf.registerKernel({ ...original, kernelFunc });
}

const mended = new WeakSet<KernelFunc>();

type Call = Parameters<KernelFunc>[0];

function cut(tf: TensorflowModule, call: Call, otherwise: KernelFunc): ReturnType<KernelFunc> {
  const x = call.inputs['x'];
  const { begin, size } = (call.attrs ?? {}) as NamedAttrMap & { begin: number[]; size: number[] };
  if (!x || x.dtype === 'string') return otherwise(call);
  const backend = call.backend as BackendWasm;
  const [starts, extents] = tf.slice_util.parseSliceParams(x, begin, size) as [number[], number[]];
  if (tf.slice_util.isSliceContinous(x.shape, starts, extents)) {
    const offset = tf.slice_util.computeFlatOffset(starts, tf.util.computeStrides(x.shape));
    const result = backend.makeOutput(extents, x.dtype);
    // Only now: making the result may have moved all memory.
    backend
      .typedArrayFromHeap(result)
      .set(valuesOf(backend, x).subarray(offset, offset + tf.util.sizeFromShape(extents)));
    return result;
  }
  if (x.shape.length !== 2) return otherwise(call);
  const result = backend.makeOutput(extents, x.dtype);
  const [source, target] = [valuesOf(backend, x), valuesOf(backend, result)];
  const [row = 0, column = 0] = starts;
  const [rows = 0, columns = 0] = extents;
  const [, width = 0] = x.shape;
  for (let index = 0; index < rows; index++) {
    const from = (row + index) * width + column;
    target.set(source.subarray(from, from + columns), index * columns);
  }
  return result;
}

function valuesOf(backend: BackendWasm, tensor: TensorInfo) {
  return backend.typedArrayFromHeap(tensor);
}
