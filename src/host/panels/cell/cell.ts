import type { Disposable } from 'vscode';

import { cellNews, cellRequests } from '../../../protocol/cell.ts';
import type { CellOfRun, ExploredRun } from '../../../protocol/cell.ts';
import { inference } from '../../../protocol/inference.ts';
import { FileError } from '../../../util/errors.ts';
import { isWhole } from '../../experiments/experiments.ts';
import { sumsOf } from '../../experiments/runWords.ts';
import type { OpenPanel } from '../openPanel.ts';
import type { PanelKind, PanelParts } from '../panelKind.ts';

/** The largest network takes some seconds on a busy machine. */
const readingMilliseconds = 120_000;

interface WantedRun {
  readonly run: ExploredRun;
}

/**
 * The page computes its own network itself, without trust and without a process. Of a run a process computes it: its
 * checkpoint is never loaded here.
 */
export const cellPanel: PanelKind<WantedRun> = {
  title: 'Cell Explorer',
  icon: 'panel',
  page: 'cell',
  show: cellNews.show,
  fill: (panel, parts) => panel.own(new Cell(panel, parts)),
};

class Cell implements Disposable {
  private reading = new AbortController();
  private server: Disposable | undefined;

  constructor(
    private readonly panel: OpenPanel<WantedRun>,
    private readonly parts: PanelParts,
  ) {
    const { messages } = panel;
    messages.onRequest(cellRequests.asked, () => {
      const asked = panel.asked();
      return asked === undefined ? {} : { asked };
    });
    messages.onRequest(cellRequests.run, ({ key, sentence }) => this.read(key, sentence));
  }

  private async read(key: string, sentence: string): Promise<CellOfRun> {
    const { experiments, modelServer } = this.parts;
    this.server ??= modelServer.retain();
    // Each takes all cores for a moment: only the newest is waited for.
    this.reading.abort(new FileError('another sentence is read instead'));
    this.reading = new AbortController();
    const signal = AbortSignal.any([this.reading.signal, AbortSignal.timeout(readingMilliseconds)]);
    await experiments.ready();
    const run = this.panel.anyRun(key);
    const answer = await modelServer.ask(inference.cell, { model: { folder: run.folder }, sentence }, { signal });
    return isWhole(run) ? { ...answer, ...sumsOf(run) } : answer;
  }

  dispose(): void {
    this.reading.abort(new FileError('the panel was closed'));
    this.server?.dispose();
  }
}
