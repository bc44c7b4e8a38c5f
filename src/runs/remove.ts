import { lstat, opendir } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';

import { FileError } from '../util/errors.ts';
import { asFileError } from '../util/fileErrors.ts';
import { readStatus } from './files.ts';
import { isRunId } from './layout.ts';
import { acquireRunLock } from './lock.ts';
import { refuseOthers } from './store.ts';
import type { RunStatus } from './schema.ts';

/** A run that may be removed. Until `release` nobody can begin to train it. */
export interface RemovableRun {
  /** Absolute: what is to be removed, with all that is in it. */
  readonly folder: string;
  readonly id: string;
  /** To be called in any case, once the folder is gone or stays. */
  release(): Promise<void>;
}

const partNames: readonly string[] = ['config.json', 'status.json', 'metrics.jsonl', 'vocabulary.json', 'checkpoints'];

/**
 * Makes sure that a run may be removed, and keeps it from being trained until that is done. Removes nothing itself.
 *
 * A symbolic link is no run, wherever it leads; nor is a folder that has neither a run's id for its name nor any file of
 * a run in it: the setting for the runs folder may name any folder of the user.
 *
 * @param folder a run directly in `runsFolder`, whole or broken
 * @param runsFolder left out, the folder that it is in
 * @throws FileError where it is no run of that folder, is being trained, or cannot be looked at
 */
export async function requireRemovable(folder: string, runsFolder = dirname(resolve(folder))): Promise<RemovableRun> {
  const path = resolve(folder);
  const id = basename(path);
  if (id === '' || id.startsWith('.') || dirname(path) !== resolve(runsFolder))
    throw new FileError(`${path} was not removed: it is not a run in ${resolve(runsFolder)}`);
  const stats = await asFileError(`cannot remove ${path}`, () => lstat(path));
  if (stats.isSymbolicLink())
    throw new FileError(`${path} was not removed: it is a symbolic link; delete the link yourself`);
  if (!stats.isDirectory()) throw new FileError(`${path} was not removed: it is not a folder`);
  if (!(await looksLikeRun(path)))
    throw new FileError(
      `${path} was not removed: it contains no files of a run; if you do not need it, delete it yourself`,
    );
  const lock = await acquireRunLock(path);
  try {
    const status = await readStatus(path).catch((): RunStatus | undefined => undefined);
    if (status !== undefined) refuseOthers(path, status);
    return { folder: path, id, release: () => lock.release() };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function looksLikeRun(folder: string): Promise<boolean> {
  if (isRunId(basename(folder))) return true;
  for await (const { name } of await asFileError(`cannot read ${folder}`, () => opendir(folder)))
    if (partNames.includes(name)) return true;
  return false;
}
