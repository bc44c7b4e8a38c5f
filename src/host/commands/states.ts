import { window } from 'vscode';

import { nameOf } from '../experiments.ts';
import type { Extension } from '../extensionParts.ts';
import { checkTrust } from '../trust.ts';
import { folderOf } from './chooseRun.ts';

/** The hidden states of the run of the menu that was used; from the palette the panel as it was. */
export function showHiddenStates({ states, experiments }: Extension, argument?: unknown): void {
  if (!checkTrust()) return;
  const folder = folderOf(argument);
  if (folder === undefined) return states.show();
  const run = experiments.find(folder);
  if (run?.kind === 'run') return states.show({ key: folder });
  const why = run === undefined ? 'this run is not there any more' : `${nameOf(run)} is damaged`;
  void window.showInformationMessage(`Show Hidden States: ${why}.`);
}

/** What a network makes of what is selected in the editor; it is followed as the selection changes. */
export function showHiddenStatesOfSelection({ states }: Extension): void {
  if (checkTrust()) states.show({ source: 'selection' });
}
