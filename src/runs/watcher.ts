import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { systemClock, type Clock } from '../util/clock.ts';
import { concurrently } from '../util/concurrently.ts';
import { messageOf } from '../util/errors.ts';
import { errorCode } from '../util/fileErrors.ts';
import { Listeners } from '../util/listeners.ts';
import { effectiveState, isActive, thisMachine, type Machine } from './files.ts';
import { watchFolder, type WatchFolder } from './folderWatch.ts';
import { mergeRuns, readRun, readsAtOnce, runIds, type ListedRun } from './list.ts';
import { RunWatches } from './runWatches.ts';
import { stampsOf, type Stamps } from './stamps.ts';

/** What became of the runs, as their folders. Of a change of `problem` alone, all three are empty. */
export interface RunsChange {
  readonly appeared: readonly string[];
  readonly changed: readonly string[];
  readonly vanished: readonly string[];
}

export interface RunsWatcherOptions {
  readonly clock?: Clock;
  readonly machine?: Machine;
  readonly watchFolder?: WatchFolder;
}

/** Events that come together are told together: at most this often, in milliseconds. */
const betweenUpdates = 300;
const afterEvent = 40;
/** How often it is looked whether the processes of active runs live. */
const livenessMilliseconds = 2000;
/** How often the files of active runs are looked at where the system tells nothing of them. */
const blindMilliseconds = 1000;
const pollMilliseconds = 5000;
/** Every poll looks at all active runs, at the newest that could go on, and at a share of all others. */
const pollsToSeeAll = 6;
const maxNear = 20;
/** A folder that has no config.json is not broken before so long: its files come, or go, one by one. */
const unfinishedMilliseconds = 10_000;

interface Known {
  readonly run: ListedRun;
  /** What its files looked like before they were read. */
  readonly stamps: Stamps;
}

/** What is known of a folder in the folder for runs. */
type Entry =
  | { readonly kind: 'read'; readonly known: Known }
  /** A whole run that could not be read when it was last looked at: perhaps a person's editor was writing just then. */
  | { readonly kind: 'doubtful'; readonly known: Known }
  /** There is no config.json, first seen so at a time: it is being made, or removed. Then it may have been read before. */
  | { readonly kind: 'unfinished'; readonly since: number; readonly known: Known | undefined };

/** What an update must look at: `folder` for which runs there are, and the files of some runs. */
type Suspects = 'everything' | { folder: boolean; readonly runs: Set<string> };

/**
 * The runs of one folder, kept up to date. The folder need not exist, and may be removed and made again. Nothing that
 * happens to the files throws out of it: a run that cannot be read is a broken one, and where the folder itself cannot
 * be read, `problem` says why and the runs stay as they were last seen.
 *
 * Costs little: the system tells of new runs and of what active runs write; a slow poll finds what it does not tell.
 */
export class RunsWatcher {
  /** Resolves when the folder has been read once. Never rejects. */
  readonly ready: Promise<void>;
  private readonly runsFolder: string;
  private readonly clock: Clock;
  private readonly machine: Machine;
  private readonly watches: RunWatches;
  private readonly listeners = new Listeners<RunsChange>();
  private readonly entries = new Map<string, Entry>();
  private sorted: readonly ListedRun[] = [];
  private trouble: string | undefined;
  /** Of the next update. */
  private suspects: Suspects = 'everything';
  private timer: { dispose(): void } | undefined;
  private soonTimer: { dispose(): void } | undefined;
  private lastUpdate = -Infinity;
  private lastPoll: number;
  private pollNumber = 0;
  private turn: Promise<void> = Promise.resolve();
  private isDisposed = false;

  constructor(runsFolder: string, options: RunsWatcherOptions = {}) {
    this.runsFolder = resolve(runsFolder);
    this.clock = options.clock ?? systemClock;
    this.machine = options.machine ?? thisMachine;
    this.watches = new RunWatches(this.runsFolder, options.watchFolder ?? watchFolder, {
      lookAtFolder: () => this.lookSoon(),
      lookAtRun: (id) => this.lookSoon(id),
    });
    this.lastPoll = this.clock.now();
    this.ready = this.update();
  }

  /** Newest first. The same list until something changes, and of a run the same object until that run changes. */
  get runs(): readonly ListedRun[] {
    return this.sorted;
  }

  /** Why the folder for runs cannot be read; undefined when all is well, and where there is no such folder. */
  get problem(): string | undefined {
    return this.trouble;
  }

  /** Tells of every change from now on, a few times a second at most. */
  onChange(listener: (change: RunsChange) => void): { dispose(): void } {
    return this.listeners.add(listener);
  }

  /** Looks at every run now, and resolves when `runs` is as the disk is. Never rejects. */
  refresh(): Promise<void> {
    this.suspects = 'everything';
    return this.update();
  }

  /** Resolves when everything that it has begun to look at is read. Never rejects. */
  settled(): Promise<void> {
    return this.turn;
  }

  dispose(): void {
    this.isDisposed = true;
    this.listeners.clear();
    this.timer?.dispose();
    this.soonTimer?.dispose();
    this.watches.dispose();
  }

  /** One update after another; the next tick is after the last: a slow disk is not asked again before it has answered. */
  private update(): Promise<void> {
    this.timer?.dispose();
    const turn = this.turn.then(async () => {
      this.lastUpdate = this.clock.now();
      try {
        if (!this.isDisposed) await this.look();
      } catch (error) {
        this.trouble = messageOf(error);
      }
      if (turn === this.turn) this.scheduleTick();
    });
    this.turn = turn;
    return turn;
  }

  private async look(): Promise<void> {
    const { suspects } = this;
    this.suspects = { folder: false, runs: new Set() };
    const runs = suspects === 'everything' ? new Set(this.entries.keys()) : suspects.runs;
    const before = this.trouble;
    const change = { appeared: [] as string[], changed: [] as string[], vanished: [] as string[] };
    if (suspects === 'everything' || suspects.folder) await this.lookAtFolder(runs, change.vanished);
    await concurrently(runs, readsAtOnce, async (id) => {
      if (this.isDisposed) return;
      const wasThere = this.entries.get(id)?.known !== undefined;
      if (await this.lookAtRun(id)) (wasThere ? change.changed : change.appeared).push(join(this.runsFolder, id));
    });
    if (this.isDisposed) return;
    this.watches.watchOnly(this.written());
    const all = Object.values(change).flat();
    if (all.length > 0) this.sorted = mergeRuns([[...this.entries.values()].flatMap(({ known }) => known?.run ?? [])]);
    if (all.length > 0 || before !== this.trouble) this.listeners.tell(change);
  }

  /** Finds new folders, and drops those that are gone. */
  private async lookAtFolder(runs: Set<string>, vanished: string[]): Promise<void> {
    await this.watches.renewFolder();
    let ids: Set<string>;
    try {
      ids = new Set(await runIds(this.runsFolder));
      this.trouble = undefined;
    } catch (error) {
      this.trouble = messageOf(error);
      return;
    }
    for (const id of ids) if (this.entries.get(id)?.known === undefined) runs.add(id);
    for (const [id, { known }] of this.entries) {
      if (ids.has(id)) continue;
      this.entries.delete(id);
      runs.delete(id);
      if (known !== undefined) vanished.push(join(this.runsFolder, id));
    }
  }

  /** Reads a run where it has changed; whether it is now another than it was. */
  private async lookAtRun(id: string): Promise<boolean> {
    const folder = join(this.runsFolder, id);
    const entry = this.entries.get(id);
    const known = entry?.known;
    // First the stamps: what is written between them and the reading is read again, rather than missed.
    const stamps = await stampsOf(folder);
    if (stamps.config === undefined && (await this.isUnfinished(id, entry))) return false;
    const isSameConfig = known !== undefined && known.stamps.config === stamps.config;
    const old = known?.run;
    if (isSameConfig && old?.kind === 'run' && known.stamps.status === stamps.status) {
      if (this.stateOf(old) === old.state) {
        this.entries.set(id, { kind: 'read', known });
        return false;
      }
    }
    const config = isSameConfig && old?.kind === 'run' ? old.config : undefined;
    const now = (): number => this.clock.now();
    const run = await readRun(id, folder, { config, createdAt: old?.createdAt, machine: this.machine, now });
    const wasSeenSo = entry?.kind === 'doubtful' || (entry?.kind === 'unfinished' && stamps.config === undefined);
    if (run.kind === 'broken' && known?.run.kind === 'run' && !wasSeenSo) {
      this.entries.set(id, { kind: 'doubtful', known });
      this.lookSoon(id);
      return false;
    }
    this.entries.set(id, { kind: 'read', known: { run, stamps } });
    return !(run.kind === 'broken' && old?.kind === 'broken' && run.problem === old.problem);
  }

  private stateOf({ status }: Extract<ListedRun, { kind: 'run' }>): string {
    return effectiveState(status, this.clock.now(), this.machine);
  }

  /** Whether a folder without a config.json is still being made, is being removed, or is gone by now. */
  private async isUnfinished(id: string, entry: Entry | undefined): Promise<boolean> {
    const stats = await stat(join(this.runsFolder, id)).catch((error: unknown) =>
      errorCode(error) === 'ENOENT' ? 'gone' : undefined,
    );
    if (stats === 'gone') {
      this.lookSoon();
      return true;
    }
    const now = this.clock.now();
    const since = entry?.kind === 'unfinished' ? entry.since : now;
    // By both clocks: that of a file server may be wrong.
    const changed = stats?.mtimeMs ?? -Infinity;
    if (Math.abs(now - changed) >= unfinishedMilliseconds || now - since >= unfinishedMilliseconds) return false;
    this.entries.set(id, { kind: 'unfinished', since, known: entry?.known });
    return true;
  }

  /** The runs that something is written to. */
  private written(): Set<string> {
    return new Set([...this.entries].flatMap(([id, entry]) => (isUnderWay(entry) ? [id] : [])));
  }

  /** Has the next update look at a run; without one, at which runs there are. */
  private suspect(run?: string): void {
    if (this.suspects === 'everything') return;
    if (run === undefined) this.suspects.folder = true;
    else this.suspects.runs.add(run);
  }

  /** Does so a moment from now: more is likely to come. */
  private lookSoon(run?: string): void {
    if (this.isDisposed) return;
    this.suspect(run);
    const delay = Math.max(afterEvent, this.lastUpdate + betweenUpdates - this.clock.now());
    this.soonTimer ??= this.clock.after(delay, () => {
      this.soonTimer = undefined;
      void this.update();
    });
  }

  private scheduleTick(): void {
    if (this.isDisposed) return;
    const entries = [...this.entries];
    const isBlind = entries.some(([id, { known }]) => isHeld(known?.run) && !this.watches.has(id));
    const isBusy = entries.some(([, entry]) => isUnderWay(entry)) || !this.watches.hasFolder;
    this.timer?.dispose();
    const untilPoll = this.lastPoll + pollMilliseconds - this.clock.now();
    const wait = isBlind ? blindMilliseconds : isBusy ? livenessMilliseconds : pollMilliseconds;
    this.timer = this.clock.after(Math.max(0, Math.min(wait, untilPoll)), () => this.tick());
  }

  private tick(): void {
    for (const [id, { kind, known }] of this.entries) {
      const run = known?.run;
      const mayHaveChanged = isHeld(run) && (!this.watches.has(id) || this.stateOf(run) !== run.state);
      if (kind === 'unfinished' || mayHaveChanged) this.suspect(id);
    }
    if (!this.watches.hasFolder) this.suspect();
    if (this.clock.now() - this.lastPoll >= pollMilliseconds) this.poll();
    const { suspects } = this;
    if (suspects === 'everything' || suspects.folder || suspects.runs.size > 0) void this.update();
    else this.scheduleTick();
  }

  private poll(): void {
    this.lastPoll = this.clock.now();
    this.suspect();
    this.pollNumber++;
    let near = 0;
    for (const [index, run] of this.sorted.entries()) {
      const isNear = isHeld(run) || (mayChange(run) && ++near <= maxNear);
      if (isNear || (index + this.pollNumber) % pollsToSeeAll === 0) this.suspect(run.id);
    }
  }
}

/** A process holds it, and writes to it. */
function isHeld(run: ListedRun | undefined): run is Extract<ListedRun, { kind: 'run' }> {
  return run?.kind === 'run' && isActive(run.state);
}

/** Something is written to it. */
function isUnderWay(entry: Entry): boolean {
  return entry.kind === 'unfinished' || isHeld(entry.known.run);
}

/** Another window, or a terminal, may have it go on at any time; and what is broken may be mended. */
function mayChange(run: ListedRun): boolean {
  return run.kind === 'broken' || run.state === 'interrupted' || run.state === 'failed';
}
