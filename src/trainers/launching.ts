import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';

import type { RequestMessage } from '../protocol/message.ts';
import { ask, hear } from '../protocol/rpc.ts';
import { launch, launchNews } from '../protocol/trainer.ts';
import { FileError, messageOf, SequenceLabError } from '../util/errors.ts';
import { describeEnd, withOutput } from '../util/processOutput.ts';

/** A trainer process that is not asked for anything yet. */
export interface Launched {
  readonly child: ChildProcess;
  /** The file that it prints to. */
  readonly output: string;
}

/** How a trainer process is started. */
export interface TrainerProgram {
  /** The trainer's script. */
  readonly script: string;
  /** A file for what it prints, which is made; it is appended to. */
  readonly output: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface LaunchOptions {
  /** Aborting ends a process that has not begun yet. */
  readonly signal?: AbortSignal | undefined;
  /** A sentence that a person should read. */
  readonly onNotice?: ((sentence: string) => void) | undefined;
  /** What is being done just now, in a few words. */
  readonly onProgress?: ((words: string) => void) | undefined;
  /** Told of a message that is not what was agreed on. */
  readonly onProblem?: ((error: unknown) => void) | undefined;
}

/** How long a process that was asked to end, before it has begun, may take: it compiles, or reads a corpus. */
const cancelMilliseconds = 10_000;

/** Starts a trainer process. It is a child of nobody: it lives on when its parent ends. */
export function spawnTrainer({ script, output, cwd, env }: TrainerProgram): Launched {
  const child = withOutput(output, (printed) =>
    spawn(process.execPath, [script], {
      detached: true,
      windowsHide: true,
      cwd,
      stdio: ['ignore', printed, printed, 'ipc'],
      env,
    }),
  );
  child.unref();
  return { child, output };
}

/**
 * Asks a trainer process that was just started for the one thing that it is to do, and lets go of it once it has answered.
 *
 * It is asked to end over its channel, on every system alike: on Windows a signal would kill it. One that does not listen
 * is killed, but never once its run has begun: that ends by itself, after its step, with a checkpoint.
 *
 * @throws the reason of `signal` when it aborts; SequenceLabError with the trainer's words and exit code, where it fails;
 *   Error with its words for a fault of ours
 */
export async function askTrainer<P, R>(
  { child, output }: Launched,
  message: RequestMessage<P, R>,
  params: P,
  options: LaunchOptions,
): Promise<R> {
  const { signal, onNotice, onProgress, onProblem = () => undefined } = options;
  const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  connection.onError(() => undefined);
  hear(connection, launchNews.notice, ({ sentence }) => onNotice?.(sentence), onProblem);
  hear(connection, launchNews.progress, ({ words }) => onProgress?.(words), onProblem);
  let killing: NodeJS.Timeout | undefined;
  const cancel = async (): Promise<void> => {
    killing ??= setTimeout(() => child.kill('SIGKILL'), cancelMilliseconds);
    child.once('exit', () => clearTimeout(killing));
    await ask(connection, launch.cancel, {}).catch(() => undefined);
  };
  const onAbort = (): void => void cancel();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    connection.listen();
    if (signal?.aborted) onAbort();
    const answer = await Promise.race([ask(connection, message, params), deathOf(child, output)]);
    clearTimeout(killing);
    signal?.throwIfAborted();
    return answer;
  } catch (error) {
    // An answer that cannot be understood: nobody would know of the run.
    if (isAlive(child) && !(error instanceof SequenceLabError) && signal?.aborted !== true) await cancel();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    connection.dispose();
    if (child.connected) child.disconnect();
  }
}

function isAlive({ exitCode, signalCode, pid }: ChildProcess): boolean {
  return pid !== undefined && exitCode === null && signalCode === null;
}

/** Rejects when the process cannot be started or ends, with the last lines that it printed. */
function deathOf(child: ChildProcess, output: string): Promise<never> {
  return new Promise((_, reject) => {
    child.once('error', (error) =>
      reject(new FileError(`the training process cannot be started: ${messageOf(error)}`)),
    );
    child.once('exit', (code, signal) => {
      // An answer that was sent before the end is read first.
      setTimeout(() => void tellDeath(code, signal), 200);
    });
    const tellDeath = async (code: number | null, signal: NodeJS.Signals | null): Promise<void> => {
      const how = await describeEnd(output, { code, signal });
      reject(new SequenceLabError(`the training process ended before the run began, ${how}`, code ?? 1));
    };
  });
}
