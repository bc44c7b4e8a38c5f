import type { Disposable, WebviewPanel } from 'vscode';

import type { Asked, OfferedRuns, PanelNews, PanelRequest, RunsNews } from '../../protocol/panel.ts';
import type { ListedRun } from '../../runs/list.ts';
import { FileError } from '../../util/errors.ts';
import type { Experiments, WholeRun } from '../experiments/experiments.ts';
import { isWhole } from '../experiments/experiments.ts';
import type { PanelMessages } from './messages.ts';
import { RunsListing } from './runsListing.ts';

/** An open panel, as its content works with it. What is registered here ends with the panel. */
export class OpenPanel<Wanted extends object> implements Disposable {
  private readonly disposables: Disposable[] = [];
  private isDisposed = false;

  constructor(
    private readonly panel: WebviewPanel,
    readonly messages: PanelMessages,
    private readonly experiments: Experiments,
    /** What the user last asked to see, until now. */
    readonly asked: () => Asked<Wanted> | undefined,
  ) {}

  /** Keeps something until the panel closes; where it has closed already, it is disposed of at once. */
  own(disposable: Disposable): void {
    if (this.isDisposed) disposable.dispose();
    else this.disposables.push(disposable);
  }

  get isVisible(): boolean {
    return this.panel.visible;
  }

  /** Tells the page something. A page that is hidden is gone: it asks anew when it is on show again. */
  send<P>(message: PanelNews<P>, params: P): void {
    if (this.isVisible && !this.isDisposed) this.messages.send(message, params);
  }

  /** @param change is told of each change between shown and hidden, not of changes of focus */
  onVisibility(change: (isVisible: boolean) => void): void {
    let was = this.panel.visible;
    this.own(
      this.panel.onDidChangeViewState(() => {
        if (this.panel.visible === was) return;
        was = this.panel.visible;
        change(was);
      }),
    );
  }

  /**
   * Answers the page's question for the runs, with what the user last asked to see, and tells it what has become another
   * of them since.
   *
   * @param describe what the page is told of a run; undefined for one that it does not show
   */
  offerRuns<Run extends { readonly key: string }>(
    question: PanelRequest<Record<string, never>, OfferedRuns<Run, Wanted>>,
    news: PanelNews<RunsNews<Run>>,
    describe: (run: ListedRun) => Run | undefined,
  ): void {
    const listing = new RunsListing(describe);
    this.messages.onRequest(question, async () => {
      await this.experiments.ready();
      const asked = this.asked();
      return { runs: listing.all(this.experiments.runs), ...(asked === undefined ? {} : { asked }) };
    });
    this.own(
      this.experiments.onDidChange(() => {
        if (!this.isVisible) return;
        const difference = listing.difference(this.experiments.runs);
        if (difference !== undefined) this.send(news, difference);
      }),
    );
  }

  /**
   * The run that the page names: pages name runs by their folders, and only one of this window's is read for them.
   * @throws FileError for any other
   */
  anyRun(key: string): ListedRun {
    const run = this.experiments.find(key);
    if (run === undefined) throw new FileError(`${key} is not a run of this window`);
    return run;
  }

  /** The same for a run whose files can be read. @throws FileError for any other */
  run(key: string): WholeRun {
    const run = this.anyRun(key);
    if (!isWhole(run)) throw new FileError(`${key}: ${run.problem}`);
    return run;
  }

  dispose(): void {
    this.isDisposed = true;
    for (const disposable of this.disposables.splice(0)) disposable.dispose();
    this.messages.dispose();
  }
}
