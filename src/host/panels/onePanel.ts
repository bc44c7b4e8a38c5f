import { Uri, ViewColumn, window } from 'vscode';
import type { Disposable, ExtensionContext, WebviewPanel } from 'vscode';

import type { Log } from '../log.ts';
import { logError } from '../log.ts';
import { PanelMessages } from './messages.ts';
import { panelPage, webviewFolder } from './page.ts';

interface OnePanelOptions<C> {
  readonly context: ExtensionContext;
  readonly log: Log;
  /** Of its page's files: `cell` for cell.js and cell.css; its view type is `sequenceLab.cell`. */
  readonly name: string;
  readonly title: string;
  /** Answers the page of a panel that was made, or brought back after a reload. It is disposed of with the panel. */
  readonly fill: (panel: WebviewPanel, messages: PanelMessages) => C;
}

/** A panel of which a window has one: made when it is asked for, brought back after a reload as its page has kept it. */
export class OnePanel<C extends Disposable> implements Disposable {
  private open: { readonly panel: WebviewPanel; readonly content: C; readonly close: () => void } | undefined;
  private readonly serializer: Disposable;

  constructor(private readonly options: OnePanelOptions<C>) {
    this.serializer = window.registerWebviewPanelSerializer(`sequenceLab.${options.name}`, {
      deserializeWebviewPanel: (panel) => {
        // One that was opened meanwhile lives already.
        if (this.open !== undefined) panel.dispose();
        else this.adopt(panel);
        return Promise.resolve();
      },
    });
  }

  /** Opens the panel, or brings it to the front. @returns what was in it before; undefined where it was made just now */
  show(): C | undefined {
    const { open, options } = this;
    if (open !== undefined) {
      open.panel.reveal();
      return open.content;
    }
    const column = window.activeTextEditor === undefined ? ViewColumn.Active : ViewColumn.Beside;
    this.adopt(window.createWebviewPanel(`sequenceLab.${options.name}`, options.title, column, {}));
    return undefined;
  }

  private adopt(panel: WebviewPanel): void {
    const { context, log, name, title, fill } = this.options;
    const icon = (theme: string): Uri => Uri.joinPath(context.extensionUri, 'media', `panel-${theme}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    panel.webview.options = { enableScripts: true, localResourceRoots: [webviewFolder(context.extensionUri)] };
    const messages = new PanelMessages(panel, (what, error) => logError(log, `${title}, ${what}`, error));
    const content = fill(panel, messages);
    const close = (): void => {
      if (this.open?.panel !== panel) return;
      this.open = undefined;
      content.dispose();
      messages.dispose();
    };
    this.open = { panel, content, close };
    panel.onDidDispose(close);
    panel.webview.html = panelPage(panel.webview, context.extensionUri, { name, title });
  }

  dispose(): void {
    this.serializer.dispose();
    this.open?.close();
  }
}
