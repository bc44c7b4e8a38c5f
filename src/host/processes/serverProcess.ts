import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import type { MessageConnection } from 'vscode-jsonrpc/node';

import { inferenceNews } from '../../protocol/inference.ts';
import type { RequestMessage } from '../../protocol/message.ts';
import { ask, hear } from '../../protocol/rpc.ts';
import { systemClock } from '../../util/clock.ts';
import type { Clock } from '../../util/clock.ts';
import { FileError, messageOf } from '../../util/errors.ts';
import { describeEnd, withOutput } from '../../util/processOutput.ts';

export interface ServerParts {
  /** The model server's script. */
  readonly script: string;
  /** For what the process prints. */
  readonly logFolder: string;
  readonly environment: () => NodeJS.ProcessEnv;
  /** What a person may want to know: starts, ends, crashes. */
  readonly onLog: (sentence: string) => void;
  /** A sentence that a person should read. */
  readonly onNotice: (sentence: string) => void;
  /** It said what cannot be used. */
  readonly onProblem: (error: unknown) => void;
  readonly clock?: Clock;
}

export interface AskOptions {
  /** Aborting tells the server that the answer is not wanted any more; it answers all the same, with what it has. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((fraction: number) => void) | undefined;
  readonly onWords?: ((news: { words: string[]; text: string }) => void) | undefined;
}

/** Who waits under a ticket for news. */
interface Waiting extends Pick<AskOptions, 'onProgress' | 'onWords'> {
  /** News of words that were told, and of those that come a second time after a new start: the same ones. */
  told: number;
  repeated: number;
}

const idleMilliseconds = 10 * 60_000;
/** A second crash so soon after the first is no accident. */
const crashMilliseconds = 60_000;
const lingerMilliseconds = 2000;

/** The process came to its end while something was asked of it. */
class ProcessEnded extends FileError {
  constructor(
    message: string,
    /** It had not crashed shortly before. */
    readonly mayStartAgain: boolean,
  ) {
    super(message);
  }
}

/** One life of the process. */
interface Life {
  readonly child: ChildProcess;
  readonly connection: MessageConnection;
  /** Rejects when the process is no more: with ProcessEnded, or with the reason why it cannot be started. */
  readonly death: Promise<never>;
  /** Who waits for an answer of it, to be told of its death. A reaction to `death` itself would hold each answer until then. */
  readonly asking: Set<(reason: unknown) => void>;
}

/** Where the process stands. One that has crashed is absent as soon as it is known how it ended. */
type State =
  | { readonly kind: 'absent' }
  | { readonly kind: 'busy'; readonly life: Life }
  /** Nothing is asked of it: it ends when the time is over. */
  | { readonly kind: 'idle'; readonly life: Life; readonly timer: { dispose(): void } }
  /** The window closes: none is started any more. */
  | { readonly kind: 'disposed' };

/**
 * The model server as its clients see it: started when it is first asked, ended when nothing has been asked of it for ten
 * minutes or when all who retained it have let go. A crash is answered by one new start, of which a request notices nothing.
 */
export class ServerProcess {
  private readonly clock: Clock;
  private readonly waiting = new Map<number, Waiting>();
  private state: State = { kind: 'absent' };
  private lives = 0;
  private tickets = 0;
  private retained = 0;
  /** How long it may be idle: not for long when all who retained it have let go and nothing was asked since. */
  private maxIdle = idleMilliseconds;
  private lastCrash = -Infinity;

  constructor(private readonly parts: ServerParts) {
    this.clock = parts.clock ?? systemClock;
  }

  /** The id of the process; undefined while there is none. */
  get pid(): number | undefined {
    return this.life?.child.pid;
  }

  private get life(): Life | undefined {
    return 'life' in this.state ? this.state.life : undefined;
  }

  /**
   * Asks the server. `ticket` of the parameters is set here where news are wanted.
   * @throws Error with its words, or a FileError that tells how the process ended
   */
  async ask<P, R>(message: RequestMessage<P, R>, params: P, options: AskOptions = {}): Promise<R> {
    const { signal } = options;
    signal?.throwIfAborted();
    const { given, waiting, forget } = this.withTicket(params, options);
    this.maxIdle = idleMilliseconds;
    try {
      return await this.askOnce(message, given, signal).catch((error: unknown) => {
        if (!(error instanceof ProcessEnded) || !error.mayStartAgain || signal?.aborted) throw error;
        waiting.repeated = waiting.told;
        return this.askOnce(message, given, signal);
      });
    } finally {
      forget();
    }
  }

  /** Keeps the process from being ended early. When all have let go it ends after a moment. */
  retain(): { dispose(): void } {
    this.retained++;
    this.maxIdle = idleMilliseconds;
    this.rest();
    let isHeld = true;
    return {
      dispose: () => {
        if (!isHeld) return;
        isHeld = false;
        this.retained--;
        if (this.retained > 0) return;
        this.maxIdle = lingerMilliseconds;
        this.rest();
      },
    };
  }

  /** Ends the process. What is under way fails. @returns when it is gone */
  async stop(): Promise<void> {
    const { life } = this;
    this.enter({ kind: 'absent' });
    if (life !== undefined) await endOrKill(life.child);
  }

  dispose(): void {
    void this.stop();
    this.enter({ kind: 'disposed' });
  }

  private enter(state: State): void {
    if (this.state.kind === 'idle') this.state.timer.dispose();
    if (this.state.kind !== 'disposed') this.state = state;
  }

  /** The process, for something to be asked of it. */
  private begin(): Life {
    if (this.state.kind === 'disposed') throw new FileError('the window is closing');
    const life = this.life ?? this.start();
    this.enter({ kind: 'busy', life });
    return life;
  }

  /** Ends the process after a while in which nothing is asked of it. */
  private rest(): void {
    const { life } = this;
    if (life === undefined || life.asking.size > 0) return;
    this.enter({ kind: 'idle', life, timer: this.clock.after(this.maxIdle, () => void this.stop()) });
  }

  private async askOnce<P, R>(message: RequestMessage<P, R>, params: P, signal: AbortSignal | undefined): Promise<R> {
    const { child, connection, death, asking } = this.begin();
    let onDeath: ((reason: unknown) => void) | undefined;
    try {
      return await new Promise<R>((resolve, reject) => {
        onDeath = reject;
        asking.add(reject);
        ask(connection, message, params, signal).then(resolve, reject);
      });
    } catch (error) {
      // That the channel is closed is known before how the process ended.
      if (!child.connected) await death;
      throw error;
    } finally {
      if (onDeath) asking.delete(onDeath);
      this.rest();
    }
  }

  private withTicket<P>(
    params: P,
    { onProgress, onWords }: AskOptions,
  ): { given: P; waiting: Waiting; forget: () => void } {
    const waiting: Waiting = { onProgress, onWords, told: 0, repeated: 0 };
    if (onProgress === undefined && onWords === undefined) return { given: params, waiting, forget: () => undefined };
    const ticket = ++this.tickets;
    this.waiting.set(ticket, waiting);
    return { given: { ...params, ticket }, waiting, forget: () => void this.waiting.delete(ticket) };
  }

  private tellWords(ticket: number, news: { words: string[]; text: string }): void {
    const waiting = this.waiting.get(ticket);
    if (waiting === undefined) return;
    if (waiting.repeated > 0) {
      waiting.repeated--;
      return;
    }
    waiting.told++;
    waiting.onWords?.(news);
  }

  private start(): Life {
    const { onLog, onNotice, onProblem, logFolder } = this.parts;
    const output = join(logFolder, `model-server-${process.pid}-${++this.lives}.log`);
    const child = this.spawn(output);
    onLog(`Process ${child.pid ?? '?'}: model server; what it prints is in ${output}`);
    const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
    // That the channel breaks is told by the end of the process.
    connection.onError(() => undefined);
    hear(connection, inferenceNews.notice, ({ sentence }) => onNotice(sentence), onProblem);
    hear(
      connection,
      inferenceNews.progress,
      ({ ticket, fraction }) => this.waiting.get(ticket)?.onProgress?.(fraction),
      onProblem,
    );
    hear(connection, inferenceNews.words, ({ ticket, ...news }) => this.tellWords(ticket, news), onProblem);
    const asking: Life['asking'] = new Set();
    const death = endOf(child).then((end) => this.onProcessExit(child, output, end));
    death.catch((error: unknown) => {
      for (const reject of asking) reject(error);
      connection.dispose();
      onLog(messageOf(error));
    });
    connection.listen();
    return { child, connection, death, asking };
  }

  private spawn(output: string): ChildProcess {
    const { script, environment } = this.parts;
    return withOutput(output, (printed) =>
      spawn(process.execPath, [script], {
        windowsHide: true,
        cwd: homedir(),
        stdio: ['ignore', printed, printed, 'ipc'],
        serialization: 'advanced',
        env: environment(),
      }),
    );
  }

  /** After the end of a process: whose turn it was, and whether it may be started again. */
  private async onProcessExit(child: ChildProcess, output: string, end: End): Promise<never> {
    // Until then it is the present one: who stops it ends what is asked of it, which is not asked of a new one.
    const how = 'error' in end ? undefined : await describeEnd(output, end);
    const isCrash = this.life?.child === child;
    if (isCrash) this.enter({ kind: 'absent' });
    if ('error' in end) throw new FileError(`the model server cannot be started: ${messageOf(end.error)}`);
    if (!isCrash) throw new ProcessEnded('the model server was stopped', false);
    const now = this.clock.now();
    const isRepeated = now - this.lastCrash < crashMilliseconds;
    this.lastCrash = now;
    const words = isRepeated ? 'crashed twice within a minute; it ended' : 'ended';
    throw new ProcessEnded(`the model server ${words} ${how}`, !isRepeated);
  }
}

type End = { readonly error: Error } | { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** Settles when a process has ended, or could not be started. */
function endOf(child: ChildProcess): Promise<End> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      // Of one that lives it only tells that a message could not be sent.
      if (child.pid === undefined) resolve({ error });
    });
    // An answer that was sent before the end is read first.
    child.once('exit', (code, signal) => setTimeout(() => resolve({ code, signal }), 100));
  });
}

/** Asks a process to end by closing its channel; kills it where it does not listen. */
function endOrKill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const killing = setTimeout(() => child.kill('SIGKILL'), 2000);
    child.once('exit', () => {
      clearTimeout(killing);
      resolve();
    });
    if (child.connected) child.disconnect();
    else child.kill();
  });
}
