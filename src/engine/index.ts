import { EngineError, messageOf } from '../util/errors.ts';
import type { Engine, EngineOptions } from './engine.ts';
import { createOnnxEngine } from './onnx/engine.ts';
import { createTensorflowEngine } from './tensorflow/engine.ts';

export type EngineName = 'onnx' | 'tensorflow';

/** Every engine that trains, by the name that a configuration gives it; `auto` takes the first that loads. */
const engines: { readonly [N in EngineName]: (options: EngineOptions) => Promise<Engine> } = {
  onnx: createOnnxEngine,
  tensorflow: createTensorflowEngine,
};

/**
 * Makes the engine of that name. `auto` is ONNX Runtime where it loads, else TensorFlow.js with a notice that says why.
 * @throws EngineError when it cannot run here: the message says why and what to do
 */
export async function createEngine(options: EngineOptions & { name: EngineName | 'auto' }): Promise<Engine> {
  const { name } = options;
  if (name !== 'auto') return engines[name](options);
  try {
    return await createOnnxEngine(options);
  } catch (error) {
    // TensorFlow.js computes on the CPU only.
    if (!(error instanceof EngineError) || options.device !== 'cpu') throw error;
    const notices: string[] = [];
    const onNotice = (sentence: string) => notices.push(sentence);
    const engine = await createTensorflowEngine({ ...options, onNotice }).catch((second: unknown) => {
      throw new EngineError(`${error.message} No other engine works either: ${messageOf(second)}`, { cause: error });
    });
    // One notice, as all of it has one cause.
    options.onNotice?.([error.message, `${engine.description} is used instead.`, ...notices].join(' '));
    return engine;
  }
}
