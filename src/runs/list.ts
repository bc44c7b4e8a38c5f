import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { messageOf } from '../util/errors.ts';
import { errorCode, fileErrorFrom } from '../util/fileErrors.ts';
import { effectiveState, readConfig, readStatus } from './files.ts';
import type { RunConfig, RunState, RunStatus } from './schema.ts';

/** A run as lists show it; a folder that cannot be read as one says why. */
export type ListedRun =
  | {
      readonly kind: 'run';
      readonly id: string;
      readonly folder: string;
      readonly config: RunConfig;
      readonly status: RunStatus;
      /** As it really is: see effectiveState. */
      readonly state: RunState;
    }
  | { readonly kind: 'broken'; readonly id: string; readonly folder: string; readonly problem: string };

/**
 * The runs of a folder, newest first; none where the folder does not exist. Files and hidden folders are passed over.
 *
 * @throws FileError where the folder itself cannot be read
 */
export async function listRuns(runsFolder: string): Promise<ListedRun[]> {
  const parent = resolve(runsFolder);
  const dated: { run: ListedRun; createdAt: number }[] = [];
  for (const id of await foldersIn(parent)) {
    const folder = join(parent, id);
    const run = await readRun(id, folder);
    const createdAt = run.kind === 'run' ? Date.parse(run.config.createdAt) : await changedAt(folder);
    dated.push({ run, createdAt });
  }
  dated.sort((a, b) => b.createdAt - a.createdAt || (a.run.id < b.run.id ? 1 : -1));
  return dated.map(({ run }) => run);
}

async function foldersIn(parent: string): Promise<string[]> {
  try {
    const entries = await readdir(parent, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw fileErrorFrom(error, `cannot read the folder for runs ${parent}`);
  }
}

async function readRun(id: string, folder: string): Promise<ListedRun> {
  try {
    const config = await readConfig(folder);
    const status = await readStatus(folder);
    return { kind: 'run', id, folder, config, status, state: effectiveState(status, Date.now()) };
  } catch (error) {
    return { kind: 'broken', id, folder, problem: messageOf(error) };
  }
}

async function changedAt(folder: string): Promise<number> {
  return (await stat(folder).catch(() => undefined))?.mtimeMs ?? 0;
}
