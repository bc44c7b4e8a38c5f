import { InterruptedError } from '../util/errors.ts';

/** Ends the work under way, if there is any. */
let interrupt: ((why: string) => void) | undefined;

/**
 * Asks the work under way to end in an orderly way.
 * @param why a line for stderr
 * @returns whether there is such work
 */
export function interruptWork(why: string): boolean {
  interrupt?.(why);
  return interrupt !== undefined;
}

/**
 * Runs work that Ctrl-C (or a termination request) ends in an orderly way: the first asks it to end, a second ends the
 * process at once.
 *
 * @param promise what happens after the first, for stderr: `ending after this step`
 */
export async function interruptibly<T>(promise: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  interrupt = (why) => {
    if (controller.signal.aborted) return;
    process.stderr.write(`seqlab: ${why}: ${promise}\n`);
    controller.abort(new InterruptedError('Interrupted.'));
  };
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(130);
    // The terminal has written ^C where the cursor was.
    if (process.stderr.isTTY) process.stderr.write('\n');
    interruptWork('interrupted (press Ctrl-C again to end at once)');
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    interrupt = undefined;
  }
}
