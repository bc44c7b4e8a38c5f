import { window } from 'vscode';
import type { TextEditor } from 'vscode';

import type { Extension } from '../extensionParts.ts';
import { openWithRun } from './menuRun.ts';

/**
 * The next-word predictions: of the run of the menu that was used; with the selection as the text where the command was
 * given in an editor.
 */
export function showPredictions(
  { panels, experiments }: Pick<Extension, 'experiments' | 'panels'>,
  argument?: unknown,
): void {
  openWithRun(experiments, argument, {
    title: 'Show Next-Word Predictions',
    open: (key) => {
      if (key !== undefined) return panels.show('predictions', { key });
      const text = selectedText(window.activeTextEditor);
      panels.show('predictions', text === undefined ? undefined : { text });
    },
  });
}

/** Undefined where nothing is selected. */
function selectedText(editor: TextEditor | undefined): string | undefined {
  if (editor === undefined || editor.selection.isEmpty) return undefined;
  return editor.document.getText(editor.selection);
}
