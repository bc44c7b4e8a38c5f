import { EventEmitter, workspace } from 'vscode';
import type { Disposable, Event, ExtensionContext } from 'vscode';

import type { ListedRun } from '../runs/list.ts';
import { RunsWatcher } from '../runs/watcher.ts';
import type { Log } from './log.ts';
import { logError } from './log.ts';
import { runsFolders } from './runsFolders.ts';
import { onSettingChange } from './settings.ts';

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
  get runs(): ListedRun[] {
    const runs = this.watchers.flatMap(({ watcher }) => watcher.runs);
    return this.watchers.length < 2 ? runs : runs.sort((a, b) => createdAt(b) - createdAt(a));
  }

  /** The run whose folder this is. */
  find(folder: string): ListedRun | undefined {
    return this.runs.find((run) => run.folder === folder);
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
    try {
      folders = runsFolders(this.context);
    } catch (error) {
      logError(this.log, 'The runs cannot be shown', error);
    }
    this.watchers = folders.map((folder) => {
      const watcher = new RunsWatcher(folder);
      return { watcher, subscription: watcher.onChange(() => this.changed.fire()) };
    });
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

/** Milliseconds since 1970; broken runs, whose file does not tell, by their id. */
function createdAt(run: ListedRun): number {
  if (run.kind === 'run') return Date.parse(run.config.createdAt);
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)/.exec(run.id)?.map(Number) ?? [];
  return new Date(year ?? 0, (month ?? 1) - 1, day, hour, minute, second).getTime();
}
