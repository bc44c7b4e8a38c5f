import { EventEmitter, workspace } from 'vscode';
import type { Disposable, Event, ExtensionContext } from 'vscode';

import { mergeRuns } from '../../runs/list.ts';
import type { ListedRun } from '../../runs/list.ts';
import { findTrainerProcess } from '../../runs/lock.ts';
import { RunsFolders } from '../../runs/runsFolders.ts';
import { RunsWatcher } from '../../runs/watcher.ts';
import { messageOf } from '../../util/errors.ts';
import type { Log } from '../log.ts';
import { logError } from '../log.ts';
import { isInWorkspace, namedRunsFolders, onRunsFolder, searchRunsFolders } from './runsFolders.ts';
import { onSettingChange } from '../settings.ts';

/** A run that trains or is paused: a process holds it. */
export function isActive(run: ListedRun): boolean {
  return run.kind === 'run' && (run.state === 'running' || run.state === 'paused');
}

/** A run that can go on from its newest checkpoint. A diverged one cannot: it would diverge again, number for number. */
export function isResumable(run: ListedRun): boolean {
  return run.kind === 'run' && (run.state === 'interrupted' || run.state === 'failed');
}

export type WholeRun = Extract<ListedRun, { kind: 'run' }>;

/** Whether a run's files can be read. */
export function isWhole(run: ListedRun): run is WholeRun {
  return run.kind === 'run';
}

/**
 * Whether a run that does not look active has ended for good. One that is only silent (the machine slept, its disk does
 * not answer) still has a process that holds it.
 */
export async function hasEnded({ status, folder }: WholeRun): Promise<boolean> {
  if (status.state !== 'running' && status.state !== 'paused') return true;
  return (await findTrainerProcess(folder).catch(() => undefined)) === undefined;
}

/** What a run is called by the user; a broken one has its id alone. */
export function nameOf(run: ListedRun): string {
  return run.kind === 'run' ? run.config.configuration.name : run.id;
}

/** The runs of this window's folders, as their files tell them: the one place that views and commands ask. */
export class Experiments implements Disposable {
  private readonly changed = new EventEmitter<void>();
  /** Some run has changed, appeared or gone. */
  readonly onDidChange: Event<void> = this.changed.event;
  private readonly folders = new RunsFolders(searchRunsFolders);
  /** By their folders. */
  private readonly watchers = new Map<string, { watcher: RunsWatcher; subscription: { dispose(): void } }>();
  private listed:
    { readonly runs: readonly ListedRun[]; readonly byFolder: ReadonlyMap<string, ListedRun> } | undefined;
  /** What is wrong with the setting for the runs folder. */
  private trouble: string | undefined;
  private readonly subscriptions: readonly { dispose(): void }[];

  constructor(
    private readonly context: ExtensionContext,
    private readonly log: Log,
  ) {
    this.subscriptions = [
      this.folders.onChange(() => this.watch()),
      onRunsFolder((folder) => void this.folders.add(folder)),
      onSettingChange(['runsFolder'], () => this.renew()),
      workspace.onDidChangeWorkspaceFolders(() => this.renew()),
    ];
    this.renew();
  }

  /** All runs, newest first. */
  get runs(): readonly ListedRun[] {
    return this.list().runs;
  }

  /** The run whose folder this is. */
  find(folder: string): ListedRun | undefined {
    return this.list().byFolder.get(folder);
  }

  /** Why runs may be missing from the list, in words; undefined when all is well. */
  get problem(): string | undefined {
    const problems = [this.trouble, ...this.openWatchers.map(({ problem }) => problem)];
    return problems.filter((problem) => problem !== undefined).join('; ') || undefined;
  }

  /** Made anew when something has changed: a tree of 500 runs asks 500 times. */
  private list() {
    if (this.listed === undefined) {
      const runs = mergeRuns(this.openWatchers.map((watcher) => watcher.runs));
      this.listed = { runs, byFolder: new Map(runs.map((run) => [run.folder, run])) };
    }
    return this.listed;
  }

  /** Resolves when all folders that are known by now have been read once: a search of the workspace may take longer. */
  async ready(): Promise<void> {
    await Promise.all(this.openWatchers.map((watcher) => watcher.ready));
  }

  /** Reads the folders again. */
  async refresh(): Promise<void> {
    await Promise.all(this.openWatchers.map((watcher) => watcher.refresh()));
  }

  /** Searches the workspace for folders with runs. Never rejects: what goes wrong is in the log. */
  async search(): Promise<void> {
    try {
      await this.folders.refresh();
    } catch (error) {
      logError(this.log, 'The workspace cannot be searched for runs', error);
    }
  }

  private get openWatchers(): RunsWatcher[] {
    return [...this.watchers.values()].map(({ watcher }) => watcher);
  }

  /** Begins with what the settings name, and searches the workspace. */
  private renew(): void {
    let named: string[] = [];
    this.trouble = undefined;
    try {
      named = namedRunsFolders(this.context);
    } catch (error) {
      this.trouble = messageOf(error);
      logError(this.log, 'The runs cannot be shown', error);
    }
    this.folders.reset(named, isInWorkspace);
    this.tell();
    void this.search();
  }

  /** Watches the folders that are known now, and no others. */
  private watch(): void {
    const wanted = new Set(this.folders.list);
    for (const folder of this.watchers.keys()) if (!wanted.has(folder)) this.stop(folder);
    for (const folder of wanted) {
      if (this.watchers.has(folder)) continue;
      const watcher = new RunsWatcher(folder);
      this.watchers.set(folder, { watcher, subscription: watcher.onChange(() => this.tell()) });
    }
    this.tell();
  }

  private tell(): void {
    this.listed = undefined;
    this.changed.fire();
  }

  private stop(folder: string): void {
    const open = this.watchers.get(folder);
    open?.subscription.dispose();
    open?.watcher.dispose();
    this.watchers.delete(folder);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.folders.dispose();
    for (const folder of this.watchers.keys()) this.stop(folder);
    this.changed.dispose();
  }
}
