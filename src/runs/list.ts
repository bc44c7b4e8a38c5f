import { readFile } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import type { z } from 'zod';

import { concurrently } from '../util/concurrently.ts';
import { messageOf } from '../util/errors.ts';
import { errorCode, fileErrorFrom } from '../util/fileErrors.ts';
import { effectiveState, parseAs, textOf, thisMachine, type Machine } from './files.ts';
import { runPaths } from './layout.ts';
import { runConfigSchema, runStatusSchema, type RunConfig, type RunState, type RunStatus } from './schema.ts';

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

/** Files that are read at the same time: more would not be faster (Node reads with four threads). */
export const readsAtOnce = 16;

/**
 * The runs of a folder, newest first; none where the folder does not exist. Files and hidden folders are passed over.
 *
 * @throws FileError where the folder itself cannot be read
 */
export async function listRuns(runsFolder: string): Promise<ListedRun[]> {
  const parent = resolve(runsFolder);
  const dated: DatedRun[] = [];
  await concurrently(await runIds(parent), readsAtOnce, async (id) => {
    const run = await readRun(id, join(parent, id));
    dated.push({ run, createdAt: await createdAt(run) });
  });
  return newestFirst(dated);
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
    throw fileErrorFrom(error, `cannot read the folder for runs ${parent}`);
  }
}

export interface Reading {
  /** The configuration, where it is known already. */
  readonly config?: RunConfig | undefined;
  readonly machine?: Machine;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** A run as it lies on the disk. Never rejects: what cannot be read is a broken run. */
export async function readRun(id: string, folder: string, reading: Reading = {}): Promise<ListedRun> {
  const { machine = thisMachine, now = Date.now } = reading;
  try {
    const paths = runPaths(folder);
    const config = reading.config ?? (await readJson(paths.config, runConfigSchema));
    let status = await readJson(paths.status, runStatusSchema);
    let state = effectiveState(status, now(), machine);
    if (state !== status.state) {
      // A trainer that is gone may have written how it ended after we read, and before we looked for its process.
      status = await readJson(paths.status, runStatusSchema);
      state = effectiveState(status, now(), machine);
    }
    return { kind: 'run', id, folder, config, status, state };
  } catch (error) {
    return { kind: 'broken', id, folder, problem: messageOf(error) };
  }
}

/** readJsonFile of files.ts by callback, which takes half the time of fs/promises: lists read a thousand files. */
async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const bytes = await new Promise<Buffer>((settle, fail) =>
    readFile(path, (error, content) => {
      if (error) fail(fileErrorFrom(error, `cannot read ${path}`));
      else settle(content);
    }),
  );
  return parseAs(schema, textOf(bytes, path), path);
}

export interface DatedRun {
  readonly run: ListedRun;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** When a run was created, in milliseconds since 1970; of a broken one, when its folder last changed (0 where it is gone). */
export async function createdAt(run: ListedRun): Promise<number> {
  if (run.kind === 'run') return Date.parse(run.config.createdAt);
  return (await stat(run.folder).catch(() => undefined))?.mtimeMs ?? 0;
}

/** Sorts in place. */
export function newestFirst(dated: DatedRun[]): ListedRun[] {
  dated.sort((a, b) => b.createdAt - a.createdAt || (a.run.id < b.run.id ? 1 : -1));
  return dated.map(({ run }) => run);
}
