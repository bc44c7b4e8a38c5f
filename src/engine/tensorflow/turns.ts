import type { LoadedTensorflow } from './loaded.ts';

/** Ends when the last run that was asked for has ended. */
let lastRun: Promise<unknown> = Promise.resolve();

/**
 * Does what computes on TensorFlow.js when all that was asked for before has ended: it has one current backend a process,
 * and a run may give the event loop its turns.
 */
export function inTurn<T>({ tf, backend }: LoadedTensorflow, compute: () => Promise<T>): Promise<T> {
  const run = lastRun.then(async () => {
    if (tf.getBackend() !== backend) await tf.setBackend(backend);
    return compute();
  });
  lastRun = run.catch(() => undefined);
  return run;
}
