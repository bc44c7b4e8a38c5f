import { commands, TabInputWebview, Uri, ViewColumn, window } from 'vscode';
import type { Disposable, ExtensionContext, Tab, WebviewPanel } from 'vscode';

import { measureOf } from '../../config/measures.ts';
import { publishedFor } from '../../config/published.ts';
import { curvesNews, curvesNotices, curvesRequests } from '../../protocol/curves.ts';
import type { AskedRuns, CurveRun, RunHistory } from '../../protocol/curves.ts';
import type { ListedRun } from '../../runs/list.ts';
import { MetricsTail } from '../../runs/tail.ts';
import { FileError } from '../../util/errors.ts';
import type { Experiments } from '../experiments/experiments.ts';
import { isActive, nameOf } from '../experiments/experiments.ts';
import type { Log } from '../log.ts';
import { logError } from '../log.ts';
import { stateOf, stoppedByHand, sumsOf } from '../experiments/runWords.ts';
import { panelPage, webviewFolder } from './page.ts';
import { PanelMessages } from './messages.ts';
import { save } from './save.ts';

const viewType = 'sequenceLab.curves';
const title = 'Loss Curves';

/** The runs that the panel last had on show. */
const watchedKey = 'watchedRuns';
/** A panel that is brought back after a reload is given to us well before. */
const adoptionMilliseconds = 1500;

/** The tab of a curves panel that is on show, whoever it belongs to. */
function curvesTab(): Tab | undefined {
  return window.tabGroups.all
    .map(({ activeTab }) => activeTab)
    .find((tab) => tab?.input instanceof TabInputWebview && tab.input.viewType.endsWith(viewType));
}

interface PanelParts {
  readonly context: ExtensionContext;
  readonly experiments: Experiments;
  readonly log: Log;
}

/** The loss curves: one panel a window, made when it is asked for, brought back after a reload. */
export class CurvesPanels implements Disposable {
  private open: CurvesPanel | undefined;
  private readonly subscriptions: Disposable[];
  private staleTimer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: PanelParts) {
    const serializer = window.registerWebviewPanelSerializer(viewType, {
      deserializeWebviewPanel: (panel) => {
        // One that was opened meanwhile lives already; on a slow machine that may be the one in the place of this.
        if (this.open !== undefined) panel.dispose();
        else this.adopt(panel);
        return Promise.resolve();
      },
    });
    this.subscriptions = [serializer, window.tabGroups.onDidChangeTabs(() => this.lookForStale())];
    this.lookForStale();
  }

  /**
   * When the extension host dies, its panels stay on show as pictures: VS Code gives them to nobody. Such a tab, which is
   * on show and was not given to us, is replaced by a panel that lives.
   */
  private lookForStale(): void {
    clearTimeout(this.staleTimer);
    if (this.open !== undefined || curvesTab() === undefined) return;
    this.staleTimer = setTimeout(() => {
      const stale = curvesTab();
      if (this.open !== undefined || stale === undefined) return;
      const place = { viewColumn: stale.group.viewColumn, preserveFocus: true };
      const shown = this.parts.context.workspaceState.get<string[]>(watchedKey, []);
      this.adopt(window.createWebviewPanel(viewType, title, place, {}), shown);
      window.tabGroups.close(stale, true).then(undefined, (error: unknown) => {
        logError(this.parts.log, 'A panel without a host cannot be closed', error);
      });
    }, adoptionMilliseconds);
  }

  /** Opens the panel, or brings it to the front, with these runs (folders) on show; with none, as it was. */
  show(folders: readonly string[]): void {
    if (this.open !== undefined) {
      this.open.show(folders);
      return;
    }
    const column = window.activeTextEditor === undefined ? ViewColumn.Active : ViewColumn.Beside;
    const panel = window.createWebviewPanel(viewType, title, column, {});
    this.adopt(panel, folders);
  }

  private adopt(panel: WebviewPanel, folders: readonly string[] = []): void {
    const opened = new CurvesPanel(panel, this.parts, folders);
    this.open = opened;
    panel.onDidDispose(() => {
      opened.dispose();
      if (this.open === opened) this.open = undefined;
    });
  }

  dispose(): void {
    clearTimeout(this.staleTimer);
    for (const subscription of this.subscriptions) subscription.dispose();
    this.open?.dispose();
  }
}

class CurvesPanel implements Disposable {
  private readonly messages: PanelMessages;
  private readonly tails = new Map<string, Promise<{ tail: MetricsTail; dispose(): void }>>();
  private readonly subscription: Disposable;
  private listing: string | undefined;
  /** What the user last asked to see. */
  private asked: AskedRuns | undefined;

  constructor(
    private readonly panel: WebviewPanel,
    private readonly parts: PanelParts,
    folders: readonly string[],
  ) {
    if (folders.length > 0) this.asked = askFor(folders);
    const { context, experiments, log } = parts;
    const icon = (theme: string): Uri => Uri.joinPath(context.extensionUri, 'media', `panel-${theme}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    panel.webview.options = { enableScripts: true, localResourceRoots: [webviewFolder(context.extensionUri)] };
    this.messages = new PanelMessages(panel, (what, error) => logError(log, `Loss curves, ${what}`, error));
    this.listen();
    this.subscription = experiments.onDidChange(() => this.update());
    let wasVisible = panel.visible;
    panel.onDidChangeViewState(() => {
      // It is told of each change of focus too; only what was hidden has missed something.
      if (panel.visible && !wasVisible) this.messages.send(curvesNews.visible, {});
      if (!panel.visible) this.unwatch(new Set());
      wasVisible = panel.visible;
    });
    panel.webview.html = panelPage(panel.webview, context.extensionUri, { name: 'curves', title });
  }

  private listen(): void {
    const { messages, parts } = this;
    messages.onRequest(curvesRequests.runs, async () => {
      await parts.experiments.ready();
      const runs = parts.experiments.runs.map(curveRunOf);
      this.listing = JSON.stringify(runs);
      return { runs, ...(this.asked === undefined ? {} : { asked: this.asked }) };
    });
    messages.onRequest(curvesRequests.history, ({ key }) => this.history(key));
    messages.onRequest(curvesRequests.save, (file) => save(file));
    messages.onNotification(curvesNotices.watch, ({ keys }) => {
      this.unwatch(new Set(keys));
      void parts.context.workspaceState.update(watchedKey, keys);
    });
    messages.onNotification(curvesNotices.command, ({ command, key }) =>
      commands.executeCommand(
        command === 'trainPtb' ? 'sequenceLab.trainPtb' : 'sequenceLab.openLog',
        ...(key === undefined ? [] : [{ kind: 'run', folder: key }]),
      ),
    );
  }

  /** A panel names runs by their folders; only one of this window's is read for it. */
  private async history(key: string): Promise<RunHistory> {
    const run = this.parts.experiments.find(key);
    if (run === undefined) throw new FileError(`${key} is no run of this window`);
    const { tail } = await this.follow(run);
    return { key, ...tail.history() };
  }

  private follow(run: ListedRun): Promise<{ tail: MetricsTail; dispose(): void }> {
    const key = run.folder;
    const known = this.tails.get(key);
    if (known !== undefined) return known;
    const options = { isActive: isActive(run), ...stepsPerEpochOf(run) };
    const opened = MetricsTail.open(key, options).then((tail) => {
      const subscription = tail.onPoints((points) => this.messages.send(curvesNews.points, { key, ...points }));
      const dispose = (): void => {
        subscription.dispose();
        tail.dispose();
      };
      return { tail, dispose };
    });
    this.tails.set(key, opened);
    opened.catch(() => this.tails.delete(key));
    return opened;
  }

  private unwatch(kept: ReadonlySet<string>): void {
    for (const [key, opened] of this.tails) {
      if (kept.has(key)) continue;
      this.tails.delete(key);
      void opened.then((followed) => followed.dispose()).catch(() => undefined);
    }
  }

  private update(): void {
    const { runs } = this.parts.experiments;
    for (const run of runs) {
      const opened = this.tails.get(run.folder);
      void opened?.then(({ tail }) => tail.setActive(isActive(run))).catch(() => undefined);
    }
    const listed = runs.map(curveRunOf);
    const listing = JSON.stringify(listed);
    if (listing === this.listing) return;
    this.listing = listing;
    this.messages.send(curvesNews.runs, { runs: listed });
  }

  show(folders: readonly string[]): void {
    this.panel.reveal();
    if (folders.length === 0) return;
    // One of them arrives: a panel that was hidden asks for the runs when it is on show again.
    this.asked = askFor(folders);
    this.messages.send(curvesNews.show, this.asked);
  }

  dispose(): void {
    this.subscription.dispose();
    this.messages.dispose();
    this.unwatch(new Set());
  }
}

/** A request that is newer than all before it, also than those of the window before a reload. */
function askFor(folders: readonly string[]): AskedRuns {
  return { number: Date.now(), keys: [...folders] };
}

function stepsPerEpochOf(run: ListedRun): { stepsPerEpoch?: number } {
  const stepsPerEpoch = run.kind === 'run' ? run.status.progress.stepsPerEpoch : undefined;
  return stepsPerEpoch === undefined ? {} : { stepsPerEpoch };
}

function curveRunOf(run: ListedRun): CurveRun {
  const { id, folder: key } = run;
  const state = stoppedByHand(run) ? 'stopped' : stateOf(run);
  const base = { key, id, name: nameOf(run), state, createdAt: run.createdAt } as const;
  if (run.kind === 'broken') return { ...base, measure: 'perplexity', fraction: 0, secondsLeft: null };
  const { config, status } = run;
  const { preset, model } = config.configuration;
  const { floor } = config.corpus;
  const { latest, best, progress } = status;
  const measure = measureOf(model);
  const published = publishedFor(config.configuration);
  return {
    ...base,
    ...(preset === undefined ? {} : { preset }),
    measure,
    // A floor of models that see the words before says nothing of one that sees both sides.
    ...(floor === undefined || measure !== 'perplexity' ? {} : { floor: figuresOf(floor) }),
    ...(published === undefined ? {} : { published }),
    ...(latest.testPerplexity === undefined ? {} : { testPerplexity: latest.testPerplexity }),
    ...(best.validPerplexity === undefined ? {} : { bestValidPerplexity: best.validPerplexity }),
    fraction: progress.fraction,
    secondsLeft: progress.secondsLeft,
    ...sumsOf(run),
  };
}

/** Only the figures: a newer version's run may say more. */
function figuresOf(floor: { train?: number | undefined; valid?: number | undefined; test?: number | undefined }) {
  const { train, valid, test } = floor;
  return {
    ...(train === undefined ? {} : { train }),
    ...(valid === undefined ? {} : { valid }),
    ...(test === undefined ? {} : { test }),
  };
}
