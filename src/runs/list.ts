import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { concurrently } from '../util/concurrently.ts';
import { messageOf } from '../util/errors.ts';
import { errorCode, fileErrorFrom } from '../util/fileErrors.ts';
import { effectiveState, readConfig, readStatus, thisMachine, type Machine } from './files.ts';
import { dateOfRunId } from './layout.ts';
import type { RunConfig, RunState, RunStatus } from './schema.ts';

interface Listed {
  readonly id: string;
  readonly folder: string;
  /** When it was made, in milliseconds since 1970; of a broken one, as far as that can be told. */
  readonly createdAt: number;
}

interface WholeRun extends Listed {
  readonly kind: 'run';
  readonly config: RunConfig;
  readonly status: RunStatus;
  /** As it really is: see effectiveState. */
  readonly state: RunState;
}

interface BrokenRun extends Listed {
  readonly kind: 'broken';
  readonly problem: string;
}

/** A run as lists show it; a folder that cannot be read as one says why. */
export type ListedRun = WholeRun | BrokenRun;

/** Files that are read at the same time: more would not be faster (Node reads with four threads). */
export const readsAtOnce = 16;

/**
 * The runs of a folder, newest first; none where the folder does not exist. Files and hidden folders are passed over.
 *
 * @throws FileError where the folder itself cannot be read
 */
export async function listRuns(runsFolder: string): Promise<ListedRun[]> {
  const parent = resolve(runsFolder);
  const runs: ListedRun[] = [];
  await concurrently(await runIds(parent), readsAtOnce, async (id) => {
    runs.push(await readRun(id, join(parent, id)));
  });
  return newestFirst(runs);
}

/** The runs of several folders as one list, newest first. */
export function mergeRuns(lists: readonly (readonly ListedRun[])[]): ListedRun[] {
  return newestFirst(lists.flat());
}

/** Sorts in place. Runs of the same moment are in the order of their folders' names, so that none changes its place. */
function newestFirst(runs: ListedRun[]): ListedRun[] {
  return runs.sort((a, b) => b.createdAt - a.createdAt || compare(b.id, a.id) || compare(b.folder, a.folder));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/**
 * The names of the folders in a folder for runs, unsorted; none where it does not exist.
 *
 * @throws FileError where it cannot be read
 */
export async function runIds(parent: string): Promise<string[]> {
  try {
    const entries = await readdir(parent, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw fileErrorFrom(error, `cannot read the runs folder ${parent}`);
  }
}

export interface Reading {
  /** The configuration, where it is known already. */
  readonly config?: RunConfig | undefined;
  /** When the run was made, where it was read before: one that breaks keeps its place. */
  readonly createdAt?: number | undefined;
  readonly machine?: Machine;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** A run as it lies on the disk. Never rejects: what cannot be read is a broken run. */
export async function readRun(id: string, folder: string, reading: Reading = {}): Promise<ListedRun> {
  const { machine = thisMachine, now = Date.now } = reading;
  try {
    const config = reading.config ?? (await readConfig(folder));
    let status = await readStatus(folder);
    let state = effectiveState(status, now(), machine);
    if (state !== status.state) {
      // A trainer that is gone may have written how it ended after we read, and before we looked for its process.
      status = await readStatus(folder);
      state = effectiveState(status, now(), machine);
    }
    return { kind: 'run', id, folder, createdAt: Date.parse(config.createdAt), config, status, state };
  } catch (error) {
    const createdAt = reading.createdAt ?? (await createdAtOfBroken(id, folder));
    return { kind: 'broken', id, folder, createdAt, problem: messageOf(error) };
  }
}

/** When a folder that is no whole run was made: by the time in its id, or else when it last changed (0 if it is gone). */
async function createdAtOfBroken(id: string, folder: string): Promise<number> {
  return dateOfRunId(id)?.getTime() ?? (await stat(folder).catch(() => undefined))?.mtimeMs ?? 0;
}
