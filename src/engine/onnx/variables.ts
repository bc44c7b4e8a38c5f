import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Shape } from '../../graph/node.ts';
import { formatShape, sameShape, sizeOf } from '../../graph/node.ts';
import { EngineError } from '../../util/errors.ts';
import type { Tensor, Variables } from '../engine.ts';
import type { Downloader } from './download.ts';

type TensorClass = typeof OrtTensor;

interface Slot {
  current: OrtTensor;
  /** Where the next run writes; swapped with `current` after it, so that no step copies the weights. CPU only. */
  spare?: OrtTensor;
  /** The memory that it shares with others, end to end. */
  joined?: Joined;
}

/** Variables that lie end to end in one piece of memory; each has its part as a tensor of its own, too. */
class Joined {
  /** All together. */
  current: OrtTensor;
  private spareTensor: OrtTensor | undefined;

  constructor(
    private readonly TensorClass: TensorClass,
    private readonly slots: readonly Slot[],
    private readonly shape: Shape,
  ) {
    this.current = this.empty();
    let start = 0;
    const whole = dataOf(this.current);
    for (const { current } of slots) {
      whole.set(dataOf(current), start);
      start += current.size;
    }
    this.assignParts();
  }

  /** Whether it is of these variables, in this order, and each still has its part of the memory. */
  consistsOf(slots: readonly Slot[]): boolean {
    const inOrder = (slot: Slot, index: number) => slot === this.slots[index] && slot.joined === this;
    return slots.length === this.slots.length && slots.every(inOrder);
  }

  /** Where the next values of all are written, unless they are written in place. */
  spare(): OrtTensor {
    return (this.spareTensor ??= this.empty());
  }

  /** Makes what was written to the spare memory the present values. */
  swap(): void {
    [this.current, this.spareTensor] = [this.spare(), this.current];
    this.assignParts();
  }

  /** Each variable's tensor is its part of the memory. */
  private assignParts(): void {
    let start = 0;
    for (const slot of this.slots) {
      const part = dataOf(this.current).subarray(start, (start += slot.current.size));
      slot.current = new this.TensorClass('float32', part, slot.current.dims);
      slot.joined = this;
    }
  }

  private empty(): OrtTensor {
    return new this.TensorClass('float32', new Float32Array(sizeOf(this.shape)), this.shape);
  }
}

function dataOf({ data }: OrtTensor): Float32Array {
  if (!(data instanceof Float32Array)) throw new EngineError('a variable does not hold float32 in memory');
  return data;
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
    const slot = this.slots.get(name);
    if (slot?.joined && sameShape(slot.current.dims, shape)) {
      dataOf(slot.current).set(data);
      return;
    }
    slot?.current.dispose();
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

  /** @throws EngineError when nothing stands under the name, or something of another size */
  check(name: string, shape: Shape): void {
    const tensor = this.currentOf(name);
    if (tensor.size === sizeOf(shape)) return;
    throw new EngineError(
      `variable ${name} has shape ${formatShape(tensor.dims)}; the network needs ${formatShape(shape)}`,
    );
  }

  /** Lays variables end to end in memory, unless they lie so already. On the CPU only. */
  join(names: readonly string[], shape: Shape): Joined {
    const slots = names.map((name) => this.slotOf(name));
    const [joined] = slots.map((slot) => slot.joined);
    if (joined?.consistsOf(slots)) return joined;
    return new Joined(this.TensorClass, slots, shape);
  }

  /** @throws EngineError when nothing stands under the name */
  currentOf(name: string): OrtTensor {
    return this.slotOf(name).current;
  }

  /** A buffer for the variable's next value. */
  spareOf(name: string, shape: Shape): OrtTensor {
    const slot = this.slotOf(name);
    slot.spare ??= new this.TensorClass('float32', new Float32Array(sizeOf(shape)), shape);
    return slot.spare;
  }

  /** Makes `next` the variable's value. The old tensor becomes the spare, or is freed when it lies on a GPU. */
  advance(name: string, next: OrtTensor): void {
    const slot = this.slotOf(name);
    const { current } = slot;
    if (next.location === 'cpu') slot.spare = current;
    else current.dispose();
    slot.current = next;
    // It lies apart from what it was joined with: whoever wants them end to end lays them so again.
    delete slot.joined;
  }

  private slotOf(name: string): Slot {
    const slot = this.slots.get(name);
    if (slot) return slot;
    throw new EngineError(`variable ${name} has no value yet; there are ${this.names().join(', ') || 'none'}`);
  }
}
