import { join } from 'node:path';

import type { WatchFolder } from './folderWatch.ts';
import { statOf } from './stamps.ts';

/** What the system tells of a folder for runs; `lookAt…` mean: soon. */
export interface RunWatchEvents {
  /** Runs may have come or gone. */
  readonly lookAtFolder: () => void;
  /** Something was written of a run, or it is watched no longer. */
  readonly lookAtRun: (id: string) => void;
}

/** Watches a folder for runs, and in it the folders of some runs. */
export class RunWatches {
  private readonly runs = new Map<string, { dispose(): void }>();
  private folder: { inode: number; watch: { dispose(): void } } | undefined;
  private isDisposed = false;

  constructor(
    private readonly runsFolder: string,
    private readonly watchFolder: WatchFolder,
    private readonly events: RunWatchEvents,
  ) {}

  /** Whether the system tells of runs that come and go. */
  get hasFolder(): boolean {
    return this.folder !== undefined;
  }

  /** Whether the system tells of what is written of a run. */
  has(id: string): boolean {
    return this.runs.has(id);
  }

  /** To be called before the folder is read, so that nothing falls between. A folder that was made anew needs another watch. */
  async renewFolder(): Promise<void> {
    const inode = (await statOf(this.runsFolder))?.ino;
    if (this.isDisposed || (this.folder !== undefined && this.folder.inode === inode)) return;
    this.folder?.watch.dispose();
    this.folder = undefined;
    if (inode === undefined) return;
    const watch = this.watchFolder(this.runsFolder, {
      onEvent: this.events.lookAtFolder,
      onLost: () => {
        this.folder = undefined;
        this.events.lookAtFolder();
      },
    });
    if (watch !== undefined) this.folder = { inode, watch };
  }

  /** Watches the folders of these runs, and of no others. */
  watchOnly(ids: ReadonlySet<string>): void {
    for (const [id, watch] of this.runs) {
      if (ids.has(id)) continue;
      watch.dispose();
      this.runs.delete(id);
    }
    for (const id of ids) if (!this.runs.has(id)) this.watchRun(id);
  }

  private watchRun(id: string): void {
    const watch = this.watchFolder(join(this.runsFolder, id), {
      onEvent: (name) => {
        if (name === undefined || name === 'status.json' || name === 'config.json') this.events.lookAtRun(id);
      },
      onLost: () => {
        this.runs.delete(id);
        this.events.lookAtRun(id);
        this.events.lookAtFolder();
      },
    });
    if (watch === undefined) return;
    this.runs.set(id, watch);
    // What was written between the reading and the watch.
    this.events.lookAtRun(id);
  }

  dispose(): void {
    this.isDisposed = true;
    this.folder?.watch.dispose();
    for (const watch of this.runs.values()) watch.dispose();
    this.runs.clear();
  }
}
