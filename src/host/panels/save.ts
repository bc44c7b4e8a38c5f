import { homedir } from 'node:os';
import { Uri, window, workspace } from 'vscode';

import { exporters, exportName, saveTitle } from '../../config/exporters.ts';
import type { ExporterIdFor } from '../../config/exporters.ts';
import type { PageFile, Saved } from '../../protocol/saving.ts';
import { freeName, plainName } from './freeName.ts';

/** Asks the user where to, and saves there what a page has made. @returns the path; null when the user does not want to */
export function savePageFile({ format, suggestedName, bytes }: PageFile): Promise<Saved> {
  return saveFile(format, suggestedName, () => Promise.resolve(bytes));
}

/**
 * Asks the user where to, and saves a file there.
 *
 * @param make computes the file once there is a place for it
 * @returns the path; null when the user does not want to
 */
export async function saveFile(
  format: ExporterIdFor<'file'>,
  suggestedName: string,
  make: () => Promise<Uint8Array>,
): Promise<Saved> {
  const folder = workspace.workspaceFolders?.[0]?.uri;
  const { title, target } = exporters[format];
  const place = await window.showSaveDialog({
    title: saveTitle(format),
    filters: { [title]: [target.extension] },
    defaultUri: Uri.joinPath(folder ?? Uri.file(homedir()), plainName(suggestedName)),
  });
  if (place === undefined) return { path: null };
  await workspace.fs.writeFile(place, await make());
  return { path: place.fsPath };
}

/**
 * Asks the user for a folder, and saves files in a new one of it: nothing that is there is overwritten.
 *
 * @param stem what the new folder's name begins with; it is numbered where there is one of that name
 * @param make computes the files once there is a folder
 * @returns the new folder's path; null when the user does not want to
 */
export async function saveFolder(
  format: ExporterIdFor<'folder'>,
  stem: string,
  make: () => Promise<readonly { readonly name: string; readonly content: Uint8Array | string }[]>,
): Promise<Saved> {
  const [chosen] =
    (await window.showOpenDialog({
      title: saveTitle(format),
      openLabel: 'Save Here',
      canSelectFolders: true,
      canSelectFiles: false,
    })) ?? [];
  if (chosen === undefined) return { path: null };
  const files = await make();
  const taken = (await workspace.fs.readDirectory(chosen)).map(([entry]) => entry);
  const folder = Uri.joinPath(chosen, freeName(plainName(exportName(format, stem)), taken));
  await workspace.fs.createDirectory(folder);
  for (const file of files) {
    const { content } = file;
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    await workspace.fs.writeFile(Uri.joinPath(folder, file.name), bytes);
  }
  return { path: folder.fsPath };
}
