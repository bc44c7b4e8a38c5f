import { basename, relative } from 'node:path';
import { EndRequest } from '../training/endRequest.ts';
import type { SessionListener } from '../training/sessions.ts';
import { DivergedError, InterruptedError } from '../util/errors.ts';
import { interruptibly } from './interrupt.ts';
import { humanListener, jsonListener } from './output.ts';

/** Runs a training session with its output in the form asked for, and says how to go on when it is interrupted. */
export async function runSession(
  options: { json?: boolean | undefined },
  session: (listener: SessionListener) => Promise<void>,
): Promise<void> {
  const human = options.json ? undefined : humanListener();
  const listener = human ?? jsonListener();
  let run: string | undefined;
  const onEvent: SessionListener['onEvent'] = (event) => {
    if (event.event === 'start') run = event.directory;
    listener.onEvent?.(event);
  };
  try {
    const promise = 'ending after this step and saving a checkpoint';
    await interruptibly(
      promise,
      (signal) => session({ ...listener, onEvent, signal }),
      (interruption) => new EndRequest(interruption),
    );
  } catch (error) {
    human?.close();
    if (run === undefined) throw error;
    const command = `${thisProgram()} resume ${JSON.stringify(run)}`;
    if (error instanceof InterruptedError)
      throw new InterruptedError(`${error.message} Resume it with: ${command}`, { cause: error });
    if (!(error instanceof DivergedError) || error.lowerLearningRate === undefined) throw error;
    const rate = `--learning-rate ${error.lowerLearningRate}`;
    throw new DivergedError(`${error.message} Resume from it with: ${command} ${rate}`, { cause: error });
  } finally {
    human?.close();
  }
}

/** How this program was started, so that a command that is told can be copied. */
export function thisProgram(): string {
  const script = process.argv[1] ?? 'seqlab';
  return basename(script).endsWith('.js') ? `node ${relative(process.cwd(), script) || script}` : basename(script);
}
