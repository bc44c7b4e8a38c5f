import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import type { CheckAnswer, CheckRequest } from '../protocol/computeReport.ts';
import { ask } from '../protocol/rpc.ts';
import { launch } from '../protocol/trainer.ts';
import { EngineError, messageOf } from '../util/errors.ts';

/** What a process printed last, for a crash. */
const rememberedCharacters = 400;

export interface CheckProcessOptions {
  /** The program of the trainer process. */
  trainer: string;
  timeLimitSeconds: number;
  signal?: AbortSignal | undefined;
}

/**
 * Checks an engine in a process of its own: a driver that crashes takes that with it, and one that hangs is killed.
 * @throws EngineError with the reason in words; the reason of `signal` when it aborts
 */
export async function checkInProcess(request: CheckRequest, options: CheckProcessOptions): Promise<CheckAnswer> {
  const { trainer, timeLimitSeconds, signal } = options;
  signal?.throwIfAborted();
  const child = spawn(process.execPath, [trainer], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    windowsHide: true,
  });
  const end = () => child.kill('SIGKILL');
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    end();
  }, timeLimitSeconds * 1000);
  const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  connection.onError(() => undefined);
  signal?.addEventListener('abort', end);
  try {
    connection.listen();
    return await Promise.race([ask(connection, launch.check, request), deathOf(child)]);
  } catch (error) {
    signal?.throwIfAborted();
    if (isLate) throw new EngineError(`it did not answer within ${timeLimitSeconds} seconds.`, { cause: error });
    throw error instanceof EngineError ? error : new EngineError(messageOf(error), { cause: error });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
    connection.dispose();
    end();
  }
}

/** Rejects when the process cannot be started or ends, with what it printed last. */
function deathOf(child: ChildProcess): Promise<never> {
  let printed = '';
  child.stderr?.setEncoding('utf8').on('data', (data: string) => {
    printed = (printed + data).slice(-rememberedCharacters);
  });
  return new Promise((_, reject) => {
    child.once('error', (error) => reject(new EngineError(`no process could be started for it: ${error.message}`)));
    child.once('close', (code, signal) => {
      const how = signal === null ? `exit code ${code}` : signal;
      const last = printed.trim().split('\n').at(-1) ?? '';
      // An answer that was sent before the end is read first.
      setTimeout(() => reject(new EngineError(`it crashed (${how})${last === '' ? '.' : `: ${last}`}`)), 100);
    });
  });
}
