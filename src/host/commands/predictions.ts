import { window } from 'vscode';
import type { TextEditor } from 'vscode';

import type { Extension } from '../extensionParts.ts';
import { folderOf } from './chooseRun.ts';

/**
 * The next-word predictions: of the run of the menu that was used; with the selection as the text where the command was
 * given in an editor.
 */
export function showPredictions({ predictions }: Extension, argument?: unknown): void {
  const key = folderOf(argument);
  const text = key === undefined ? selectedText(window.activeTextEditor) : undefined;
  predictions.show({ ...(key === undefined ? {} : { key }), ...(text === undefined ? {} : { text }) });
}

/** Undefined where nothing is selected. */
function selectedText(editor: TextEditor | undefined): string | undefined {
  if (editor === undefined || editor.selection.isEmpty) return undefined;
  return editor.document.getText(editor.selection);
}
