import { randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { FileError } from '../util/errors.ts';
import { isFolder } from '../util/folders.ts';
import { nearest } from '../util/nearest.ts';

/** The folder that holds what the project keeps beside a person's texts. */
export const labFolder = '.sequence-lab';

/** Where runs are by default, from the workspace folder or the folder that `seqlab` is called in. */
export const defaultRunsFolder = `${labFolder}/runs`;

/** Where the parts of a run folder are. */
export interface RunPaths {
  readonly folder: string;
  readonly config: string;
  readonly status: string;
  readonly metrics: string;
  readonly log: string;
  /** What the process of a run that was started with `--detach` prints. */
  readonly output: string;
  readonly vocabulary: string;
  readonly checkpoints: string;
  /** The weights of the best validation so far, as a checkpoint. */
  readonly best: string;
  readonly probes: string;
}

export function runPaths(folder: string): RunPaths {
  return {
    folder,
    config: join(folder, 'config.json'),
    status: join(folder, 'status.json'),
    metrics: join(folder, 'metrics.jsonl'),
    log: join(folder, 'log.txt'),
    output: join(folder, 'trainer.log'),
    vocabulary: join(folder, 'vocabulary.json'),
    checkpoints: join(folder, 'checkpoints'),
    best: join(folder, 'checkpoints', 'best'),
    probes: join(folder, 'probes'),
  };
}

const longestSlug = 40;

/** A run's name as a part of a folder's name: small ASCII letters, digits and dashes, 1 to 40 of them. */
export function slugOf(name: string): string {
  const ascii = name.normalize('NFKD').replace(/\p{Mark}/gu, '');
  const slug = ascii.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return slug.replace(/^-/, '').slice(0, longestSlug).replace(/-$/, '') || 'run';
}

/**
 * The id of a new run, which is its folder's name: `20261123-101500Z-ptb-small-3f2a` (UTC, name, chance). Ids sort by
 * their time. Before 0.2.0 they had local time, which goes back when summer time ends, and no `Z`.
 *
 * @param random four hexadecimal digits; made up where it is left out
 */
export function newRunId(parts: { readonly date: Date; readonly name: string; readonly random?: string }): string {
  const { date, name, random = randomBytes(2).toString('hex') } = parts;
  const time = date.toISOString().replace(/\.\d+/, '');
  return `${time.replace(/[-:]/g, '').replace('T', '-')}-${slugOf(name)}-${random}`;
}

/** Whether the name of a folder is a run's id, also one of before 0.2.0. */
export function isRunId(name: string): boolean {
  return /^\d{8}-\d{6}Z?-[a-z0-9-]+-[0-9a-f]{4}$/.test(name);
}

/** When a run was made, by its id; undefined where the name of a folder is no id. */
export function dateOfRunId(id: string): Date | undefined {
  const [, year, month, day, hours, minutes, seconds, zone] =
    /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)(Z?)-/.exec(id) ?? [];
  if (year === undefined || zone === undefined) return undefined;
  // Without a zone it is local time, as the ids of before 0.2.0 have it.
  const date = new Date(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}${zone}`);
  const dayOfMonth = zone === 'Z' ? date.getUTCDate() : date.getDate();
  // Not the 30th of February. In the hour that summer time skips, the hours differ.
  return dayOfMonth === Number(day) ? date : undefined;
}

/**
 * The folder of a run, absolute.
 *
 * @param run the id of a run in `runsFolder`, or the path of a run folder
 * @throws FileError that says what was looked for where, and which id is nearest
 */
export async function findRun(run: string, runsFolder: string): Promise<string> {
  const isName = run !== '' && run !== '.' && run !== '..' && !/[/\\]/.test(run);
  const candidates = [...(isName ? [join(resolve(runsFolder), run)] : []), resolve(run)];
  for (const folder of candidates) if (await isRunFolder(folder)) return folder;

  const existing = await firstFolder(candidates);
  if (run !== '' && existing !== undefined)
    throw new FileError(`${existing} is not a run folder: it has no config.json; name a run's id or its folder`);
  const ids = await readdir(runsFolder).catch(() => []);
  const near = nearest(run, ids);
  const advice =
    near !== undefined
      ? `did you mean ${near}?`
      : ids.length === 0
        ? `there are no runs in ${resolve(runsFolder)}`
        : 'list the runs to see their ids';
  throw new FileError(`no run ${JSON.stringify(run)}: looked for ${candidates.join(' and ')}; ${advice}`);
}

async function isRunFolder(folder: string): Promise<boolean> {
  const found = await stat(runPaths(folder).config).catch(() => undefined);
  return found?.isFile() === true;
}

async function firstFolder(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await isFolder(path)) return path;
  return undefined;
}
