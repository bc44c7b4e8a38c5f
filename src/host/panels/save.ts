import { homedir } from 'node:os';
import { Uri, window, workspace } from 'vscode';

import { freeName, plainName } from './freeName.ts';

/** A file that a panel has made. */
export interface PanelFile {
  readonly suggestedName: string;
  readonly kind: 'png' | 'csv';
  readonly bytes: Uint8Array;
}

/** Asks the user where to, and saves there. @returns the path; null when the user does not want to */
export async function save({ suggestedName, kind, bytes }: PanelFile): Promise<{ path: string | null }> {
  const folder = workspace.workspaceFolders?.[0]?.uri;
  const name = plainName(suggestedName);
  const target = await window.showSaveDialog({
    filters: { [kind.toUpperCase()]: [kind] },
    defaultUri: Uri.joinPath(folder ?? Uri.file(homedir()), name),
  });
  if (target === undefined) return { path: null };
  await workspace.fs.writeFile(target, bytes);
  return { path: target.fsPath };
}

/**
 * Asks the user for a folder, and saves files in a new one of it: nothing that is there is overwritten.
 *
 * @param name of the new folder; it is numbered where there is one of that name
 * @param make computes the files once there is a folder
 * @returns the new folder's path; null when the user does not want to
 */
export async function saveFolder(
  title: string,
  name: string,
  make: () => Promise<readonly { readonly name: string; readonly content: Uint8Array | string }[]>,
): Promise<{ path: string | null }> {
  const [chosen] =
    (await window.showOpenDialog({
      title,
      openLabel: 'Save Here',
      canSelectFolders: true,
      canSelectFiles: false,
    })) ?? [];
  if (chosen === undefined) return { path: null };
  const files = await make();
  const taken = (await workspace.fs.readDirectory(chosen)).map(([entry]) => entry);
  const folder = Uri.joinPath(chosen, freeName(plainName(name), taken));
  await workspace.fs.createDirectory(folder);
  for (const file of files) {
    const { content } = file;
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    await workspace.fs.writeFile(Uri.joinPath(folder, file.name), bytes);
  }
  return { path: folder.fsPath };
}
