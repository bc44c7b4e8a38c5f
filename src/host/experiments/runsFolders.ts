import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { workspace } from 'vscode';
import type { ExtensionContext, Uri } from 'vscode';

import { makeFolders } from '../../util/folders.ts';
import { setting } from '../settings.ts';

/** Where the runs of this window are: a folder for each workspace folder, or one in the extension's storage. */
export function runsFolders(context: ExtensionContext): string[] {
  const folders = (workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  if (folders.length === 0) return [join(context.globalStorageUri.fsPath, 'runs')];
  return [...new Set(folders.map(({ uri }) => runsFolderOf(uri)))];
}

/**
 * Where a new run goes: beside the file that it is trained on, if a workspace folder holds that, else to the first.
 * Makes the folder, and keeps it out of version control where it is ours by name.
 */
export async function folderForNewRun(context: ExtensionContext, about?: Uri): Promise<string> {
  const owner = about === undefined ? undefined : workspace.getWorkspaceFolder(about);
  const folder = owner === undefined ? runsFolders(context)[0] : runsFolderOf(owner.uri);
  if (folder === undefined) throw new RangeError('a window has at least one folder for runs');
  await makeFolders(folder);
  if (basename(dirname(folder)) === '.sequence-lab') await ignoreInGit(dirname(folder));
  return folder;
}

function runsFolderOf(workspaceFolder: Uri): string {
  const named = setting('runsFolder', workspaceFolder).replace(/^~(?=$|[/\\])/, homedir());
  return resolve(workspaceFolder.fsPath, named);
}

/** Weights and logs belong in nobody's commits. What stands there already is left as it is. */
async function ignoreInGit(folder: string): Promise<void> {
  await writeFile(join(folder, '.gitignore'), '*\n', { flag: 'wx' }).catch(() => undefined);
}
