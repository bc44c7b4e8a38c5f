import type { Disposable, ExtensionContext } from 'vscode';

import type { Experiments } from './experiments.ts';
import { isActive } from './experiments.ts';
import type { Log } from './log.ts';
import { logError } from './log.ts';
import { onSettingChange, setting } from './settings.ts';
import { attachTo } from './steering.ts';

type Tie = NonNullable<Awaited<ReturnType<typeof attachTo>>>;

/** Folders of the runs that were started here: a window that was reloaded ties them again. */
const startedKey = 'startedRuns';

/**
 * The setting that stops runs when their window closes. A window holds a connection to each of the runs that were started
 * in it; the trainer stops by itself when that has been gone for longer than a reload takes.
 */
export class WindowTies implements Disposable {
  private readonly ties = new Map<string, Tie | 'connecting'>();
  private readonly subscriptions: Disposable[];

  constructor(
    private readonly context: ExtensionContext,
    private readonly experiments: Experiments,
    private readonly log: Log,
  ) {
    this.subscriptions = [
      experiments.onDidChange(() => this.update()),
      onSettingChange(['training.stopWhenWindowCloses'], () => this.update()),
    ];
    this.update();
  }

  /** Whether runs end with their window, as the user set it. */
  get isWanted(): boolean {
    try {
      return setting('training.stopWhenWindowCloses');
    } catch (error) {
      logError(this.log, 'Runs are not tied to this window', error);
      return false;
    }
  }

  /** A run was started or resumed in this window. */
  async add(folder: string): Promise<void> {
    await this.context.workspaceState.update(startedKey, [...new Set([...this.started, folder])]);
    this.update();
  }

  private get started(): string[] {
    return this.context.workspaceState.get<string[]>(startedKey, []);
  }

  private update(): void {
    const { started, isWanted } = this;
    if (started.length === 0) return;
    for (const folder of started) {
      const run = this.experiments.find(folder);
      const shouldTie = isWanted && run !== undefined && isActive(run);
      const tie = this.ties.get(folder);
      if (shouldTie && tie === undefined) void this.tie(folder);
      if (!shouldTie && tie !== undefined && tie !== 'connecting') {
        this.ties.delete(folder);
        void (isWanted ? tie.dispose() : tie.release());
      }
    }
    const kept = started.filter((folder) => {
      const run = this.experiments.find(folder);
      return run === undefined || isActive(run);
    });
    if (kept.length !== started.length) void this.context.workspaceState.update(startedKey, kept);
  }

  private async tie(folder: string): Promise<void> {
    this.ties.set(folder, 'connecting');
    const tie = await attachTo(folder).catch(() => undefined);
    if (tie === undefined) this.ties.delete(folder);
    else this.ties.set(folder, tie);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    for (const tie of this.ties.values()) if (tie !== 'connecting') tie.dispose();
    this.ties.clear();
  }
}
