import type { Disposable, ExtensionContext } from 'vscode';

import type { Experiments } from '../experiments/experiments.ts';
import { hasEnded, isActive } from '../experiments/experiments.ts';
import type { Log } from '../log.ts';
import { logError } from '../log.ts';
import { onSettingChange, setting } from '../settings.ts';
import { RunTies } from './runTies.ts';
import { attachTo } from './attach.ts';

/** Folders of the runs that were started here: a window that was reloaded ties them again. */
const startedKey = 'startedRuns';

/**
 * The setting that stops runs when their window closes. A window holds a connection to each of the runs that were started
 * in it; the trainer stops by itself when that has been gone for longer than a reload takes.
 */
export class WindowTies implements Disposable {
  private readonly ties = new RunTies(attachTo, () => this.update());
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
    for (const folder of started) {
      const run = this.experiments.find(folder);
      const isTied = this.ties.has(folder);
      if (isWanted && !isTied && run !== undefined && isActive(run)) void this.ties.tie(folder);
      if (!isWanted && isTied) void this.ties.release(folder);
    }
    void this.forget(started);
  }

  /** Runs that have ended for good are not tied any more. */
  private async forget(started: readonly string[]): Promise<void> {
    const ended = new Set<string>();
    for (const folder of started) {
      const run = this.experiments.find(folder);
      if (run?.kind === 'run' && !isActive(run) && (await hasEnded(run))) ended.add(folder);
    }
    if (ended.size === 0) return;
    for (const folder of ended) this.ties.drop(folder);
    const kept = this.started.filter((folder) => !ended.has(folder));
    await this.context.workspaceState.update(startedKey, kept);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.ties.dispose();
  }
}
