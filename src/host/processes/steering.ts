import { setTimeout as wait } from 'node:timers/promises';

import { createMessageConnection, SocketMessageReader, SocketMessageWriter } from 'vscode-jsonrpc/node';
import type { MessageConnection } from 'vscode-jsonrpc/node';

import { ask } from '../../protocol/rpc.ts';
import { control } from '../../protocol/trainer.ts';
import { thisMachine } from '../../runs/files.ts';
import { findTrainer, findTrainerProcess } from '../../runs/lock.ts';
import { FileError } from '../../util/errors.ts';
import { errorCode } from '../../util/fileErrors.ts';
import type { Tie } from './runTies.ts';

/** How a trainer that lives is steered: over its control socket, whoever started it. */

const timeouts = {
  /** For a stop: a step, or one call of an evaluation, at worst. */
  answerMilliseconds: 5000,
  /** For a request that saves a checkpoint: a large one on a slow disk. */
  saveMilliseconds: 60_000,
};

/** Pauses a run. @returns when its step is done and a checkpoint stands. @throws FileError where nothing trains it */
export async function pauseRun(folder: string): Promise<void> {
  await withTrainer(folder, (connection) => patiently(ask(connection, control.pause, {})));
}

/** Goes on with a paused run. @throws FileError where nothing trains it */
export async function continueRun(folder: string): Promise<void> {
  await withTrainer(folder, (connection) => patiently(ask(connection, control.resume, {})));
}

/** Saves a checkpoint now. @returns the step that it is of. @throws FileError where nothing trains the run */
export async function saveCheckpointNow(folder: string): Promise<number> {
  return withTrainer(folder, async (connection) => (await patiently(ask(connection, control.checkpoint, {}))).step);
}

/**
 * Stops a run: its step is done, a checkpoint saved, and its process ends. A process that does not answer for 5 seconds
 * is killed; the checkpoint before stands.
 *
 * @returns whether it had to be killed
 * @throws FileError where nothing trains the run
 */
export async function stopRun(folder: string): Promise<'stopped' | 'killed'> {
  return withTrainer(folder, async (connection) => {
    const pid = await findTrainerProcess(folder);
    if (pid === undefined) return 'stopped';
    const ended = new Promise<'ended'>((resolve) => connection.onClose(() => resolve('ended')));
    const answer = ask(connection, control.stop, {}).catch(() => undefined);
    const first = await Promise.race([answer, ended, after(timeouts.answerMilliseconds)]);
    if (first !== 'late') {
      // The socket closes a moment before the process ends.
      const isGone = (await Promise.race([ended, after(timeouts.saveMilliseconds)])) === 'ended';
      if (isGone && (await goneWithin(pid, timeouts.answerMilliseconds))) return 'stopped';
    }
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      // It has ended by itself just now.
      if (errorCode(error) === 'ESRCH') return 'stopped';
      throw error;
    }
    await goneWithin(pid, timeouts.answerMilliseconds);
    return 'killed';
  });
}

/**
 * Ties a run to this window: it stops by itself 30 seconds after the connection has gone.
 * @param onGone told when the connection has gone, whoever ended it
 * @returns ends the connection; undefined where nothing trains the run, or it was started from a terminal
 */
export async function attachTo(folder: string, onGone: () => void): Promise<Tie | undefined> {
  const connection = await connect(folder);
  if (connection === undefined) return undefined;
  connection.onClose(onGone);
  connection.onDispose(onGone);
  try {
    await patiently(ask(connection, control.attach, {}));
  } catch {
    connection.dispose();
    return undefined;
  }
  const dispose = (): void => connection.dispose();
  return {
    dispose,
    release: async () => {
      await ask(connection, control.release, {}).catch(() => undefined);
      dispose();
    },
  };
}

async function withTrainer<T>(folder: string, work: (connection: MessageConnection) => Promise<T>): Promise<T> {
  const connection = await connect(folder);
  if (connection === undefined)
    throw new FileError('no process on this machine is training this run; if it was interrupted, resume it');
  try {
    return await work(connection);
  } finally {
    connection.dispose();
  }
}

async function connect(folder: string): Promise<MessageConnection | undefined> {
  const socket = await findTrainer(folder);
  if (socket === undefined) return undefined;
  const connection = createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket));
  // Whoever waits for an answer is told by the connection's end.
  connection.onError(() => undefined);
  connection.onDispose(() => socket.destroy());
  connection.listen();
  return connection;
}

/** @throws FileError where the trainer has not answered for a minute */
async function patiently<T>(answer: Promise<T>): Promise<T> {
  const first = await Promise.race([answer, after(timeouts.saveMilliseconds)]);
  if (first !== 'late') return first;
  // It may still come, and nobody waits for it.
  answer.catch(() => undefined);
  throw new FileError('its process has not answered for a minute; stop the run, and resume it from its checkpoint');
}

function after(milliseconds: number): Promise<'late'> {
  return new Promise((resolve) => setTimeout(() => resolve('late'), milliseconds).unref());
}

/** Whether the process is gone before the time is over. */
async function goneWithin(pid: number, milliseconds: number): Promise<boolean> {
  const end = Date.now() + milliseconds;
  while (thisMachine.isAlive(pid)) {
    if (Date.now() > end) return false;
    await wait(50);
  }
  return true;
}
