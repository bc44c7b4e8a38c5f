import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { createEngine } from '../engine/index.ts';
import type { Engine } from '../engine/engine.ts';
import type { ModelChoice } from '../protocol/inference.ts';
import { runPaths } from '../runs/layout.ts';
import { statOf } from '../runs/stamps.ts';
import { FileError } from '../util/errors.ts';
import { errorCode, fileErrorFrom } from '../util/fileErrors.ts';
import { LoadedModel } from './loadedModel.ts';

/** Two runs side by side, and the one that writes in the editor. */
const maxModels = 3;
/** A run that trains saves a checkpoint a minute; nobody waits for one for so long. */
const freshMilliseconds = 1000;

interface Entry {
  readonly choice: ModelChoice;
  readonly loading: Promise<LoadedModel>;
  /** The checkpoints that there were. */
  readonly stamp: string;
  checkedAt: number;
  users: number;
  isRetired: boolean;
  isFreed: boolean;
}

/**
 * The models that are loaded: few, the one that was used longest ago gives way, and one whose run has saved a newer
 * checkpoint is loaded again when it is next asked for.
 */
export class Models {
  private readonly entries = new Map<string, Entry>();
  private engine: Promise<Engine> | undefined;

  constructor(
    private readonly options: { threads?: number; onNotice?: ((sentence: string) => void) | undefined } = {},
  ) {}

  /**
   * Works with a model, which is not freed before the work is done.
   * @param options.now whether a checkpoint that was saved just now counts, of which the asker has heard
   * @throws FileError, EngineError
   */
  async use<R>(
    choice: ModelChoice,
    work: (model: LoadedModel) => Promise<R>,
    { now = false }: { now?: boolean } = {},
  ): Promise<R> {
    const entry = await this.entryFor(choice, now);
    try {
      return await work(await entry.loading);
    } finally {
      entry.users--;
      this.freeIfUnused(entry);
    }
  }

  /** Forgets the models of a run, or all. */
  close(folder?: string): void {
    for (const [key, entry] of this.entries)
      if (folder === undefined || entry.choice.folder === folder) this.retire(key, entry);
  }

  /** The entry of a model, with its asker among its users. */
  private async entryFor(choice: ModelChoice, now: boolean): Promise<Entry> {
    const { folder, checkpoint = null } = choice;
    const key = JSON.stringify([folder, checkpoint]);
    const known = this.entries.get(key);
    if (known && !now && Date.now() - known.checkedAt < freshMilliseconds) return this.touch(key, known);
    const stamp = await stampOf(choice).catch((error: unknown) => {
      this.close(choice.folder);
      throw error;
    });
    const latest = this.entries.get(key);
    // Those of a step stay when newer ones take their place on the disk.
    if (latest !== undefined && (stamp === undefined || latest.stamp === stamp)) {
      latest.checkedAt = Date.now();
      return this.touch(key, latest);
    }
    if (latest) this.retire(key, latest);
    return this.load(key, choice, stamp ?? '');
  }

  private load(key: string, choice: ModelChoice, stamp: string): Entry {
    const { onNotice, threads = 0 } = this.options;
    this.engine ??= createEngine({ name: 'auto', device: 'cpu', threads, ...(onNotice ? { onNotice } : {}) });
    const engine = this.engine;
    engine.catch(() => (this.engine = undefined));
    const loading = engine.then((made) => LoadedModel.load(choice, { engine: made, onNotice }));
    const entry: Entry = { choice, loading, stamp, checkedAt: Date.now(), users: 1, isRetired: false, isFreed: false };
    this.entries.set(key, entry);
    // Asked again, it is tried again: the file may have been mended.
    loading.catch(() => {
      if (this.entries.get(key) === entry) this.entries.delete(key);
    });
    for (const [oldest, old] of this.entries) {
      if (this.entries.size <= maxModels) break;
      if (old !== entry) this.retire(oldest, old);
    }
    return entry;
  }

  /** The last of a Map's entries is the one that was used last. */
  private touch(key: string, entry: Entry): Entry {
    entry.users++;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry;
  }

  private retire(key: string, entry: Entry): void {
    this.entries.delete(key);
    entry.isRetired = true;
    this.freeIfUnused(entry);
  }

  private freeIfUnused(entry: Entry): void {
    if (!entry.isRetired || entry.users > 0 || entry.isFreed) return;
    entry.isFreed = true;
    entry.loading.then((model) => model.dispose()).catch(() => undefined);
  }
}

/**
 * The checkpoints among which a choice is made, by their files: others mean that it would be another one now, also where a
 * run was put in the place of one with the same name and steps.
 *
 * @returns undefined where a step is chosen that is not kept any more
 * @throws FileError where the run is gone
 */
async function stampOf({ folder, checkpoint }: ModelChoice): Promise<string | undefined> {
  const { config, checkpoints, best } = runPaths(folder);
  try {
    await access(config);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw fileErrorFrom(error, `cannot read ${config}`);
    throw new FileError(`${folder} is gone: the run was deleted or moved`, { cause: error });
  }
  const looked = checkpoint === 'best' ? [best] : checkpoint === 'newest' ? [checkpoints] : [checkpoints, best];
  const lists = await Promise.all(looked.map((path) => manifestsIn(path, checkpoint)));
  if (typeof checkpoint === 'number' && lists.flat().length === 0) return undefined;
  return lists.map((list) => list.join()).join(';');
}

/** The manifests in a folder, each with what its file looks like from outside. */
async function manifestsIn(folder: string, checkpoint: ModelChoice['checkpoint']): Promise<string[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => {
    const step = /^step-(\d+)\.json$/.exec(name)?.[1];
    return step !== undefined && (typeof checkpoint !== 'number' || Number(step) === checkpoint);
  });
  return Promise.all(
    names.sort().map(async (name) => {
      const stats = await statOf(join(folder, name));
      return `${name} ${stats?.mtimeMs} ${stats?.size} ${stats?.ino}`;
    }),
  );
}
