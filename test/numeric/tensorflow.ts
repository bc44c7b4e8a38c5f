import type { Engine } from '../../src/engine/engine.ts';
import type { TensorflowBackend } from '../../src/engine/tensorflow/loaded.ts';
import { createTensorflowEngine } from '../../src/engine/tensorflow/engine.ts';

/** The engine `tensorflow` on a backend of one's own choice, which no user can make: tests compare the backends. */
export function tensorflowEngine(backend: TensorflowBackend): Promise<Engine> {
  return createTensorflowEngine({ device: 'cpu', threads: 1, backend });
}
