import { homedir } from 'node:os';
import { Uri, window, workspace } from 'vscode';

/** A file that a panel has made. */
export interface PanelFile {
  readonly suggestedName: string;
  readonly kind: 'png' | 'csv';
  readonly bytes: Uint8Array;
}

/** Asks the user where to, and saves there. @returns the path; null when the user does not want to */
export async function save({ suggestedName, kind, bytes }: PanelFile): Promise<{ path: string | null }> {
  const folder = workspace.workspaceFolders?.[0]?.uri;
  const name = suggestedName.replace(/[^\w.-]+/g, '-');
  const target = await window.showSaveDialog({
    filters: { [kind.toUpperCase()]: [kind] },
    defaultUri: Uri.joinPath(folder ?? Uri.file(homedir()), name),
  });
  if (target === undefined) return { path: null };
  await workspace.fs.writeFile(target, bytes);
  return { path: target.fsPath };
}

/**
 * Asks the user for a folder, and saves files there.
 *
 * @param make computes them once there is a folder
 * @returns the folder's path; null when the user does not want to
 */
export async function saveFolder(
  title: string,
  make: () => Promise<readonly { readonly name: string; readonly content: Uint8Array | string }[]>,
): Promise<{ path: string | null }> {
  const [folder] =
    (await window.showOpenDialog({
      title,
      openLabel: 'Save Here',
      canSelectFolders: true,
      canSelectFiles: false,
    })) ?? [];
  if (folder === undefined) return { path: null };
  for (const { name, content } of await make()) {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    await workspace.fs.writeFile(Uri.joinPath(folder, name), bytes);
  }
  return { path: folder.fsPath };
}
