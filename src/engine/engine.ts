import type { Graph, Shape } from '../graph/node.ts';

/** A tensor as it enters or leaves an engine: its elements in row-major order. */
export interface Tensor {
  shape: Shape;
  data: Float32Array;
}

/** What a run is fed: floats for float inputs, ids for integer inputs, by name. */
export type Feeds = Readonly<Record<string, Float32Array | Int32Array>>;

/**
 * What lives in an engine from run to run: weights, optimiser slots, recurrent states. Several programs of one engine
 * may use the same set, so evaluation reads the very weights that training updates.
 */
export interface Variables {
  /** Puts a value in, in place of what stood under the name. The data is copied. */
  set(name: string, tensor: Tensor): void;
  /** A copy of the present value. @throws EngineError when nothing stands under the name. */
  get(name: string): Promise<Tensor>;
  has(name: string): boolean;
  names(): string[];
  /** Frees what the variables hold; they are unusable after it. */
  dispose(): void;
}

/** A graph made ready to run. */
export interface Program {
  /**
   * Runs the graph once: reads inputs and variables, returns the outputs, and gives updated variables their new value.
   * @throws EngineError naming an input or a variable that is missing or has another size
   */
  run(variables: Variables, feeds: Feeds): Promise<Record<string, Float32Array>>;
  dispose(): Promise<void>;
}

/** How an engine computes. */
export interface EngineOptions {
  device: 'cpu' | 'webgpu';
  /** Threads inside an operator; 0 for one a processor that can be used. */
  threads: number;
  /** Told in a sentence of what takes long or was decided, for the log. */
  onNotice?: (sentence: string) => void;
}

/** What can run a graph. */
export interface Engine {
  /** Name and version, as the run folder records them. */
  readonly description: string;
  /** What a repeated run may not reproduce, as a sentence; left out where one with as many threads repeats bit for bit. */
  readonly repeatability?: string;
  /** Whether the steps of a loop are written one after another: then a long one takes long to be made ready. */
  readonly unrollsLoops: boolean;
  createVariables(): Variables;
  /** The same engine with another number of threads; left out where that cannot be chosen any more (a GPU, TensorFlow.js). */
  readonly withThreads?: (threads: number) => Engine;
  /** @throws EngineError when the graph is too large, or a device or library is missing: the message says what to do */
  compile(graph: Graph): Promise<Program>;
}
