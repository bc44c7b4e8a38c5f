import type * as Core from '@tensorflow/tfjs-core';

/** TensorFlow.js's operations; `@tensorflow/tfjs-node` has the same ones. */
export type TensorflowModule = typeof Core;

/** What the backend of `@tensorflow/tfjs-node` has beside that of every other: graphs that it reads and runs whole. */
export interface NativeBackend extends Core.KernelBackend {
  binding?: { TF_Version?: string };
  /** @returns the session's number. @throws Error when the library does not take the graph */
  loadSavedModelMetaGraph(folder: string, tags: string): number;
  runSavedModel(
    session: number,
    inputs: readonly Core.Tensor[],
    inputInfos: readonly { name: string }[],
    outputNames: readonly string[],
  ): Core.Tensor[];
  deleteSavedModel(session: number): void;
}

/** What computes under TensorFlow.js: its native library (tfjs-node), WebAssembly, or plain JavaScript. Best first. */
export const tensorflowBackends = ['tensorflow', 'wasm', 'cpu'] as const;
export type TensorflowBackend = (typeof tensorflowBackends)[number];

export interface LoadTensorflowOptions {
  /** The only backend to try; left out, the first of them that works. */
  backend?: TensorflowBackend;
  /** Threads of a product, 0 for one a core. What is loaded first in a process decides for all of it. */
  threads?: number;
}

/** A better choice than the one that was taken, and why it was not. */
export interface SkippedTensorflow {
  /** `@tensorflow/tfjs-node in FOLDER`, `@tensorflow/tfjs-node`, `wasm`. */
  what: string;
  /** Half a sentence. */
  reason: string;
}

/** TensorFlow.js as it was loaded. There is one a process and backend. */
export interface LoadedTensorflow {
  tf: TensorflowModule;
  backend: TensorflowBackend;
  /** The npm package: `@tensorflow/tfjs-node`, `@tensorflow/tfjs-backend-wasm` or `@tensorflow/tfjs-backend-cpu`. */
  library: string;
  version: string;
  /** The version of the native libtensorflow, where there is one. */
  nativeVersion?: string;
  /** Threads that a product runs on. */
  threads: number;
  /** Library, version, backend and threads in one line, as a run folder records them. */
  description: string;
  skipped: readonly SkippedTensorflow[];
}
