import type { Engine, EngineOptions } from './engine.ts';
import { createOnnxEngine } from './onnx/engine.ts';

type EngineName = 'onnx';

/** Every engine that trains, by the name that a configuration gives it. */
const engines: { readonly [N in EngineName]: (options: EngineOptions) => Promise<Engine> } = {
  onnx: createOnnxEngine,
};

/** @throws EngineError when it cannot run here: the message says why and what to do */
export function createEngine(options: EngineOptions & { name: EngineName }): Promise<Engine> {
  return engines[options.name](options);
}
