import { createMessageConnection, SocketMessageReader, SocketMessageWriter } from 'vscode-jsonrpc/node';
import type { MessageConnection } from 'vscode-jsonrpc/node';

import { findTrainer } from '../runs/lock.ts';
import { FileError } from '../util/errors.ts';

/**
 * Connects to the process that trains a run, whoever started it, and ends the connection after the work.
 * @throws FileError where nothing on this machine trains the run
 */
export async function withTrainer<T>(folder: string, work: (connection: MessageConnection) => Promise<T>): Promise<T> {
  const connection = await connect(folder);
  if (connection === undefined)
    throw new FileError('no process on this machine is training this run; if it was interrupted, resume it');
  try {
    return await work(connection);
  } finally {
    connection.dispose();
  }
}

/** Connects to the control socket of a run's trainer. @returns undefined where nothing on this machine trains the run */
export async function connect(folder: string): Promise<MessageConnection | undefined> {
  const socket = await findTrainer(folder);
  if (socket === undefined) return undefined;
  const connection = createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket));
  // Whoever waits for an answer is told by the connection's end.
  connection.onError(() => undefined);
  connection.onDispose(() => socket.destroy());
  connection.listen();
  return connection;
}

/** Settles after a time; nothing is kept alive for it. @param seconds more than some weeks are taken for that */
export function after(seconds: number): Promise<'late'> {
  const longest = 0x7fff_ffff;
  return new Promise((settle) => setTimeout(() => settle('late'), Math.min(seconds * 1000, longest)).unref());
}
