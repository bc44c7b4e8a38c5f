import { CancellationTokenSource, ErrorCodes, ResponseError } from 'vscode-jsonrpc';
import type { CancellationToken, Disposable, MessageConnection } from 'vscode-jsonrpc';

import * as z from 'zod';

import { messageOf, SequenceLabError } from '../util/errors.ts';
import { received } from './message.ts';
import type { NotificationMessage, RequestMessage } from './message.ts';

/**
 * Asks the other side of a connection.
 *
 * @param signal tells the other side that the answer is not wanted any more; it still answers, if only that it stopped
 * @throws SequenceLabError with the other side's words, where it threw one; else Error with its words, or one that says that
 *   the answer is not what was agreed on
 */
export async function ask<P, R>(
  connection: MessageConnection,
  message: RequestMessage<P, R>,
  params: P,
  signal?: AbortSignal,
): Promise<R> {
  const { method, result } = message;
  const cancellation = new CancellationTokenSource();
  const cancel = () => cancellation.cancel();
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    const given = await connection.sendRequest<unknown>(method, params, cancellation.token);
    return received(`${method} (answer)`, result, given);
  } catch (error) {
    const failure = error instanceof ResponseError ? failureSchema.safeParse(error.data).data : undefined;
    throw failure === undefined ? error : new SequenceLabError(messageOf(error), failure.exitCode, { cause: error });
  } finally {
    signal?.removeEventListener('abort', cancel);
    cancellation.dispose();
  }
}

/** What goes with the words of a SequenceLabError. */
const failureSchema = z.object({ exitCode: z.int() });

/**
 * Answers the requests of one kind. What `handler` throws is the answer, in its words; parameters that are not what was
 * agreed on are refused before it is called.
 *
 * @param handler its signal aborts when the other side does not want the answer any more
 * @returns undoes it
 */
export function answer<P, R>(
  connection: MessageConnection,
  message: RequestMessage<P, R>,
  handler: (params: P, signal: AbortSignal) => R | Promise<R>,
): Disposable {
  const { method, params } = message;
  return connection.onRequest(method, async (given: unknown, token: CancellationToken) => {
    const aborting = new AbortController();
    const listening = token.onCancellationRequested(() => aborting.abort());
    if (token.isCancellationRequested) aborting.abort();
    try {
      return await handler(received(method, params, given), aborting.signal);
    } catch (error) {
      // Of any other error the library makes "Request … failed with message: …".
      const failure = error instanceof SequenceLabError ? { exitCode: error.exitCode } : undefined;
      throw new ResponseError(ErrorCodes.InternalError, messageOf(error), failure);
    } finally {
      listening.dispose();
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
