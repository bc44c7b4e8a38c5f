import { Uri, ViewColumn, window } from 'vscode';
import type { Disposable, ExtensionContext, WebviewPanel } from 'vscode';

import { cellNews, cellRequests } from '../../protocol/cell.ts';
import type { AskedRun, CellOfRun, ExploredRun } from '../../protocol/cell.ts';
import { inference } from '../../protocol/inference.ts';
import { FileError } from '../../util/errors.ts';
import type { Experiments } from '../experiments.ts';
import type { Log } from '../log.ts';
import { logError } from '../log.ts';
import type { ModelServer } from '../modelServer.ts';
import { PanelMessages } from './messages.ts';
import { panelPage, webviewFolder } from './page.ts';

const viewType = 'sequenceLab.cell';
const title = 'Cell Explorer';
/** The largest network takes some seconds on a busy machine. */
const readingMilliseconds = 120_000;

interface PanelParts {
  readonly context: ExtensionContext;
  readonly experiments: Experiments;
  readonly modelServer: ModelServer;
  readonly log: Log;
}

/**
 * The cell explorer: one panel a window, made when it is asked for, brought back after a reload as its page has kept it.
 * The page computes its own network itself, without trust and without a process. Of a run a process computes it: its
 * checkpoint is never loaded here.
 */
export class CellPanels implements Disposable {
  private open: { readonly panel: WebviewPanel; readonly messages: PanelMessages } | undefined;
  private asked: AskedRun | undefined;
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

  /** Opens the panel, or brings it to the front: with a run, or as it was. */
  show(run?: ExploredRun): void {
    // Newer than all before it, also than those of the window before a reload.
    if (run !== undefined) this.asked = { number: Date.now(), run };
    if (this.open !== undefined) {
      this.open.panel.reveal();
      // A panel that was hidden asks for it when it is on show again.
      if (this.asked !== undefined) this.open.messages.send(cellNews.show, this.asked);
      return;
    }
    const column = window.activeTextEditor === undefined ? ViewColumn.Active : ViewColumn.Beside;
    this.adopt(window.createWebviewPanel(viewType, title, column, {}));
  }

  private adopt(panel: WebviewPanel): void {
    const { context, log } = this.parts;
    const icon = (theme: string): Uri => Uri.joinPath(context.extensionUri, 'media', `panel-${theme}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    panel.webview.options = { enableScripts: true, localResourceRoots: [webviewFolder(context.extensionUri)] };
    const messages = new PanelMessages(panel, (what, error) => logError(log, `Cell explorer, ${what}`, error));
    messages.onRequest(cellRequests.asked, () => (this.asked === undefined ? {} : { asked: this.asked }));
    let reading = new AbortController();
    let held: Disposable | undefined;
    messages.onRequest(cellRequests.run, ({ key, sentence }) => {
      held ??= this.parts.modelServer.retain();
      // Each takes all cores for a moment: only the newest is waited for.
      reading.abort(new FileError('another sentence is read instead'));
      reading = new AbortController();
      return this.read(key, sentence, AbortSignal.any([reading.signal, AbortSignal.timeout(readingMilliseconds)]));
    });
    this.open = { panel, messages };
    panel.onDidDispose(() => {
      reading.abort(new FileError('the panel was closed'));
      messages.dispose();
      held?.dispose();
      if (this.open?.panel === panel) this.open = undefined;
    });
    panel.webview.html = panelPage(panel.webview, context.extensionUri, { name: 'cell', title });
  }

  /** A panel names runs by their folders; only one of this window's is read for it. */
  private async read(key: string, sentence: string, signal: AbortSignal): Promise<CellOfRun> {
    const { experiments, modelServer } = this.parts;
    await experiments.ready();
    const run = experiments.find(key);
    if (run === undefined) throw new FileError(`${key} is no run of this window`);
    return modelServer.ask(inference.cell, { model: { folder: run.folder }, sentence }, { signal });
  }

  dispose(): void {
    this.serializer.dispose();
  }
}
