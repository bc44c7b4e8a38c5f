import type { Tensor as TfTensor } from '@tensorflow/tfjs-core';
import { formatShape, sizeOf } from '../../graph/node.ts';
import type { Shape } from '../../graph/node.ts';
import { EngineError } from '../../util/errors.ts';
import type { Tensor, Variables } from '../engine.ts';
import type { LoadedTensorflow } from './loaded.ts';

/** Variables as tensors of TensorFlow.js, which stay where the backend has them from run to run. */
export class TensorflowVariables implements Variables {
  private readonly tensors = new Map<string, TfTensor>();
  private readonly replaced: TfTensor[] = [];
  private readers = 0;

  constructor(private readonly loaded: Pick<LoadedTensorflow, 'tf' | 'backend'>) {}

  set(name: string, { shape, data }: Tensor): void {
    if (data.length !== sizeOf(shape)) {
      throw new EngineError(`variable ${name} of shape ${formatShape(shape)} was given ${data.length} numbers`);
    }
    const { tf, backend } = this.loaded;
    // On the engine's own backend, whichever computes now; and it may keep the very array that it is given.
    this.put(name, tf.engine().makeTensor(data.slice(), [...shape], 'float32', tf.findBackend(backend)));
  }

  async get(name: string): Promise<Tensor> {
    const tensor = this.currentOf(name);
    const data = await this.whileKept(() => tensor.data());
    return { shape: [...tensor.shape], data: new Float32Array(data) };
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  names(): string[] {
    return [...this.tensors.keys()];
  }

  dispose(): void {
    this.replaced.push(...this.tensors.values());
    this.tensors.clear();
    this.sweep();
  }

  /** @throws EngineError when nothing stands under the name, or something of another size */
  currentOf(name: string, shape?: Shape): TfTensor {
    const tensor = this.tensors.get(name);
    if (!tensor)
      throw new EngineError(`variable ${name} has no value yet; there are ${this.names().join(', ') || 'none'}`);
    if (shape && tensor.size !== sizeOf(shape)) {
      throw new EngineError(
        `variable ${name} has shape ${formatShape(tensor.shape)}; the network needs ${formatShape(shape)}`,
      );
    }
    return tensor;
  }

  /** Makes `tensor` the variable's value. It belongs to the variables from now on. */
  put(name: string, tensor: TfTensor): void {
    const old = this.tensors.get(name);
    if (old) this.replaced.push(old);
    this.tensors.set(name, tensor);
    this.sweep();
  }

  /** Does what reads the variables, in several turns of the event loop; what is replaced meanwhile is freed after it. */
  async whileKept<T>(read: () => Promise<T>): Promise<T> {
    this.readers++;
    try {
      return await read();
    } finally {
      this.readers--;
      this.sweep();
    }
  }

  private sweep(): void {
    if (this.readers > 0) return;
    for (const tensor of this.replaced.splice(0)) tensor.dispose();
  }
}
