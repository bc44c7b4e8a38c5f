import { ask } from '../protocol/rpc.ts';
import { control } from '../protocol/trainer.ts';
import { findTrainerProcess } from '../runs/lock.ts';
import { describeDuration } from '../util/durations.ts';
import { FileError } from '../util/errors.ts';
import { after, withTrainer } from './connection.ts';
import { readPatience } from './patience.ts';

/** How a trainer that lives is steered: over its control socket, whoever started it. */

/** Pauses a run. @returns when its step is done and a checkpoint stands. @throws FileError where nothing trains it */
export async function pauseRun(folder: string): Promise<void> {
  await withTrainer(folder, (connection) => patiently(folder, ask(connection, control.pause, {})));
}

/** Goes on with a paused run. @throws FileError where nothing trains it */
export async function continueRun(folder: string): Promise<void> {
  await withTrainer(folder, (connection) => patiently(folder, ask(connection, control.resume, {})));
}

/** Saves a checkpoint now. @returns the step that it is of. @throws FileError where nothing trains the run */
export async function saveCheckpointNow(folder: string): Promise<number> {
  return withTrainer(folder, async (connection) => {
    const { step } = await patiently(folder, ask(connection, control.checkpoint, {}));
    return step;
  });
}

/**
 * Waits for an answer as long as the trainer may need for a call of the engine and a checkpoint.
 * @throws FileError where it has not come by then
 */
export async function patiently<T>(folder: string, answer: Promise<T>): Promise<T> {
  const waiting = async () => {
    const pid = await findTrainerProcess(folder).catch(() => undefined);
    const { callSeconds, checkpointSeconds } = await readPatience(folder, pid);
    const seconds = callSeconds + checkpointSeconds;
    return after(seconds).then(() => seconds);
  };
  const first = await Promise.race([answer.then((value) => ({ value })), waiting().then((seconds) => ({ seconds }))]);
  if ('value' in first) return first.value;
  // It may still come, and nobody waits for it.
  answer.catch(() => undefined);
  throw new FileError(
    `its process has not answered for ${describeDuration(first.seconds)}; stop the run, and resume it from its checkpoint`,
  );
}
