import { commands, env, ProgressLocation, Uri, window, workspace } from 'vscode';

import { runPaths } from '../../runs/layout.ts';
import type { ListedRun } from '../../runs/list.ts';
import { requireRemovable } from '../../runs/remove.ts';
import { renameRun as renameInFolder, runNameProblem } from '../../runs/rename.ts';
import { isActive, isWhole, nameOf } from '../experiments/experiments.ts';
import type { Extension } from '../extensionParts.ts';
import { showError } from '../log.ts';
import { inLabel, inMessage, shortened } from '../text.ts';
import { chooseRun, folderOf } from './chooseRun.ts';

const noRuns = 'There are no runs yet.';
const anyRun = (run: ListedRun): run is ListedRun => run.folder !== '';

/** The curves of the run of the menu that was used; from the palette the panel as it was. */
export function showCurves({ panels }: Pick<Extension, 'panels'>, argument?: unknown): void {
  const folder = folderOf(argument);
  panels.show('curves', folder === undefined ? undefined : { keys: [folder] });
}

/** The curves of all that trains, for the status bar. */
export function showActiveCurves({ panels, experiments }: Pick<Extension, 'experiments' | 'panels'>): void {
  const keys = experiments.runs.filter(isActive).map(({ folder }) => folder);
  panels.show('curves', keys.length === 0 ? undefined : { keys });
}

export async function openConfiguration(
  extension: Pick<Extension, 'experiments' | 'log'>,
  argument?: unknown,
): Promise<void> {
  await openFile(extension, argument, 'config');
}

export async function openLog(extension: Pick<Extension, 'experiments' | 'log'>, argument?: unknown): Promise<void> {
  await openFile(extension, argument, 'log');
}

async function openFile(
  extension: Pick<Extension, 'experiments' | 'log'>,
  argument: unknown,
  file: 'config' | 'log',
): Promise<void> {
  const title = file === 'log' ? 'Open Run Log' : 'Open Run Configuration';
  const run = await chooseRun(extension, argument, { title, none: noRuns, fits: isWhole });
  if (run === undefined) return;
  try {
    await window.showTextDocument(Uri.file(runPaths(run.folder)[file]), { preview: true });
  } catch (error) {
    showError(extension.log, title, error);
  }
}

/** In the file manager; where VS Code runs on another machine, in the explorer or in a new window. */
export async function openRunFolder(extension: Pick<Extension, 'experiments'>, argument?: unknown): Promise<void> {
  const run = await chooseRun(extension, argument, { title: 'Open Run Folder', none: noRuns, fits: anyRun });
  if (run === undefined) return;
  const uri = Uri.file(run.folder);
  if (env.remoteName === undefined) await commands.executeCommand('revealFileInOS', uri);
  else if (workspace.getWorkspaceFolder(uri) !== undefined) await commands.executeCommand('revealInExplorer', uri);
  else await commands.executeCommand('vscode.openFolder', uri, { forceNewWindow: true });
}

export async function copyRunId(extension: Pick<Extension, 'experiments'>, argument?: unknown): Promise<void> {
  const run = await chooseRun(extension, argument, { title: 'Copy Run ID', none: noRuns, fits: anyRun });
  if (run === undefined) return;
  await env.clipboard.writeText(run.id);
  window.setStatusBarMessage(inLabel(`Copied ${run.id}`), 3000);
}

export async function renameRun(extension: Pick<Extension, 'experiments' | 'log'>, argument?: unknown): Promise<void> {
  const run = await chooseRun(extension, argument, { title: 'Rename Run', none: noRuns, fits: isWhole });
  if (run === undefined) return;
  const name = await window.showInputBox({
    title: 'Rename Run',
    prompt: inMessage(`A new name for ${run.id}. Its folder keeps its own.`),
    value: nameOf(run),
    validateInput: runNameProblem,
  });
  if (name === undefined || name.trim() === nameOf(run)) return;
  try {
    await renameInFolder(run.folder, name);
  } catch (error) {
    showError(extension.log, 'Rename Run', error);
  }
  await extension.experiments.refresh();
}

export async function deleteRun(
  extension: Pick<Extension, 'experiments' | 'log' | 'modelServer'>,
  argument?: unknown,
): Promise<void> {
  const { log, experiments, modelServer } = extension;
  const run = await chooseRun(extension, argument, { title: 'Delete Run', none: noRuns, fits: anyRun });
  if (run === undefined) return;
  const name = inMessage(`“${shortened(nameOf(run))}”`);
  try {
    if (isActive(run)) {
      void window.showWarningMessage(`${name} is still being trained. Stop it before you delete it.`);
      return;
    }
    // On another machine there is no bin.
    const useTrash = env.remoteName === undefined;
    const confirm = useTrash ? 'Move to Trash' : 'Delete';
    const detail = `Its configuration, curves, log and checkpoints: ${run.folder}\n${useTrash ? 'You can restore it from the trash.' : 'This cannot be undone.'}`;
    if ((await window.showWarningMessage(`Delete ${name}?`, { modal: true, detail }, confirm)) !== confirm) return;
    await window.withProgress({ location: ProgressLocation.Window, title: `Deleting ${name}` }, async () => {
      // Of a process that fails, no file is open any more.
      await modelServer.forget(run.folder).catch(() => undefined);
      const lock = await requireRemovable(run.folder);
      try {
        await workspace.fs.delete(Uri.file(run.folder), { recursive: true, useTrash });
      } finally {
        await lock.release();
      }
    });
    log.info(`${run.id} was deleted`);
  } catch (error) {
    showError(log, `Delete ${name}`, error);
  }
  await experiments.refresh();
}

export async function refreshRuns({ experiments }: Pick<Extension, 'experiments'>): Promise<void> {
  await Promise.all([experiments.refresh(), experiments.search()]);
}

export function showOutput({ log }: Pick<Extension, 'log'>): void {
  log.show();
}
