import { join, resolve } from 'node:path';

import { systemClock, type Clock } from '../util/clock.ts';
import { concurrently } from '../util/concurrently.ts';
import { messageOf } from '../util/errors.ts';
import { Listeners } from '../util/listeners.ts';
import { effectiveState, isActive, thisMachine, type Machine } from './files.ts';
import { watchFolder, type WatchFolder } from './folderWatch.ts';
import { mergeRuns, readRun, readsAtOnce, runIds, type ListedRun } from './list.ts';
import { RunWatches } from './runWatches.ts';
import { stampsOf, statOf, type Stamps } from './stamps.ts';

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

interface Entry {
  readonly run: ListedRun;
  /** What its files looked like before they were read. */
  readonly stamps: Stamps;
}

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
  /** Folders without a config.json, and when they were first seen so: of runs that are being made, or removed. */
  private readonly unfinished = new Map<string, number>();
  /** Whole runs that could not be read once: perhaps a person's editor was writing just then. */
  private readonly doubtful = new Set<string>();
  private sorted: readonly ListedRun[] = [];
  private trouble: string | undefined;
  /** What the next update must look at. */
  private readonly suspects = new Set<string>();
  private suspectAll = false;
  private suspectFolder = true;
  private timer: { dispose(): void } | undefined;
  private soonTimer: { dispose(): void } | undefined;
  private lastUpdate = -Infinity;
  private lastPoll: number;
  private pollNumber = 0;
  private waiting = 0;
  private turn: Promise<void> = Promise.resolve();
  private isDisposed = false;

  constructor(runsFolder: string, options: RunsWatcherOptions = {}) {
    this.runsFolder = resolve(runsFolder);
    this.clock = options.clock ?? systemClock;
    this.machine = options.machine ?? thisMachine;
    this.watches = new RunWatches(this.runsFolder, options.watchFolder ?? watchFolder, {
      lookAtFolder: () => this.lookSoon('folder'),
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
    this.suspectFolder = true;
    this.suspectAll = true;
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

  /** One update after another. */
  private update(): Promise<void> {
    this.waiting++;
    this.turn = this.turn.then(async () => {
      this.lastUpdate = this.clock.now();
      try {
        if (!this.isDisposed) await this.look();
      } catch (error) {
        this.trouble = messageOf(error);
      }
      this.waiting--;
      if (this.waiting === 0) this.scheduleTick();
    });
    return this.turn;
  }

  private async look(): Promise<void> {
    const suspects = new Set(this.suspects);
    this.suspects.clear();
    if (this.suspectAll) for (const id of this.entries.keys()) suspects.add(id);
    this.suspectAll = false;
    const before = this.trouble;
    const change = { appeared: [] as string[], changed: [] as string[], vanished: [] as string[] };
    if (this.suspectFolder) {
      this.suspectFolder = false;
      await this.lookAtFolder(suspects, change.vanished);
    }
    await concurrently(suspects, readsAtOnce, async (id) => {
      if (this.isDisposed) return;
      const wasThere = this.entries.has(id);
      if (await this.lookAtRun(id)) (wasThere ? change.changed : change.appeared).push(join(this.runsFolder, id));
    });
    if (this.isDisposed) return;
    this.watches.watchOnly(this.written());
    const all = Object.values(change).flat();
    if (all.length > 0) this.sorted = mergeRuns([[...this.entries.values()].map(({ run }) => run)]);
    if (all.length > 0 || before !== this.trouble) this.listeners.tell(change);
  }

  /** Finds new folders, and drops those that are gone. */
  private async lookAtFolder(suspects: Set<string>, vanished: string[]): Promise<void> {
    await this.watches.renewFolder();
    let ids: Set<string>;
    try {
      ids = new Set(await runIds(this.runsFolder));
      this.trouble = undefined;
    } catch (error) {
      this.trouble = messageOf(error);
      return;
    }
    for (const id of ids) if (!this.entries.has(id)) suspects.add(id);
    for (const id of [...this.entries.keys(), ...this.unfinished.keys()]) {
      if (ids.has(id)) continue;
      if (this.entries.delete(id)) vanished.push(join(this.runsFolder, id));
      this.unfinished.delete(id);
      suspects.delete(id);
    }
  }

  /** Reads a run where it has changed; whether it is now another than it was. */
  private async lookAtRun(id: string): Promise<boolean> {
    const folder = join(this.runsFolder, id);
    const known = this.entries.get(id);
    // First the stamps: what is written between them and the reading is read again, rather than missed.
    const stamps = await stampsOf(folder);
    if (stamps.config === undefined && (await this.isUnfinished(id))) return false;
    this.unfinished.delete(id);
    const isSameConfig = known !== undefined && known.stamps.config === stamps.config;
    const old = known?.run;
    if (isSameConfig && old?.kind === 'run' && known?.stamps.status === stamps.status) {
      if (this.stateOf(old) === old.state) return false;
    }
    const config = isSameConfig && old?.kind === 'run' ? old.config : undefined;
    const now = (): number => this.clock.now();
    const run = await readRun(id, folder, { config, createdAt: old?.createdAt, machine: this.machine, now });
    if (run.kind === 'broken' && old?.kind === 'run' && !this.doubtful.has(id)) {
      this.doubtful.add(id);
      this.lookSoon(id);
      return false;
    }
    this.doubtful.delete(id);
    this.entries.set(id, { run, stamps });
    return !(run.kind === 'broken' && old?.kind === 'broken' && run.problem === old.problem);
  }

  private stateOf({ status }: Extract<ListedRun, { kind: 'run' }>): string {
    return effectiveState(status, this.clock.now(), this.machine);
  }

  private async isUnfinished(id: string): Promise<boolean> {
    const now = this.clock.now();
    const since = this.unfinished.get(id) ?? now;
    // By both clocks: that of a file server may be wrong.
    const changed = (await statOf(join(this.runsFolder, id)))?.mtimeMs ?? -Infinity;
    if (Math.abs(now - changed) >= unfinishedMilliseconds || now - since >= unfinishedMilliseconds) return false;
    this.unfinished.set(id, since);
    return true;
  }

  /** The runs that something is written to. */
  private written(): Set<string> {
    const active = [...this.entries].flatMap(([id, { run }]) => (isHeld(run) ? [id] : []));
    return new Set([...this.unfinished.keys(), ...active]);
  }

  /** Looks at a run, or at which runs there are, a moment from now: more is likely to come. */
  private lookSoon(what: 'folder' | (string & {})): void {
    if (this.isDisposed) return;
    if (what === 'folder') this.suspectFolder = true;
    else this.suspects.add(what);
    const delay = Math.max(afterEvent, this.lastUpdate + betweenUpdates - this.clock.now());
    this.soonTimer ??= this.clock.after(delay, () => {
      this.soonTimer = undefined;
      void this.update();
    });
  }

  private scheduleTick(): void {
    if (this.isDisposed) return;
    const active = [...this.entries.values()].filter(({ run }) => isHeld(run));
    const isBlind = active.some(({ run }) => !this.watches.has(run.id));
    const isBusy = active.length > 0 || this.unfinished.size > 0 || !this.watches.hasFolder;
    this.timer?.dispose();
    const untilPoll = this.lastPoll + pollMilliseconds - this.clock.now();
    const wait = isBlind ? blindMilliseconds : isBusy ? livenessMilliseconds : pollMilliseconds;
    this.timer = this.clock.after(Math.max(0, Math.min(wait, untilPoll)), () => this.tick());
  }

  private tick(): void {
    this.timer = undefined;
    // A slow disk is not asked again before it has answered.
    if (this.waiting > 0) return;
    for (const { run } of this.entries.values()) {
      if (isHeld(run) && (!this.watches.has(run.id) || this.stateOf(run) !== run.state)) this.suspects.add(run.id);
    }
    for (const id of this.unfinished.keys()) this.suspects.add(id);
    if (!this.watches.hasFolder) this.suspectFolder = true;
    if (this.clock.now() - this.lastPoll >= pollMilliseconds) this.poll();
    if (this.suspects.size > 0 || this.suspectFolder) void this.update();
    else this.scheduleTick();
  }

  private poll(): void {
    this.lastPoll = this.clock.now();
    this.suspectFolder = true;
    this.pollNumber++;
    let near = 0;
    for (const [index, run] of this.sorted.entries()) {
      const isNear = isHeld(run) || (mayChange(run) && ++near <= maxNear);
      if (isNear || (index + this.pollNumber) % pollsToSeeAll === 0) this.suspects.add(run.id);
    }
  }
}

/** A process holds it, and writes to it. */
function isHeld(run: ListedRun): run is Extract<ListedRun, { kind: 'run' }> {
  return run.kind === 'run' && isActive(run.state);
}

/** Another window, or a terminal, may have it go on at any time; and what is broken may be mended. */
function mayChange(run: ListedRun): boolean {
  return run.kind === 'broken' || run.state === 'interrupted' || run.state === 'failed';
}
