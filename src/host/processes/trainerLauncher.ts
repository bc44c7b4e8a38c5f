import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { createMessageConnection } from 'vscode-jsonrpc/node';
import { IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';

import type { Configuration } from '../../config/schema.ts';
import type { CheckAnswer, CheckRequest, ComputeReport, ReportRequest } from '../../protocol/computeReport.ts';
import type { RequestMessage } from '../../protocol/message.ts';
import { ask, hear } from '../../protocol/rpc.ts';
import { launch, launchNews } from '../../protocol/trainer.ts';
import type { BegunRun } from '../../protocol/trainer.ts';
import { FileError, messageOf } from '../../util/errors.ts';
import { nodeEnvironment } from './environment.ts';
import { withHugePages } from '../../util/hugePages.ts';
import type { Log } from '../log.ts';
import { logError } from '../log.ts';
import { describeEnd, withOutput } from './processOutput.ts';
import { requireTrust } from '../trust.ts';

/** Where a launched process stands; what it needs of the window. */
interface LauncherParts {
  /** The trainer's script. */
  readonly script: string;
  /** For what the processes print. */
  readonly logFolder: string;
  readonly log: Log;
  /** Where TensorFlow for Node was installed by command; undefined where it was not. */
  readonly tensorflowFolder: () => string | undefined;
}

export interface LaunchOptions {
  /** Aborting ends a process that has not begun yet. */
  readonly signal?: AbortSignal;
  /** A sentence that a person should read. */
  readonly onNotice?: (sentence: string) => void;
  /** What is being done just now, in a few words. */
  readonly onProgress?: (words: string) => void;
  /** TensorFlow for Node in place of the one that is installed. */
  readonly tensorflowFolder?: string;
}

/** Starts trainer processes. They are children of nobody: they live on when the window closes. */
export class TrainerLauncher {
  private started = 0;

  constructor(private readonly parts: LauncherParts) {}

  /** Makes a run and trains it. @returns when its first step is next. @throws Error with the reason in words */
  start(
    request: { configuration: Configuration; runsFolder: string; stopWhenAlone: boolean },
    options: LaunchOptions = {},
  ): Promise<BegunRun> {
    return this.launch(launch.start, request, options);
  }

  /** Goes on with a run from its newest checkpoint. @throws Error with the reason in words */
  resume(
    request: { folder: string; stopWhenAlone: boolean; learningRate?: number | undefined },
    options: LaunchOptions = {},
  ): Promise<BegunRun> {
    return this.launch(launch.resume, request, options);
  }

  /** Floating-point operations a second of this machine in training steps, measured in about three seconds. */
  async measure(request: Configuration['engine'], options: LaunchOptions = {}): Promise<number> {
    return (await this.launch(launch.measure, request, options)).flopsPerSecond;
  }

  /** What this machine can compute with, measured in about fifteen seconds. */
  report(request: ReportRequest, options: LaunchOptions = {}): Promise<ComputeReport> {
    return this.launch(launch.report, request, options);
  }

  /** Checks one engine. @throws Error with the reason in words where it does not work */
  check(request: CheckRequest, options: LaunchOptions = {}): Promise<CheckAnswer> {
    return this.launch(launch.check, request, options);
  }

  private async launch<P, R>(message: RequestMessage<P, R>, params: P, options: LaunchOptions): Promise<R> {
    requireTrust();
    options.signal?.throwIfAborted();
    const { log } = this.parts;
    const output = join(this.parts.logFolder, `trainer-${process.pid}-${++this.started}.log`);
    const child = this.spawn(output, options.tensorflowFolder ?? this.parts.tensorflowFolder());
    log.info(`Process ${child.pid ?? '?'}: ${message.method}; what it prints is in ${output}`);
    const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
    const onNotice = ({ sentence }: { sentence: string }): void => {
      log.warn(sentence);
      options.onNotice?.(sentence);
    };
    hear(connection, launchNews.notice, onNotice, (error) => logError(log, 'A trainer sent an invalid message', error));
    hear(
      connection,
      launchNews.progress,
      ({ words }) => options.onProgress?.(words),
      () => undefined,
    );
    const end = (): void => endOrKill(child);
    options.signal?.addEventListener('abort', end);
    try {
      connection.listen();
      return await Promise.race([ask(connection, message, params), deathOf(child, output)]);
    } catch (error) {
      end();
      options.signal?.throwIfAborted();
      throw error;
    } finally {
      options.signal?.removeEventListener('abort', end);
      connection.dispose();
      if (child.connected) child.disconnect();
    }
  }

  private spawn(output: string, tensorflowFolder: string | undefined): ChildProcess {
    const child = withOutput(output, (printed) =>
      spawn(process.execPath, [this.parts.script], {
        detached: true,
        windowsHide: true,
        // It lives for days: the folder that the editor was started in must not be held for so long.
        cwd: homedir(),
        stdio: ['ignore', printed, printed, 'ipc'],
        env: withHugePages(nodeEnvironment(tensorflowFolder)),
      }),
    );
    child.unref();
    return child;
  }
}

/** A trainer that is asked to end removes what it has half made; one that does not listen is killed. */
function endOrKill(child: ChildProcess): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const killing = setTimeout(() => child.kill('SIGKILL'), 2000);
  child.once('exit', () => clearTimeout(killing));
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
      reject(new FileError(`the training process ended before the run began, ${how}`));
    };
  });
}
