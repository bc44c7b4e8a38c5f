import { EventEmitter, window, workspace } from 'vscode';
import type { Disposable, Event, TextDocument, TextEditor } from 'vscode';

/** A text of an editor, and the file's name for the eye; both empty where there is no editor. */
export interface TextOfEditor {
  readonly text: string;
  readonly name: string;
}

/** No panel reads more of a document than this many characters. */
const most = 200_000;

/** Output, settings and the like are editors for VS Code, and no texts for a person. */
export const isText = ({ uri }: TextDocument): boolean => !['output', 'debug', 'comment'].includes(uri.scheme);

/** The text editor in front, or one that is in sight beside the panel or output that is. */
export function editorInSight(): TextEditor | undefined {
  const { activeTextEditor, visibleTextEditors } = window;
  return [activeTextEditor, ...visibleTextEditors].find((editor) => editor !== undefined && isText(editor.document));
}

/**
 * What is in the text editor that was used last: a panel that has the focus is the active editor then. Listens from
 * when it is made until it is disposed.
 */
export class EditorText implements Disposable {
  private readonly changed = new EventEmitter<void>();
  /** Another editor, another selection, another text. */
  readonly onDidChange: Event<void> = this.changed.event;
  private last: TextEditor | undefined;
  private readonly subscriptions: readonly Disposable[];

  constructor() {
    this.take(editorInSight());
    this.subscriptions = [
      window.onDidChangeActiveTextEditor((editor) => this.take(editor)),
      window.onDidChangeTextEditorSelection(({ textEditor }) => this.take(textEditor)),
      workspace.onDidChangeTextDocument(({ document }) => {
        if (document === this.last?.document) this.changed.fire();
      }),
      workspace.onDidCloseTextDocument((document) => {
        if (document === this.last?.document) this.last = undefined;
      }),
    ];
  }

  /** What is selected (empty where nothing is), or the whole text. */
  read(source: 'selection' | 'editor'): TextOfEditor {
    const editor = this.last;
    if (editor === undefined) return { text: '', name: '' };
    const { document, selections } = editor;
    const parts =
      source === 'editor' ? [document.getText()] : selections.map((selection) => document.getText(selection));
    const text = parts.filter((part) => part !== '').join('\n');
    return { text: text.slice(0, most), name: workspace.asRelativePath(document.uri) };
  }

  private take(editor: TextEditor | undefined): void {
    if (editor === undefined || !isText(editor.document)) return;
    this.last = editor;
    this.changed.fire();
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }
}
