import { window } from 'vscode';

import { editorInSight } from '../editorText.ts';
import { isWhole } from '../experiments/experiments.ts';
import type { Extension } from '../extensionParts.ts';
import { checkTrust } from '../trust.ts';
import { chooseRun, folderOf } from './chooseRun.ts';

const title = 'Show Surprisal in Editor';

/** Colours the words of the document in sight by a run; takes the colours off where they are on, unless a run was named. */
export async function showSurprisal(
  extension: Pick<Extension, 'experiments' | 'surprisal'>,
  argument?: unknown,
): Promise<void> {
  const document = editorInSight()?.document;
  const isShown = document !== undefined && extension.surprisal.isShown(document);
  if (isShown && folderOf(argument) === undefined) {
    extension.surprisal.hide(document);
    return;
  }
  if (!checkTrust()) return;
  if (document === undefined) {
    void window.showInformationMessage(`${title}: open a text document first.`);
    return;
  }
  const run = await chooseRun(extension, argument, { title, none: 'There are no runs yet.', fits: isWhole });
  if (run !== undefined) extension.surprisal.show(document, run);
}

/** Takes the colours off all documents. */
export function hideSurprisal({ surprisal }: Pick<Extension, 'surprisal'>): void {
  surprisal.hide();
}
