import type { Disposable, ExtensionContext, WebviewPanel } from 'vscode';

import { cellNews, cellRequests } from '../../protocol/cell.ts';
import type { AskedRun, CellOfRun, ExploredRun } from '../../protocol/cell.ts';
import { inference } from '../../protocol/inference.ts';
import { FileError } from '../../util/errors.ts';
import type { Experiments } from '../experiments/experiments.ts';
import { isWhole } from '../experiments/experiments.ts';
import type { Log } from '../log.ts';
import type { ModelServer } from '../processes/modelServer.ts';
import { sumsOf } from '../experiments/runWords.ts';
import type { PanelMessages } from './messages.ts';
import { OnePanel } from './onePanel.ts';

/** The largest network takes some seconds on a busy machine. */
const readingMilliseconds = 120_000;

interface PanelParts {
  readonly context: ExtensionContext;
  readonly experiments: Experiments;
  readonly modelServer: ModelServer;
  readonly log: Log;
}

/** What an open panel is told by. */
interface OpenCell extends Disposable {
  readonly messages: PanelMessages;
}

/**
 * The cell explorer: one panel a window, made when it is asked for, brought back after a reload as its page has kept it.
 * The page computes its own network itself, without trust and without a process. Of a run a process computes it: its
 * checkpoint is never loaded here.
 */
export class CellPanels implements Disposable {
  private readonly panel: OnePanel<OpenCell>;
  private asked: AskedRun | undefined;

  constructor(private readonly parts: PanelParts) {
    const { context, log } = parts;
    const fill = (_: WebviewPanel, messages: PanelMessages) => this.fill(messages);
    this.panel = new OnePanel({ context, log, name: 'cell', title: 'Cell Explorer', fill });
  }

  /** Opens the panel, or brings it to the front: with a run, or as it was. */
  show(run?: ExploredRun): void {
    // Newer than all before it, also than those of the window before a reload.
    if (run !== undefined) this.asked = { number: Date.now(), run };
    // A panel that was hidden asks for it when it is on show again.
    const open = this.panel.show();
    if (this.asked !== undefined) open?.messages.send(cellNews.show, this.asked);
  }

  private fill(messages: PanelMessages): OpenCell {
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
    const dispose = (): void => {
      reading.abort(new FileError('the panel was closed'));
      held?.dispose();
    };
    return { messages, dispose };
  }

  /** A panel names runs by their folders; only one of this window's is read for it. */
  private async read(key: string, sentence: string, signal: AbortSignal): Promise<CellOfRun> {
    const { experiments, modelServer } = this.parts;
    await experiments.ready();
    const run = experiments.find(key);
    if (run === undefined) throw new FileError(`${key} is no run of this window`);
    const answer = await modelServer.ask(inference.cell, { model: { folder: run.folder }, sentence }, { signal });
    return isWhole(run) ? { ...answer, ...sumsOf(run) } : answer;
  }

  dispose(): void {
    this.panel.dispose();
  }
}
