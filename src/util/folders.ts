import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import { errorCode } from './fileErrors.ts';

/**
 * Makes a folder and those above it; one that is there already is fine. Node's own `recursive` never comes back where the
 * folder above exists but cannot have folders (/proc on Linux; seen with Node 20).
 *
 * @throws the system's error: EEXIST where a file is in the place of the folder
 */
export async function makeFolders(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' || dirname(folder) === folder) throw error;
    await makeFolders(dirname(folder));
    await makeFolder(folder);
  }
}

/**
 * Makes a folder and those above it up to one that must be there: what was deleted or moved is not made again.
 * @throws the system's error: ENOENT where `base` is gone
 */
export async function makeFoldersIn(base: string, folder: string): Promise<void> {
  if (folder !== base && dirname(folder) !== base) await makeFoldersIn(base, dirname(folder));
  if (folder !== base) await makeFolder(folder);
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST' || !(await isFolder(folder))) throw error;
  }
}

/** Whether there is a folder at a path; what cannot be looked at is none. */
export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
