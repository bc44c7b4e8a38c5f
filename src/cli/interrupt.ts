import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { isatty } from 'node:tty';
import { InterruptedError } from '../util/errors.ts';

/** What ends work early: a signal, or an accident such as a full disk under its output. */
export interface Interruption {
  readonly by: 'signal' | 'accident';
  /** As the end of a sentence, where there is more to say. */
  readonly why?: string;
}

/** The standard streams that are a terminal. Asked at the start: one that was closed is none any more. */
const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));

/** Ends the work under way, if there is any. */
let interrupt: ((interruption: Interruption, told: string) => void) | undefined;

/**
 * Asks the work under way to end in an orderly way, since its output cannot be written.
 * @param why a line for stderr
 * @returns whether there is such work
 */
export function interruptWork(why: string): boolean {
  interrupt?.({ by: 'accident', why }, why);
  return interrupt !== undefined;
}

/**
 * Lets a program that has no terminal live when one is closed, as `nohup` asks for: Node takes back that the signal is ignored,
 * which it was started with.
 */
export function ignoreHangupWithoutTerminal(): void {
  if (terminals.length === 0) process.on('SIGHUP', () => undefined);
}

/**
 * Node gives a terminal its settings back when it ends, and aborts (with a core dump; seen with Node 20) where that was closed.
 * It leaves alone what is another file by then.
 */
function leaveTerminals(): void {
  for (const descriptor of terminals) {
    closeSync(descriptor);
    openSync(devNull, 'r+');
  }
}

/**
 * Runs work that Ctrl-C, a termination request or the end of its terminal ends in an orderly way: the first asks it to end. A
 * second Ctrl-C or termination request ends the process at once; the end of a terminal never does, since the system and the
 * shell both tell of it, and a termination request may follow.
 *
 * @param promise what happens after the first, for stderr: `ending after this step`
 * @param reasonOf what the work's signal is aborted with
 */
export async function interruptibly<T>(
  promise: string,
  work: (signal: AbortSignal) => Promise<T>,
  reasonOf: (interruption: Interruption) => Error = () => new InterruptedError('Interrupted.'),
): Promise<T> {
  const controller = new AbortController();
  let isAskedToEnd = false;
  interrupt = (interruption, told) => {
    if (controller.signal.aborted) return;
    process.stderr.write(`seqlab: ${told}: ${promise}\n`);
    controller.abort(reasonOf(interruption));
  };
  const onRequest = () => {
    if (isAskedToEnd) process.exit(130);
    isAskedToEnd = true;
    // The terminal has written ^C where the cursor was.
    if (process.stderr.isTTY) process.stderr.write('\n');
    interrupt?.({ by: 'signal' }, 'interrupted (press Ctrl-C again to end at once)');
  };
  const onHangup = () => {
    process.off('exit', leaveTerminals).on('exit', leaveTerminals);
    interrupt?.({ by: 'signal', why: 'its terminal was closed' }, 'the terminal was closed');
  };
  const handlers = [
    ['SIGINT', onRequest],
    ['SIGTERM', onRequest],
    ...(terminals.length > 0 ? ([['SIGHUP', onHangup]] as const) : []),
  ] as const;
  for (const [signal, handler] of handlers) process.on(signal, handler);
  try {
    return await work(controller.signal);
  } finally {
    for (const [signal, handler] of handlers) process.off(signal, handler);
    interrupt = undefined;
  }
}
