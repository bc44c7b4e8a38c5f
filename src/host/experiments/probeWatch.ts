import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { watchFolder, type WatchFolder } from '../../runs/folderWatch.ts';
import { runPaths } from '../../runs/layout.ts';
import { isProbeFile } from '../../runs/probes.ts';
import { statOf } from '../../runs/stamps.ts';
import { systemClock, type Clock } from '../../util/clock.ts';
import { Listeners } from '../../util/listeners.ts';

/** How long it waits after the system's word: files come in pairs, and under a temporary name first. */
const settleMilliseconds = 100;
/** The system's word may not come (network disks): it looks by itself, at a folder's names alone. */
const pollMilliseconds = 2000;

/**
 * Tells when a run has recorded something new of its probe, or lost something. Looks only while somebody listens, and
 * nothing that happens to the folder throws out of it: one that is gone has no records.
 */
export class ProbeWatch {
  private readonly probes: string;
  private readonly listeners = new Listeners<void>();
  /** What was there at the last look; undefined before the first. */
  private seen: string | undefined;
  private watch: { dispose(): void } | undefined;
  private timer: { readonly due: number; dispose(): void } | undefined;
  private looking: Promise<void> = Promise.resolve();
  private isDisposed = false;

  private constructor(
    folder: string,
    private readonly clock: Clock,
    private readonly watchFolder: WatchFolder,
  ) {
    this.probes = runPaths(folder).probes;
  }

  /** @param folder the run's. The caller disposes of the watch. */
  static open(folder: string, options: { clock?: Clock; watchFolder?: WatchFolder } = {}): ProbeWatch {
    return new ProbeWatch(folder, options.clock ?? systemClock, options.watchFolder ?? watchFolder);
  }

  /** Something has changed since the first listener came, or since the last word: records and samples are to be read again. */
  readonly onDidChange = (listener: () => void): { dispose(): void } => {
    if (this.isDisposed) return { dispose: () => undefined };
    const subscription = this.listeners.add(listener);
    if (this.listeners.size === 1) this.lookSoon(0);
    return {
      dispose: () => {
        subscription.dispose();
        if (this.listeners.size === 0) this.rest();
      },
    };
  };

  /** Resolves when what it has begun to look at is seen. Never rejects. */
  settled(): Promise<void> {
    return this.looking;
  }

  dispose(): void {
    this.isDisposed = true;
    this.listeners.clear();
    this.rest();
  }

  private lookSoon(delay: number): void {
    if (this.isDisposed || this.listeners.size === 0) return;
    const due = this.clock.now() + delay;
    // One that comes sooner stays: words that come without end must not put it off without end.
    if (this.timer !== undefined && this.timer.due <= due) return;
    this.timer?.dispose();
    const waiting = this.clock.after(delay, () => {
      this.timer = undefined;
      this.looking = this.looking.then(() => this.look());
    });
    this.timer = { due, dispose: () => waiting.dispose() };
  }

  private async look(): Promise<void> {
    // Before it is read, so that nothing falls between.
    this.watch ??= this.watchFolder(this.probes, {
      onEvent: (name) => {
        if (name === undefined || isProbeFile(name)) this.lookSoon(settleMilliseconds);
      },
      onLost: () => (this.watch = undefined),
    });
    const before = this.seen;
    const found = await this.stamp();
    if (this.isDisposed || this.listeners.size === 0) return this.rest();
    this.seen = found;
    if (before !== undefined && before !== found) this.listeners.tell();
    this.lookSoon(pollMilliseconds);
  }

  private async stamp(): Promise<string> {
    const names = await readdir(this.probes).catch(() => []);
    const samples = await statOf(join(this.probes, 'samples.jsonl'));
    const files = names.filter(isProbeFile).sort();
    return `${files.join()} ${samples?.size} ${samples?.mtimeMs}`;
  }

  /** Nobody listens: waits for nothing, and begins anew with the next listener. */
  private rest(): void {
    this.timer?.dispose();
    this.watch?.dispose();
    this.timer = this.watch = this.seen = undefined;
  }
}
