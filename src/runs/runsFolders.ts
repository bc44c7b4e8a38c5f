import { realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

import { isFolder } from '../util/folders.ts';
import { Listeners } from '../util/listeners.ts';
import { defaultRunsFolder, labFolder } from './layout.ts';

/** Folders in which no runs are looked for: installed packages and the files of version control are many, and no runs. */
export const notSearched: readonly string[] = ['node_modules', '.git', '.hg', '.svn'];

/**
 * The runs folder of the default name that something in a workspace belongs to: `sub/.sequence-lab/runs` for all that is in
 * it, for itself and for `sub/.sequence-lab`. Undefined for everything else, and for what is in a folder that is not searched.
 */
export function runsFolderAbove(path: string, workspaceFolder: string): string | undefined {
  const parts = relative(workspaceFolder, path).split(sep);
  const at = parts.indexOf(labFolder);
  const before = parts.slice(0, at);
  if (at < 0 || before.some((part) => notSearched.includes(part) || part === '..')) return undefined;
  const folder = [...before, ...defaultRunsFolder.split('/')];
  const isOther = folder.some((part, index) => index < parts.length && parts[index] !== part);
  return isOther ? undefined : join(workspaceFolder, ...folder);
}

/**
 * The folders that hold the runs of a window: those that its settings name, and those that are found in its workspace, by a
 * search or because they have just appeared. A folder that is reached by two paths is there once. The folders need not exist.
 */
export class RunsFolders {
  private readonly listeners = new Listeners<void>();
  private named: readonly string[] = [];
  private found: readonly string[] = [];
  private known: readonly string[] = [];
  /** Changes when the workspace does: what is still being looked for in another one is dropped. */
  private workspace = 0;
  private turn: Promise<void> = Promise.resolve();

  /** @param search the runs folders in the workspace, anywhere; may reject */
  constructor(private readonly search: () => Promise<readonly string[]>) {}

  /** Those that the settings name come first. */
  get list(): readonly string[] {
    return this.known;
  }

  /** Tells that the list is another. */
  onChange(listener: () => void): { dispose(): void } {
    return this.listeners.add(listener);
  }

  /**
   * Takes what the settings name for a workspace that may be another one now. The caller has it searched again.
   *
   * @param isInside whether a folder that was found before lies in that workspace: others are forgotten
   */
  reset(named: readonly string[], isInside: (folder: string) => boolean): void {
    this.workspace++;
    this.named = named;
    this.found = this.found.filter((folder) => isInside(folder) && !named.includes(folder));
    this.tell([...new Set([...named, ...this.found])]);
  }

  /**
   * Searches the workspace. What was found before stays as long as it exists: it may have appeared behind the search's back.
   *
   * @throws what the search throws; the list then stays as it is
   */
  async refresh(): Promise<void> {
    const { workspace } = this;
    const found = await this.search();
    await this.change(workspace, async () => {
      const before = await Promise.all(this.found.map(async (folder) => ((await isFolder(folder)) ? [folder] : [])));
      return [...found, ...before.flat()];
    });
  }

  /** Takes in a folder that has appeared in the workspace. */
  add(folder: string): Promise<void> {
    return this.change(this.workspace, () => Promise.resolve([...this.found, folder]));
  }

  dispose(): void {
    this.workspace++;
    this.listeners.clear();
  }

  /** One change after another, each unless the workspace is another one by then. */
  private change(workspace: number, find: () => Promise<readonly string[]>): Promise<void> {
    this.turn = this.turn.then(async () => {
      if (workspace !== this.workspace) return;
      const found = await find();
      const all = await withoutDoubles([...this.named, ...found]);
      if (workspace !== this.workspace) return;
      this.found = all.filter((folder) => !this.named.includes(folder));
      this.tell(all);
    });
    return this.turn;
  }

  private tell(all: readonly string[]): void {
    if (all.join('\n') === this.known.join('\n')) return;
    this.known = all;
    this.listeners.tell();
  }
}

/** Each folder once, by the first of its paths: a link leads to a folder that has another path already. */
async function withoutDoubles(folders: readonly string[]): Promise<string[]> {
  const byPlace = new Map<string, string>();
  const places = await Promise.all(folders.map((folder) => realpath(folder).catch(() => folder)));
  for (const [index, place] of places.entries()) {
    const folder = folders[index];
    if (folder !== undefined && !byPlace.has(place)) byPlace.set(place, folder);
  }
  return [...byPlace.values()];
}
