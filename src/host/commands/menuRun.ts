import { window } from 'vscode';

import type { Experiments } from '../experiments/experiments.ts';
import { nameOf } from '../experiments/experiments.ts';
import { folderOf } from './chooseRun.ts';

/**
 * Opens a panel with the run of the menu that was used; from the palette as it was. Where the run cannot be shown, says
 * so.
 */
export function openWithRun(
  experiments: Experiments,
  argument: unknown,
  { title, open }: { title: string; open: (key: string | undefined) => void },
): void {
  const folder = folderOf(argument);
  const run = folder === undefined ? undefined : experiments.find(folder);
  if (folder === undefined || run?.kind === 'run') return open(folder);
  const why = run === undefined ? 'this run no longer exists' : `${nameOf(run)} is damaged`;
  void window.showInformationMessage(`${title}: ${why}.`);
}
