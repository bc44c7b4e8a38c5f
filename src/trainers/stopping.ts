import { setTimeout as wait } from 'node:timers/promises';

import type { MessageConnection } from 'vscode-jsonrpc/node';

import { ask } from '../protocol/rpc.ts';
import { control } from '../protocol/trainer.ts';
import { listCheckpoints } from '../runs/checkpoints.ts';
import { isActive, readStatus, thisMachine } from '../runs/files.ts';
import { findTrainerProcess } from '../runs/lock.ts';
import type { RunStatus } from '../runs/schema.ts';
import { errorCode } from '../util/fileErrors.ts';
import { after, withTrainer } from './connection.ts';
import { readPatience } from './patience.ts';
import type { Patience } from './patience.ts';

/** What a stop waits for. */
export interface StopProgress {
  /** The call under way, and what is done beside it; or the checkpoint, and the end of the process. */
  readonly waitsFor: 'call' | 'checkpoint';
  readonly patience: Patience;
}

/** What really became of a run that was to stop. */
export type StopOutcome =
  /** A checkpoint of this step stands. */
  | { readonly how: 'stopped'; readonly step: number }
  /** It was resumed just now, and had not begun. */
  | { readonly how: 'not begun' }
  /** By itself, before the request reached it, or because the checkpoint could not be saved. */
  | { readonly how: 'ended'; readonly status: RunStatus }
  /** Its process ended without a word. `step` is that of the newest checkpoint, if there is one. */
  | { readonly how: 'died'; readonly step: number | undefined }
  /** Its process did not answer for so long and was killed. `step` as above. */
  | { readonly how: 'killed'; readonly seconds: number; readonly step: number | undefined };

export interface StopOptions {
  readonly onProgress?: (progress: StopProgress) => void;
  /** Waited for before the process is killed. */
  readonly onKill?: () => Promise<void>;
  /** How long to wait; only tests name another. */
  readonly patienceOf?: (folder: string, pid: number) => Promise<Patience>;
}

/**
 * Stops a run: its step is done, a checkpoint saved, and its process ends. A process that does not answer for many times
 * longer than it ever needed is killed; the checkpoint before stands.
 *
 * @throws FileError where nothing on this machine trains the run
 */
export async function stopRun(folder: string, options: StopOptions = {}): Promise<StopOutcome> {
  return withTrainer(folder, async (connection) => {
    const pid = await findTrainerProcess(folder);
    if (pid === undefined) return outcomeOf(folder, undefined);
    const start = performance.now();
    if (await endsByItself(connection, { folder, pid, options })) return outcomeOf(folder, pid);
    await options.onKill?.();
    const seconds = (performance.now() - start) / 1000;
    return (await kill(pid)) ? { how: 'killed', seconds, step: await newestStep(folder) } : outcomeOf(folder, pid);
  });
}

/** Asks the trainer to stop. @returns whether its process has ended before the patience with it was over */
async function endsByItself(
  connection: MessageConnection,
  { folder, pid, options }: { folder: string; pid: number; options: StopOptions },
): Promise<boolean> {
  const { onProgress, patienceOf = readPatience } = options;
  const ended = new Promise<'ended'>((settle) => connection.onClose(() => settle('ended')));
  const answer = ask(connection, control.stop, {}).catch(() => undefined);
  const patience = await patienceOf(folder, pid);
  onProgress?.({ waitsFor: 'call', patience });
  if ((await Promise.race([answer, ended, after(patience.callSeconds)])) === 'late') return false;
  onProgress?.({ waitsFor: 'checkpoint', patience });
  if ((await Promise.race([ended, after(patience.checkpointSeconds)])) === 'late') return false;
  // The socket closes a moment before the process ends.
  return goneWithin(pid, exitSeconds);
}

/** A trainer that has closed its socket ends within 5 seconds, by itself. */
const exitSeconds = 10;

/** @returns whether it had to be killed; else it has ended by itself just now */
async function kill(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false;
    throw error;
  }
  await goneWithin(pid, exitSeconds);
  return true;
}

/** @param pid the process that was asked; undefined where it had ended before that */
async function outcomeOf(folder: string, pid: number | undefined): Promise<StopOutcome> {
  const status = await readStatus(folder);
  if (pid !== undefined && status.pid !== pid) return { how: 'not begun' };
  if (isActive(status.state)) return { how: 'died', step: await newestStep(folder) };
  if (status.state === 'interrupted') return { how: 'stopped', step: status.progress.step };
  return { how: 'ended', status };
}

async function newestStep(folder: string): Promise<number | undefined> {
  const steps = (await listCheckpoints(folder).catch(() => [])).map(({ step }) => step);
  return steps.length === 0 ? undefined : Math.max(...steps);
}

/** Whether the process is gone before the time is over. */
async function goneWithin(pid: number, seconds: number): Promise<boolean> {
  const end = performance.now() + seconds * 1000;
  while (thisMachine.isAlive(pid)) {
    if (performance.now() > end) return false;
    await wait(50);
  }
  return true;
}
