import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import * as z from 'zod';

import { readStoredConfiguration } from '../config/parse.ts';
import type { Configuration } from '../config/schema.ts';
import { removeTemporaries, syncFolder, writeFileAtomically } from '../util/atomicFile.ts';
import { FileError } from '../util/errors.ts';
import { errorCode, fileErrorFrom } from '../util/fileErrors.ts';
import { isFolder, makeFolders } from '../util/folders.ts';
import { LineWriter } from '../util/lineWriter.ts';
import {
  effectiveState,
  isActive,
  readConfig,
  readJsonFile,
  readStatus,
  thisMachine,
  type RunVocabulary,
} from './files.ts';
import { freshStatus } from './freshStatus.ts';
import { ignoreInGit } from './gitIgnore.ts';
import { newRunId, runPaths, type RunPaths } from './layout.ts';
import { repairMetrics, truncateMetrics, type ResumePoint } from './metrics.ts';
import {
  format,
  type MetricsRecord,
  type RunConfig,
  type RunCorpus,
  type RunStatus,
  type RunVersions,
} from './schema.ts';
import { mendKinds, mendMetrics } from './sideFiles.ts';
import { hasDoubtfulSums } from './sumsNotice.ts';

export interface NewRun {
  readonly runsFolder: string;
  /** Whole and resolved; its name is a part of the run's id. */
  readonly configuration: Configuration;
  readonly versions: RunVersions;
  readonly corpus: RunCorpus;
  /** The tokens by their ids, and how often each stands in the training text. */
  readonly vocabulary: RunVocabulary;
  readonly date?: Date;
  /** Four hexadecimal digits for the id; another call, another four. Only tests name it. */
  readonly random?: () => string;
  /** Called when the folder is there and nothing is in it: before anybody can take it for a run. */
  readonly onFolder?: (folder: string) => Promise<void>;
  /** Sentences that the log begins with. */
  readonly log?: readonly string[];
}

/** What changes in a status: figures are laid over the ones before, all else is replaced. A message of undefined removes it. */
export type StatusPatch = Partial<
  Pick<
    RunStatus,
    'state' | 'progress' | 'latest' | 'best' | 'message' | 'warning' | 'lowerLearningRate' | 'ended' | 'stopTimes'
  >
>;

/**
 * Makes the folder and the files of a new run. Two creations never share a folder. config.json is written last: a folder
 * without it is no run yet. A runs folder in `.sequence-lab` is kept out of version control.
 *
 * @throws FileError where the folder cannot be made or written (no permission, a file in its place, a full disk)
 */
export async function createRun(run: NewRun): Promise<RunStore> {
  const date = run.date ?? new Date();
  const folder = await makeFolder(run, date);
  try {
    const paths = runPaths(folder);
    await run.onFolder?.(folder);
    await mkdir(paths.checkpoints);
    await mkdir(paths.probes);
    await writeJson(paths.vocabulary, { format, ...run.vocabulary });
    const { configuration, versions, corpus } = run;
    const config: RunConfig = { format, createdAt: date.toISOString(), configuration, versions, corpus };
    const store = await RunStore.start(paths, config, freshStatus());
    try {
      for (const sentence of run.log ?? []) await store.appendLog(sentence);
      await writeJson(paths.config, config);
    } catch (error) {
      // Windows removes no folder with an open file in it.
      await store.close().catch(() => undefined);
      throw error;
    }
    return store;
  } catch (error) {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    throw fileErrorFrom(error, `cannot create the run folder ${folder}`);
  }
}

/** Makes the folder that holds runs, where it is not there. @throws FileError */
export async function makeRunsFolder(folder: string): Promise<void> {
  try {
    await makeFolders(folder);
  } catch (error) {
    // mkdir says EEXIST of a file in the folder's place: "is already there" would mislead.
    if (errorCode(error) === 'EEXIST')
      throw new FileError(
        `cannot create the runs folder ${folder}: there is a file with that name; move it or choose another folder`,
      );
    throw fileErrorFrom(error, `cannot create the runs folder ${folder}`);
  }
  await ignoreInGit(folder);
}

async function makeFolder({ runsFolder, configuration, random }: NewRun, date: Date): Promise<string> {
  const parent = resolve(runsFolder);
  await makeRunsFolder(parent);
  try {
    for (let attempt = 1; ; attempt++) {
      const id = newRunId({ date, name: configuration.name, ...(random !== undefined && { random: random() }) });
      const folder = join(parent, id);
      try {
        await mkdir(folder);
        await syncFolder(parent);
        return folder;
      } catch (error) {
        if (errorCode(error) !== 'EEXIST' || attempt === 100) throw error;
      }
    }
  } catch (error) {
    throw fileErrorFrom(error, `cannot create a run folder in ${parent}`);
  }
}

/** The longest that a trainer of another user is silent while it trains; a number is not given out anew so soon. */
const freshMilliseconds = 60_000;

/**
 * Opens a run to continue it: removes what a killed process left half written, drops the metrics after the checkpoint,
 * and sets the state to running by this process. The caller holds the run's lock.
 *
 * @param point how far training had come at the checkpoint; left out, only a torn last line of the metrics is dropped
 * @param onNotice is told what was not as it should be, and was set aside
 * @throws FileError where the run is damaged, was made by a newer version with keys that are unknown here, or is still
 *   trained on another machine
 */
export async function openRun(
  folder: string,
  point?: ResumePoint,
  onNotice?: (sentence: string) => void,
): Promise<RunStore> {
  const paths = runPaths(resolve(folder));
  const config = await readConfig(paths.folder);
  await refuseUnknownKeys(paths.config);
  const before = await readStatus(paths.folder);
  refuseOthers(paths.folder, before);
  for (const place of [paths.folder, paths.checkpoints, paths.best, paths.probes]) await removeTemporaries(place);
  const cut = () => (point === undefined ? repairMetrics(paths.folder) : truncateMetrics(paths.folder, point));
  await cut().catch(async (error: unknown) => {
    if (!(error instanceof FileError)) throw error;
    onNotice?.(await mendMetrics(paths, error));
    await cut();
  });
  for (const sentence of await mendKinds(paths)) onNotice?.(sentence);
  const { progress, latest, best, warning } = before;
  const hadDoubtfulSums = hasDoubtfulSums({ config, status: before });
  const kept = { progress, latest, best, hadDoubtfulSums, ...(warning === undefined ? {} : { warning }) };
  return RunStore.start(paths, config, { ...freshStatus(), ...kept });
}

/**
 * For whoever holds the run's lock: for this user's processes on this machine that decides, and the number of a dead one
 * may by now be another program's. Other machines, and other users of this one, are known by their heartbeat; that of a
 * live process on this machine counts for a minute.
 *
 * @throws FileError where a run is still trained by one whom the lock does not reach
 */
export function refuseOthers(folder: string, status: RunStatus): void {
  const { pid, host } = status;
  if (pid === process.pid || !isActive(effectiveState(status, Date.now()))) return;
  if (host === thisMachine.host && Date.now() - Date.parse(status.heartbeatAt) > freshMilliseconds) return;
  throw new FileError(`${folder} is still being trained by process ${pid} on ${host}; stop that one first`);
}

/** A run that goes on without something that it was configured with would be another run. */
async function refuseUnknownKeys(path: string): Promise<void> {
  const { configuration } = await readJsonFile(path, z.looseObject({ configuration: z.unknown() }));
  const { unknownKeys } = readStoredConfiguration(configuration);
  if (unknownKeys.length > 0)
    throw new FileError(
      `${path}: this version of Sequence Lab does not know ${unknownKeys.join(', ')}; continue the run with the version that made it, or a newer one`,
    );
}

/** The one writer of a run folder's status, metrics and log. */
export class RunStore implements AsyncDisposable {
  private pending: Promise<void> = Promise.resolve();

  private constructor(
    private place: RunPaths,
    readonly config: RunConfig,
    private current: RunStatus,
    private readonly metrics: LineWriter,
    private readonly log: LineWriter,
  ) {}

  /** For createRun and openRun. */
  static async start(paths: RunPaths, config: RunConfig, status: RunStatus): Promise<RunStore> {
    const metrics = await LineWriter.open(paths.metrics);
    const log = await LineWriter.open(paths.log).catch(async (error: unknown) => {
      await metrics.close().catch(() => undefined);
      throw error;
    });
    const store = new RunStore(paths, config, status, metrics, log);
    try {
      await store.updateStatus({});
    } catch (error) {
      await store.close().catch(() => undefined);
      throw error;
    }
    return store;
  }

  get paths(): RunPaths {
    return this.place;
  }

  get folder(): string {
    return this.place.folder;
  }

  /**
   * Looks for the run's folder where it is not at its path any more, and writes to where it is from then on.
   * @returns what became of it: there, moved (the new path is then the store's), or gone, also where the system does not tell
   */
  async follow(): Promise<'there' | 'moved' | 'gone'> {
    if (await isFolder(this.folder)) return 'there';
    const metrics = await this.metrics.whereabouts();
    if (metrics === undefined) return 'gone';
    this.place = runPaths(dirname(metrics));
    this.metrics.follow(this.place.metrics);
    this.log.follow(this.place.log);
    return 'moved';
  }

  /** The status as it was last set, which may still be on its way to the disk. */
  get status(): RunStatus {
    return this.current;
  }

  /**
   * Changes the status and beats the heart. Replaces a file and waits for the disk: meant for about once a second, not
   * for every step.
   *
   * @throws FileError
   */
  async updateStatus(patch: StatusPatch): Promise<void> {
    const next = {
      ...this.current,
      ...patch,
      latest: { ...this.current.latest, ...patch.latest },
      best: { ...this.current.best, ...patch.best },
      heartbeatAt: new Date().toISOString(),
    };
    // Before it becomes the status: one wrong figure must not spoil all later writes.
    toJson(next);
    this.current = next;
    const turn = this.pending.then(() => writeJson(this.paths.status, this.current));
    this.pending = turn.catch(() => undefined);
    return turn;
  }

  /** Adds a record to metrics.jsonl. @throws FileError; the record is then not there, not even in part */
  async appendMetrics(record: MetricsRecord): Promise<void> {
    return this.metrics.append(toJson(record));
  }

  /** Adds a line (or lines) to log.txt. @throws FileError */
  async appendLog(line: string): Promise<void> {
    return this.log.append(line);
  }

  /** Waits for all that is being written and closes the files; may be called again. The state stays as it was last set. */
  async close(): Promise<void> {
    await this.pending;
    try {
      await this.metrics.close();
    } finally {
      await this.log.close();
    }
  }

  /** For `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * JSON has no infinity and would make null of it: a perplexity beyond the largest number is written as that number.
 *
 * @throws RangeError for what is not a number at all (a fault of the caller)
 */
function toJson(value: unknown, indent?: number): string {
  const write = (key: string, part: unknown): unknown => {
    if (typeof part !== 'number' || Number.isFinite(part)) return part;
    if (Number.isNaN(part)) throw new RangeError(`${key} is not a number and cannot be recorded`);
    return Math.sign(part) * Number.MAX_VALUE;
  };
  return JSON.stringify(value, write, indent);
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomically(path, `${toJson(value, 2)}\n`);
}
