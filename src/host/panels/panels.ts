import { TabInputWebview, Uri, ViewColumn, window } from 'vscode';
import type { Disposable, Tab, WebviewPanel } from 'vscode';

import { panelNotices } from '../../protocol/panel.ts';
import { logError } from '../log.ts';
import { PanelMessages } from './messages.ts';
import { OpenPanel } from './openPanel.ts';
import type { Asked } from '../../protocol/panel.ts';
import { panelPage, webviewFolder } from './page.ts';
import type { PanelKind, PanelParts } from './panelKind.ts';
import { panelTable } from './table.ts';
import type { PanelId, WantedOf } from './table.ts';

/** VS Code gives us a panel that it restores after a reload well before. */
const restoringMilliseconds = 1500;

/** The panels of a window, one of each kind: opened by commands, restored after a reload as their pages kept them. */
export class Panels implements Disposable {
  private readonly singles = new Map<PanelId, SinglePanel>();
  private readonly watching: Disposable;
  private staleTimer: NodeJS.Timeout | undefined;

  constructor(parts: PanelParts) {
    for (const id of Object.keys(panelTable) as PanelId[]) {
      this.singles.set(id, new SinglePanel(id, panelTable[id] as PanelKind<object>, parts));
    }
    this.watching = window.tabGroups.onDidChangeTabs(() => this.replaceStaleSoon());
    this.replaceStaleSoon();
  }

  /** Opens a panel, or brings it to the front: with what is wanted, or as it was. */
  show<Id extends PanelId>(id: Id, wanted?: WantedOf<Id>): void {
    this.singles.get(id)?.show(wanted);
  }

  /**
   * When the extension host dies, its panels stay on show as pictures: VS Code gives them to nobody. Such a tab is
   * replaced by a panel that lives.
   */
  private replaceStaleSoon(): void {
    clearTimeout(this.staleTimer);
    const singles = [...this.singles.values()];
    if (singles.every((single) => single.staleTab() === undefined)) return;
    this.staleTimer = setTimeout(() => {
      for (const single of singles) {
        const stale = single.staleTab();
        if (stale !== undefined) single.replace(stale);
      }
    }, restoringMilliseconds);
  }

  dispose(): void {
    clearTimeout(this.staleTimer);
    this.watching.dispose();
    for (const single of this.singles.values()) single.dispose();
  }
}

class SinglePanel implements Disposable {
  private readonly viewType: string;
  private readonly serializer: Disposable;
  private open: { readonly panel: WebviewPanel; readonly content: OpenPanel<object> } | undefined;
  private asked: Asked<object> | undefined;

  constructor(
    id: string,
    private readonly kind: PanelKind<object>,
    private readonly parts: PanelParts,
  ) {
    this.viewType = `sequenceLab.${id}`;
    this.serializer = window.registerWebviewPanelSerializer(this.viewType, {
      deserializeWebviewPanel: (panel) => {
        // One that was opened meanwhile lives already; on a slow machine that may be the one in the place of this.
        if (this.open !== undefined) panel.dispose();
        else this.adopt(panel);
        return Promise.resolve();
      },
    });
  }

  show(wanted: object | undefined): void {
    if (wanted !== undefined) this.asked = { ...wanted, number: this.nextRequest() };
    // One whose extension host died is a picture: what is wanted is shown in its place.
    const stale = this.open === undefined ? this.tabs().at(0) : undefined;
    if (stale !== undefined) this.replace(stale);
    const { open, asked, kind } = this;
    if (open === undefined) {
      const column = window.activeTextEditor === undefined ? ViewColumn.Active : ViewColumn.Beside;
      this.adopt(window.createWebviewPanel(this.viewType, kind.title, column, {}));
      return;
    }
    // A page that was hidden asks for it when it is on show again.
    if (asked !== undefined) open.content.send(kind.show, asked);
    open.panel.reveal();
  }

  /** Never one that a page of this window has kept, also before a reload. */
  private nextRequest(): number {
    const { workspaceState } = this.parts.context;
    const number = workspaceState.get(requestsKey, 0) + 1;
    void workspaceState.update(requestsKey, number);
    return number;
  }

  /** The tabs of panels of this kind, whoever they belong to. */
  private tabs(): Tab[] {
    return window.tabGroups.all
      .flatMap(({ tabs }) => tabs)
      .filter(({ input }) => input instanceof TabInputWebview && input.viewType.endsWith(this.viewType));
  }

  /** The tab of a panel of this kind that is on show and was not given to us. */
  staleTab(): Tab | undefined {
    return this.open === undefined ? this.tabs().find(({ isActive }) => isActive) : undefined;
  }

  /** Puts a panel that lives in the place of a tab. */
  replace(stale: Tab): void {
    const place = { viewColumn: stale.group.viewColumn, preserveFocus: true };
    const kept = this.parts.context.workspaceState.get<unknown>(this.keptKey);
    this.adopt(window.createWebviewPanel(this.viewType, this.kind.title, place, {}), kept);
    window.tabGroups.close(stale, true).then(undefined, (error: unknown) => {
      logError(this.parts.log, 'A panel without an extension host cannot be closed', error);
    });
  }

  private get keptKey(): string {
    return `${this.viewType}.kept`;
  }

  /** @param kept what the page begins with, where VS Code has kept nothing of it */
  private adopt(panel: WebviewPanel, kept?: unknown): void {
    const { context, experiments, log } = this.parts;
    const { title, icon, page, fill } = this.kind;
    const iconFor = (theme: string): Uri => Uri.joinPath(context.extensionUri, 'media', `${icon}-${theme}.svg`);
    panel.iconPath = { light: iconFor('light'), dark: iconFor('dark') };
    panel.webview.options = { enableScripts: true, localResourceRoots: [webviewFolder(context.extensionUri)] };
    const messages = new PanelMessages(panel, (what, error) => logError(log, `${title}, ${what}`, error));
    messages.onNotification(panelNotices.keep, ({ state }) => context.workspaceState.update(this.keptKey, state));
    const content = new OpenPanel<object>(panel, messages, experiments, () => this.asked);
    fill(content, this.parts);
    this.open = { panel, content };
    panel.onDidDispose(() => {
      content.dispose();
      if (this.open?.panel === panel) this.open = undefined;
    });
    panel.webview.html = panelPage(panel.webview, context.extensionUri, { name: page, title, kept });
  }

  dispose(): void {
    this.serializer.dispose();
    this.open?.content.dispose();
  }
}

const requestsKey = 'panelRequests';
