import { ErrorCodes, ResponseError } from 'vscode-jsonrpc';
import type { Disposable, MessageConnection } from 'vscode-jsonrpc';

import { messageOf } from '../util/errors.ts';
import { received } from './message.ts';
import type { NotificationMessage, RequestMessage } from './message.ts';

/**
 * Asks the other side of a connection.
 *
 * @throws Error with the other side's words, or one that says that the answer is not what was agreed on
 */
export async function ask<P, R>(connection: MessageConnection, message: RequestMessage<P, R>, params: P): Promise<R> {
  const { method, result } = message;
  return received(`${method} (answer)`, result, await connection.sendRequest<unknown>(method, params));
}

/**
 * Answers the requests of one kind. What `handler` throws is the answer, in its words; parameters that are not what was
 * agreed on are refused before it is called.
 *
 * @returns undoes it
 */
export function answer<P, R>(
  connection: MessageConnection,
  message: RequestMessage<P, R>,
  handler: (params: P) => R | Promise<R>,
): Disposable {
  const { method, params } = message;
  return connection.onRequest(method, async (given: unknown) => {
    try {
      return await handler(received(method, params, given));
    } catch (error) {
      // Of any other error the library makes "Request … failed with message: …".
      throw new ResponseError(ErrorCodes.InternalError, messageOf(error));
    }
  });
}

/** Tells the other side something. Settles when it is on its way. @throws Error where the connection is closed */
export async function tell<P>(
  connection: MessageConnection,
  { method }: NotificationMessage<P>,
  params: P,
): Promise<void> {
  await connection.sendNotification(method, params);
}

/**
 * Hears what the other side tells.
 *
 * @param onProblem told of what was not what was agreed on, or of what `listener` threw
 * @returns undoes it
 */
export function hear<P>(
  connection: MessageConnection,
  message: NotificationMessage<P>,
  listener: (params: P) => void,
  onProblem: (error: unknown) => void,
): Disposable {
  const { method, params } = message;
  return connection.onNotification(method, (given: unknown) => {
    try {
      listener(received(method, params, given));
    } catch (error) {
      onProblem(error);
    }
  });
}
