import type { Engine } from './engine.ts';
import { createOnnxEngine } from './onnx/engine.ts';

export interface EngineOptions {
  name: 'onnx';
  device: 'cpu' | 'webgpu';
  /** 0 for one a core. */
  threads: number;
  /** Told in a sentence of what takes long or was decided, for the log. */
  onNotice?: (sentence: string) => void;
}

/** Every engine that trains, by the name that a configuration gives it. */
const engines: { readonly [N in EngineOptions['name']]: (options: EngineOptions) => Promise<Engine> } = {
  onnx: createOnnxEngine,
};

/** @throws EngineError when it cannot run here: the message says why and what to do */
export function createEngine(options: EngineOptions): Promise<Engine> {
  return engines[options.name](options);
}
