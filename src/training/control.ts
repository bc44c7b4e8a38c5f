import type { Socket } from 'node:net';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import type { Logger } from 'vscode-jsonrpc/node';
import type { RequestMessage } from '../protocol/message.ts';
import { answer } from '../protocol/rpc.ts';
import { control } from '../protocol/trainer.ts';
import { acquireRunLock } from '../runs/lock.ts';
import type { RunLock } from '../runs/lock.ts';
import { Steering } from './steering.ts';
import { AttachedWindows } from './windows.ts';
import type { WindowTie } from './windows.ts';

/** A client that has sent so many bytes without a request among them talks another language. */
const longestNonsense = 256 * 1024;

/** What a client does wrong is its own trouble, and nothing for a run's log. */
const silent: Logger = { error: () => undefined, warn: () => undefined, info: () => undefined, log: () => undefined };

/** A session's hold on its run: the lock, the requests that come to its socket, and what they steer. */
export class RunControl {
  readonly steering: Steering;
  private readonly windows: AttachedWindows | undefined;
  private lock: RunLock | undefined;

  /**
   * @param options.signal interrupts the run
   * @param options.windows left out by a run that was started from a terminal: it ties itself to no window
   */
  constructor(options: { signal?: AbortSignal | undefined; windows?: WindowTie | undefined }) {
    const { signal, windows } = options;
    this.steering = new Steering(signal);
    this.windows =
      windows &&
      new AttachedWindows(windows, () => {
        void this.steering.stop({ by: 'window', why: 'the VS Code window that it belonged to has closed' });
      });
  }

  /** Takes the run's lock, and answers requests from now on. @throws what acquireRunLock throws */
  async hold(folder: string): Promise<void> {
    this.lock = await acquireRunLock(folder, (socket) => this.serve(socket, folder));
  }

  /** The run's first step is next. */
  begin(): void {
    this.windows?.begin();
  }

  /** Lets go of the run, when all that was to be written of it is. */
  async release(): Promise<void> {
    this.steering.close();
    this.windows?.release();
    // The answers to the last requests are still to be written.
    await this.steering.letRequestsIn();
    await this.lock?.release();
  }

  private serve(socket: Socket, folder: string): void {
    const { steering } = this;
    const reader = new StreamMessageReader(socket);
    // Half a message would start a timer that nothing ends, and the process would not end either.
    reader.partialMessageTimeout = 0;
    const connection = createMessageConnection(reader, new StreamMessageWriter(socket), silent);
    let nonsense = 0;
    steering.hear();
    socket.on('data', ({ length }: Buffer) => {
      steering.hear();
      nonsense += length;
      if (nonsense > longestNonsense) socket.destroy();
    });
    const on = <P extends object, R>(message: RequestMessage<P, R>, handler: () => R | Promise<R>) =>
      answer(connection, message, () => {
        nonsense = 0;
        steering.hear();
        return handler();
      });
    const done = async (request: Promise<void>) => {
      await request;
      return {};
    };
    on(control.hello, () => ({ folder, pid: process.pid, activity: steering.activity }));
    on(control.pause, () => done(steering.pause()));
    on(control.resume, () => done(steering.resume()));
    on(control.stop, () => done(steering.stop()));
    on(control.checkpoint, async () => ({ step: await steering.checkpoint() }));
    on(control.attach, () => {
      if (!this.windows) throw new Error('this run was started from a terminal, and ends with no window');
      this.windows.attach(socket);
      return {};
    });
    on(control.release, () => {
      this.windows?.release();
      return {};
    });
    connection.onError(() => socket.destroy());
    socket.on('close', () => connection.dispose());
    connection.listen();
  }
}
