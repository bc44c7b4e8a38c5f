import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { Disposable, Uri, workspace } from 'vscode';
import type { ExtensionContext } from 'vscode';
import * as z from 'zod';

import { defaultRunsFolder, labFolder } from '../../runs/layout.ts';
import { notSearched, runsFolderAbove } from '../../runs/runsFolders.ts';
import { makeFolders } from '../../util/folders.ts';
import { setting } from '../settings.ts';

/**
 * Where new runs of this window go, by its settings: a folder for each workspace folder, or one in the extension's storage.
 * @throws ConfigurationError where the setting cannot be used
 */
export function namedRunsFolders(context: ExtensionContext): string[] {
  const folders = (workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  if (folders.length === 0) return [join(context.globalStorageUri.fsPath, 'runs')];
  return [...new Set(folders.map(({ uri }) => runsFolderOf(uri)))];
}

/**
 * Where a new run goes: beside the file that it is trained on, if a workspace folder holds that, else to the first.
 * Makes the folder: where that cannot be done, nobody should wait for a corpus to be read first.
 */
export async function folderForNewRun(context: ExtensionContext, about?: Uri): Promise<string> {
  const owner = about === undefined ? undefined : workspace.getWorkspaceFolder(about);
  const folder = owner === undefined ? namedRunsFolders(context)[0] : runsFolderOf(owner.uri);
  if (folder === undefined) throw new RangeError('a window has at least one folder for runs');
  await makeFolders(folder);
  return folder;
}

function runsFolderOf(workspaceFolder: Uri): string {
  const named = setting('runsFolder', workspaceFolder).replace(/^~(?=$|[/\\])/, homedir());
  return resolve(workspaceFolder.fsPath, named);
}

/**
 * The runs folders of the default name anywhere in the workspace that hold a run: where `seqlab` was called in a sub-folder.
 * VS Code's own search looks for them, in a process of its own, and looks into what Git ignores.
 */
export async function searchRunsFolders(): Promise<string[]> {
  const files = await workspace.findFiles(`**/${defaultRunsFolder}/*/config.json`, excluded());
  return [...new Set(files.flatMap((file) => folderAbove(file) ?? []))];
}

/**
 * What the search leaves out; null for nothing at all. With a pattern VS Code also leaves out what `files.exclude` hides from
 * the explorer, and a person who hides `.sequence-lab` there still wants to see the runs.
 */
function excluded(): string | null {
  const hidden = hiddenSchema.parse(workspace.getConfiguration('files').get('exclude'));
  const hidesRuns = Object.entries(hidden).some(
    ([pattern, isHidden]) => isHidden !== false && pattern.includes(labFolder),
  );
  return hidesRuns ? null : `**/{${notSearched.join(',')}}/**`;
}

const hiddenSchema = z.record(z.string(), z.unknown()).catch({});

/** Tells of runs folders that appear anywhere in the workspace. */
export function onRunsFolder(listener: (folder: string) => void): Disposable {
  const parts = [labFolder, defaultRunsFolder, `${defaultRunsFolder}/*`, `${defaultRunsFolder}/*/config.json`];
  // Of folders that are made one in the other at once, the system may tell of some only.
  const pattern = `{${parts.map((part) => `**/${part}`).join(',')}}`;
  const watcher = workspace.createFileSystemWatcher(pattern, false, true, true);
  const subscription = watcher.onDidCreate((uri) => {
    const folder = folderAbove(uri);
    if (folder !== undefined) listener(folder);
  });
  return Disposable.from(subscription, watcher);
}

/** Whether a path lies in a workspace folder. */
export function isInWorkspace(path: string): boolean {
  return workspace.getWorkspaceFolder(Uri.file(path)) !== undefined;
}

function folderAbove(uri: Uri): string | undefined {
  const owner = workspace.getWorkspaceFolder(uri);
  return uri.scheme === 'file' && owner !== undefined ? runsFolderAbove(uri.fsPath, owner.uri.fsPath) : undefined;
}
