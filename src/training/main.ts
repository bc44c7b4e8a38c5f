import { setPriority } from 'node:os';
import { resolve } from 'node:path';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { answer, tell } from '../protocol/rpc.ts';
import { launch, launchNews } from '../protocol/trainer.ts';
import type { BegunRun } from '../protocol/trainer.ts';
import { SequenceLabError, messageOf } from '../util/errors.ts';
import { checkEngine } from './checkEngine.ts';
import { computeReport } from './computeReport.ts';
import type { RunControl } from './control.ts';
import { EndRequest } from './endRequest.ts';
import { measure } from './measure.ts';
import { resumeRun, startRun } from './sessions.ts';
import type { SessionOptions } from './sessions.ts';

/**
 * The trainer process. The extension host starts it and asks one thing of it over its IPC channel (protocol/trainer.ts);
 * once that is answered the process stands on its own: neither the end of its parent nor a reader of its output that
 * goes away ends it. It ends with its run, by a request on the run's socket, or by a signal.
 */

/** Between normal (0) and below normal (10): beside a program that never rests, training keeps a quarter of its core. */
const niceness = 5;
/** A parent that has died, or is of another version, asks for nothing. */
const timeoutMilliseconds = 30_000;
/** What a parent asked for just before it died is still on its way. */
const lastWordsMilliseconds = 1000;
/** How long an end may take that should come by itself. */
const endMilliseconds = 5000;

const interruption = new AbortController();
let control: RunControl | undefined;
let isTaken = false;
let explained: unknown;

process.title = 'sequence-lab trainer';
yieldToTheEditor();
// Nobody reads any more, or the disk under the log is full: training goes on.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
// It belongs to no terminal: whichever is closed is not its own.
process.on('SIGHUP', () => undefined);
process.on('SIGINT', interrupt);
process.on('SIGTERM', interrupt);
process.on('uncaughtException', giveUp);
process.on('disconnect', () => setTimeout(endWhenIdle, lastWordsMilliseconds, 'nobody asks it for anything any more'));

if (process.send === undefined) {
  complain('this program is started by the extension; in a terminal use seqlab train');
  process.exitCode = 2;
} else if (!process.connected) {
  // Node reads the channel while it loads this program, and drops what came when the channel is closed meanwhile.
  endWhenIdle('its parent has died');
} else {
  setTimeout(endWhenIdle, timeoutMilliseconds, 'nobody asked it for anything').unref();
  listen();
}

function listen(): void {
  const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
  const onNotice = (sentence: string) => {
    process.stdout.write(`${sentence}\n`);
    if (process.connected) tell(connection, launchNews.notice, { sentence }).catch(() => undefined);
  };
  const taken = <R>(work: () => Promise<R>): Promise<R> => {
    if (isTaken) throw new Error('this trainer has its task already');
    isTaken = true;
    return work();
  };
  answer(connection, launch.start, ({ configuration, runsFolder, stopWhenAlone }) =>
    taken(() =>
      begin({ onNotice, windows: { stopWhenAlone } }, (options) =>
        startRun({ ...options, configuration, runsFolder: resolve(runsFolder) }),
      ),
    ),
  );
  answer(connection, launch.resume, ({ folder, stopWhenAlone, engine, device, threads, learningRate, acceptConfig }) =>
    taken(() =>
      begin({ onNotice, windows: { stopWhenAlone } }, (options) =>
        resumeRun({
          ...options,
          folder: resolve(folder),
          learningRate,
          acceptConfig,
          engine: {
            ...(engine === undefined ? {} : { name: engine }),
            ...(device === undefined ? {} : { device }),
            ...(threads === undefined ? {} : { threads }),
          },
        }),
      ),
    ),
  );
  answer(connection, launch.measure, (engine) =>
    taken(() => measure({ ...engine, onNotice, signal: interruption.signal }).finally(endByItself)),
  );
  answer(connection, launch.check, (request) =>
    taken(() => checkEngine(request, interruption.signal).finally(endByItself)),
  );
  answer(connection, launch.report, (request) =>
    taken(() => {
      const onProgress = (words: string) => {
        if (process.connected) tell(connection, launchNews.progress, { words }).catch(() => undefined);
      };
      const { signal } = interruption;
      return computeReport({ ...request, trainer: __filename, onProgress, signal }).finally(endByItself);
    }),
  );
  answer(connection, launch.cancel, () => {
    interruption.abort(new EndRequest({ by: 'user' }));
    return {};
  });
  connection.onError(() => undefined);
  connection.listen();
}

/** Starts a session. @returns when its first step is next; the session then goes on by itself */
function begin(
  options: Pick<SessionOptions, 'onNotice' | 'windows'>,
  session: (options: SessionOptions) => Promise<void>,
): Promise<BegunRun> {
  return new Promise((settle, fail) => {
    const onEvent: SessionOptions['onEvent'] = (event) => {
      if (event.event === 'start') settle({ id: event.run, folder: event.directory, pid: process.pid });
    };
    const onControl = (given: RunControl) => (control = given);
    session({ ...options, onEvent, onControl, signal: interruption.signal })
      .catch((error: unknown) => {
        fail(error instanceof Error ? error : new Error(messageOf(error)));
        explain(error);
      })
      .finally(endByItself);
  });
}

/** All cores are ours as long as nobody else wants one; the editor in which a person types comes first. */
function yieldToTheEditor(): void {
  try {
    setPriority(niceness);
  } catch {
    // Where it is not allowed, training is as important as everything else.
  }
}

/** Says on stderr, which is a file, why the process ends, and sets its exit code. */
function explain(error: unknown): void {
  if (error === explained) return;
  explained = error;
  const isOurs = error instanceof SequenceLabError;
  complain(
    isOurs || !(error instanceof Error) ? messageOf(error) : `unexpected error: ${error.stack ?? error.message}`,
  );
  process.exitCode ??= isOurs ? error.exitCode : 1;
}

function complain(sentence: string): void {
  process.stderr.write(`sequence-lab trainer ${process.pid}: ${sentence}\n`);
}

/** Ends when the answers under way are sent, though the parent may keep its channel open. */
function endByItself(): void {
  process.channel?.unref();
  setTimeout(() => {
    complain('something keeps the process from its end; it ends now');
    process.exit();
  }, endMilliseconds).unref();
}

function endWhenIdle(why: string): void {
  if (isTaken) return;
  complain(`${why}; it ends`);
  process.exit(1);
}

/** The first signal ends the run after its step, with a checkpoint; a second one ends the process. */
function interrupt(): void {
  if (interruption.signal.aborted || !isTaken) process.exit(130);
  interruption.abort();
}

/** A fault that nobody caught: the run is told to be failed, if that can still be done. */
function giveUp(error: unknown): void {
  const fault = error instanceof Error ? error : new Error(messageOf(error));
  explain(fault);
  process.exitCode = 1;
  setTimeout(() => process.exit(1), endMilliseconds).unref();
  if (control) control.steering.fail(fault);
  else process.exit(1);
}
