import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Shape } from '../../graph/node.ts';
import { sizeOf, formatShape } from '../../graph/node.ts';
import { EngineError } from '../../util/errors.ts';
import type { Tensor, Variables } from '../engine.ts';
import type { Downloader } from './download.ts';

type TensorClass = typeof OrtTensor;

interface Slot {
  current: OrtTensor;
  /** Where the next run writes; swapped with `current` after it, so that no step copies the weights. CPU only. */
  spare?: OrtTensor;
}

/** Variables as ONNX Runtime's tensors: on the CPU two buffers each, on a GPU whatever the last run returned. */
export class OnnxVariables implements Variables {
  private readonly slots = new Map<string, Slot>();

  constructor(
    private readonly TensorClass: TensorClass,
    private readonly downloader: Downloader,
  ) {}

  set(name: string, { shape, data }: Tensor): void {
    if (data.length !== sizeOf(shape)) {
      throw new EngineError(`variable ${name} of shape ${formatShape(shape)} was given ${data.length} numbers`);
    }
    this.slots.get(name)?.current.dispose();
    this.slots.set(name, { current: new this.TensorClass('float32', Float32Array.from(data), shape) });
  }

  async get(name: string): Promise<Tensor> {
    const tensor = this.currentOf(name);
    const data = tensor.location === 'cpu' ? tensor.data : await this.downloader.download(tensor);
    if (!(data instanceof Float32Array)) throw new EngineError(`variable ${name} holds ${tensor.type}, not float32`);
    return { shape: [...tensor.dims], data: data.slice() };
  }

  has(name: string): boolean {
    return this.slots.has(name);
  }

  names(): string[] {
    return [...this.slots.keys()];
  }

  dispose(): void {
    for (const { current, spare } of this.slots.values()) {
      current.dispose();
      spare?.dispose();
    }
    this.slots.clear();
    this.downloader.dispose();
  }

  /** @throws EngineError when nothing stands under the name */
  currentOf(name: string): OrtTensor {
    const slot = this.slots.get(name);
    if (!slot)
      throw new EngineError(`variable ${name} has no value yet; there are ${this.names().join(', ') || 'none'}`);
    return slot.current;
  }

  /** A buffer for the variable's next value. */
  spareOf(name: string, shape: Shape): OrtTensor {
    const slot = this.slots.get(name);
    if (!slot) throw new EngineError(`variable ${name} has no value yet`);
    slot.spare ??= new this.TensorClass('float32', new Float32Array(sizeOf(shape)), shape);
    return slot.spare;
  }

  /** Makes `next` the variable's value. The old tensor becomes the spare, or is freed when it lies on a GPU. */
  advance(name: string, next: OrtTensor): void {
    const slot = this.slots.get(name);
    if (!slot) throw new EngineError(`variable ${name} has no value yet`);
    const { current } = slot;
    if (next.location === 'cpu') slot.spare = current;
    else current.dispose();
    slot.current = next;
  }
}
