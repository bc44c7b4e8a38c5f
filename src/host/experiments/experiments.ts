import { EventEmitter, workspace } from 'vscode';
import type { Disposable, Event, ExtensionContext } from 'vscode';

import { mergeRuns } from '../../runs/list.ts';
import type { ListedRun } from '../../runs/list.ts';
import { findTrainerProcess } from '../../runs/lock.ts';
import { RunsWatcher } from '../../runs/watcher.ts';
import { messageOf } from '../../util/errors.ts';
import type { Log } from '../log.ts';
import { logError } from '../log.ts';
import { runsFolders } from './runsFolders.ts';
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
  private watchers: { watcher: RunsWatcher; subscription: { dispose(): void } }[] = [];
  private listed:
    { readonly runs: readonly ListedRun[]; readonly byFolder: ReadonlyMap<string, ListedRun> } | undefined;
  /** What is wrong with the setting for the runs folder. */
  private trouble: string | undefined;
  private readonly subscriptions: Disposable[];

  constructor(
    private readonly context: ExtensionContext,
    private readonly log: Log,
  ) {
    this.subscriptions = [
      onSettingChange(['runsFolder'], () => this.watch()),
      workspace.onDidChangeWorkspaceFolders(() => this.watch()),
    ];
    this.watch();
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
    const problems = [this.trouble, ...this.watchers.map(({ watcher }) => watcher.problem)];
    return problems.filter((problem) => problem !== undefined).join('; ') || undefined;
  }

  /** Made anew when something has changed: a tree of 500 runs asks 500 times. */
  private list() {
    if (this.listed === undefined) {
      const runs = mergeRuns(this.watchers.map(({ watcher }) => watcher.runs));
      this.listed = { runs, byFolder: new Map(runs.map((run) => [run.folder, run])) };
    }
    return this.listed;
  }

  /** Resolves when all folders have been read once. */
  async ready(): Promise<void> {
    await Promise.all(this.watchers.map(({ watcher }) => watcher.ready));
  }

  /** Reads the folders again. */
  async refresh(): Promise<void> {
    await Promise.all(this.watchers.map(({ watcher }) => watcher.refresh()));
  }

  private watch(): void {
    this.stop();
    let folders: string[] = [];
    this.trouble = undefined;
    try {
      folders = runsFolders(this.context);
    } catch (error) {
      this.trouble = messageOf(error);
      logError(this.log, 'The runs cannot be shown', error);
    }
    this.watchers = folders.map((folder) => {
      const watcher = new RunsWatcher(folder);
      return { watcher, subscription: watcher.onChange(() => this.tell()) };
    });
    this.tell();
  }

  private tell(): void {
    this.listed = undefined;
    this.changed.fire();
  }

  private stop(): void {
    for (const { watcher, subscription } of this.watchers) {
      subscription.dispose();
      watcher.dispose();
    }
    this.watchers = [];
  }

  dispose(): void {
    this.stop();
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }
}
