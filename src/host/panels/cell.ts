import { Uri, ViewColumn, window } from 'vscode';
import type { Disposable, ExtensionContext, WebviewPanel } from 'vscode';

import type { Log } from '../log.ts';
import { panelPage, webviewFolder } from './page.ts';

const viewType = 'sequenceLab.cell';
const title = 'Cell Explorer';

interface PanelParts {
  readonly context: ExtensionContext;
  readonly log: Log;
}

/**
 * The cell explorer: one panel a window, made when it is asked for, brought back after a reload as its page has kept it.
 * The page computes everything itself, so it needs no trust and no process.
 */
export class CellPanels implements Disposable {
  private open: WebviewPanel | undefined;
  private readonly serializer: Disposable;

  constructor(private readonly parts: PanelParts) {
    this.serializer = window.registerWebviewPanelSerializer(viewType, {
      deserializeWebviewPanel: (panel) => {
        // One that was opened meanwhile lives already.
        if (this.open !== undefined) panel.dispose();
        else this.adopt(panel);
        return Promise.resolve();
      },
    });
  }

  /** Opens the panel, or brings it to the front as it was. */
  show(): void {
    if (this.open !== undefined) {
      this.open.reveal();
      return;
    }
    const column = window.activeTextEditor === undefined ? ViewColumn.Active : ViewColumn.Beside;
    this.adopt(window.createWebviewPanel(viewType, title, column, {}));
  }

  private adopt(panel: WebviewPanel): void {
    const { context } = this.parts;
    const icon = (theme: string): Uri => Uri.joinPath(context.extensionUri, 'media', `panel-${theme}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    panel.webview.options = { enableScripts: true, localResourceRoots: [webviewFolder(context.extensionUri)] };
    this.open = panel;
    panel.onDidDispose(() => {
      if (this.open === panel) this.open = undefined;
    });
    panel.webview.html = panelPage(panel.webview, context.extensionUri, { name: 'cell', title });
  }

  dispose(): void {
    this.serializer.dispose();
  }
}
