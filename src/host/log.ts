import { window } from 'vscode';
import type { LogOutputChannel } from 'vscode';

import { messageOf, SequenceLabError } from '../util/errors.ts';
import { inMessage } from './text.ts';

/** The output channel "Sequence Lab": what the extension did and what went wrong, for a person who asks why. */
export type Log = LogOutputChannel;

export function createLog(): Log {
  return window.createOutputChannel('Sequence Lab', { log: true });
}

/** An error for the log: what a person caused in words, a fault of ours with its stack. */
export function logError(log: Log, what: string, error: unknown): void {
  const isFault = error instanceof Error && !(error instanceof SequenceLabError);
  log.error(`${what}: ${isFault ? (error.stack ?? error.message) : messageOf(error)}`);
}

/** Shows an error as a notification and logs it. Does not wait for the user to have read it. */
export function showError(log: Log, what: string, error: unknown): void {
  logError(log, what, error);
  const showLog = 'Show Output';
  const text = inMessage(`${what}: ${messageOf(error)}`);
  void window.showErrorMessage(text, showLog).then((chosen) => {
    if (chosen === showLog) log.show();
  });
}
