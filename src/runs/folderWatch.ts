import { watch, type FSWatcher } from 'node:fs';
import { basename } from 'node:path';

export interface FolderEvents {
  /** Something in the folder has changed: the name of what, where the system tells. */
  readonly onEvent: (name: string | undefined) => void;
  /** The folder is gone, or the system tells no more; nothing comes after this. */
  readonly onLost: () => void;
}

/** Watches the entries of a folder; undefined where the system cannot. */
export type WatchFolder = (folder: string, events: FolderEvents) => { dispose(): void } | undefined;

/**
 * Watches a folder without what is below it. That the system tells everything is not certain: network disks tell nothing
 * of other machines. Whoever needs to know polls too.
 */
export const watchFolder: WatchFolder = (folder, { onEvent, onLost }) => {
  let watcher: FSWatcher | undefined;
  const close = (): boolean => {
    const isOpen = watcher !== undefined;
    watcher?.close();
    watcher = undefined;
    return isOpen;
  };
  const lose = (): void => {
    if (close()) onLost();
  };
  try {
    watcher = watch(folder, { persistent: false }, (kind, name) => {
      if (watcher === undefined) return;
      // Linux tells so that the folder itself was removed or renamed, and is silent from then on.
      if (kind === 'rename' && name === basename(folder)) lose();
      else onEvent(name ?? undefined);
    });
    watcher.on('error', lose);
  } catch {
    // ENOSPC: no inotify watches are left. ENOENT: the folder is gone.
    return undefined;
  }
  return { dispose: () => void close() };
};
