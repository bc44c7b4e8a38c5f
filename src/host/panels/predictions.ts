import { commands, workspace } from 'vscode';
import type { Disposable, ExtensionContext, WebviewPanel } from 'vscode';

import { inference } from '../../protocol/inference.ts';
import type { ModelChoice } from '../../protocol/inference.ts';
import { predictionsNews, predictionsNotices, predictionsRequests } from '../../protocol/predictions.ts';
import type { AskedPrediction, KeptWeights, Learning, PredictionRun } from '../../protocol/predictions.ts';
import { listCheckpoints } from '../../runs/checkpoints.ts';
import { FileError } from '../../util/errors.ts';
import type { Experiments, WholeRun } from '../experiments/experiments.ts';
import { isActive, isWhole } from '../experiments/experiments.ts';
import type { Log } from '../log.ts';
import { logError } from '../log.ts';
import type { ModelServer } from '../processes/modelServer.ts';
import { ProbeWatch } from '../experiments/probeWatch.ts';
import { lookOf, sumsOf } from '../experiments/runWords.ts';
import { LearningReader } from './learning.ts';
import type { PanelMessages } from './messages.ts';
import { CancelledError } from './messages.ts';
import { OnePanel } from './onePanel.ts';

interface PanelParts {
  readonly context: ExtensionContext;
  readonly experiments: Experiments;
  readonly modelServer: ModelServer;
  readonly log: Log;
}

/** The next-word predictions: one panel a window, made when it is asked for, brought back after a reload. */
export class PredictionsPanels implements Disposable {
  private readonly panel: OnePanel<PredictionsPanel>;
  private asked: AskedPrediction | undefined;

  constructor(parts: PanelParts) {
    const { context, log } = parts;
    const fill = (panel: WebviewPanel, messages: PanelMessages) =>
      new PredictionsPanel({ ...parts, panel, messages, asked: () => this.asked });
    this.panel = new OnePanel({ context, log, name: 'predictions', title: 'Next-Word Predictions', fill });
  }

  /** Opens the panel, or brings it to the front: with a run and a text, where they are given, else as it was. */
  show(wanted: { key?: string; text?: string } = {}): void {
    // Newer than all before it, also than those of the window before a reload.
    if (wanted.key !== undefined || wanted.text !== undefined) this.asked = { number: Date.now(), ...wanted };
    // A panel that was hidden asks for it when it is on show again.
    this.panel.show()?.show();
  }

  dispose(): void {
    this.panel.dispose();
  }
}

/** A run whose weights and records are followed. */
interface Followed {
  readonly watch: ProbeWatch;
  /** The weights that the panel knows of, as JSON. */
  weights: string;
}

/** What one panel works with. */
interface OpenParts extends PanelParts {
  readonly panel: WebviewPanel;
  readonly messages: PanelMessages;
  /** What the user last asked to see. */
  readonly asked: () => AskedPrediction | undefined;
}

class PredictionsPanel implements Disposable {
  private readonly messages: PanelMessages;
  private readonly subscriptions: Disposable[];
  private readonly followed = new Map<string, Followed>();
  private readonly readers = new Map<string, LearningReader>();
  /** What is computed, by kind and lane. */
  private readonly computing = new Map<string, AbortController>();
  private listing = '';

  constructor(private readonly parts: OpenParts) {
    const { panel, experiments, modelServer } = parts;
    this.messages = parts.messages;
    this.listen();
    this.subscriptions = [
      // The server is at hand as long as the panel is there.
      modelServer.retain(),
      experiments.onDidChange(() => this.update()),
      // What was refused in Restricted Mode is asked for again.
      workspace.onDidGrantWorkspaceTrust(() => this.messages.send(predictionsNews.runs, { runs: this.runs() })),
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.rest();
      }),
    ];
  }

  private listen(): void {
    const { messages, parts } = this;
    const { modelServer } = parts;
    messages.onRequest(predictionsRequests.runs, async () => {
      await parts.experiments.ready();
      const runs = this.runs();
      this.listing = JSON.stringify(runs);
      const asked = this.parts.asked();
      return { runs, ...(asked === undefined ? {} : { asked }) };
    });
    messages.onRequest(predictionsRequests.weights, ({ key }) => weightsOf(this.run(key)));
    messages.onRequest(predictionsRequests.open, ({ model }) =>
      modelServer.ask(inference.open, { model: this.checked(model) }),
    );
    messages.onRequest(predictionsRequests.next, ({ lane, ask }) => {
      const params = { ...ask, model: this.checked(ask.model) };
      return this.newest(`next ${lane}`, (signal) => modelServer.ask(inference.next, params, { signal }));
    });
    messages.onRequest(predictionsRequests.score, ({ lane, ask }) => {
      const params = { ...ask, model: this.checked(ask.model) };
      return this.newest(`score ${lane}`, (signal) => modelServer.ask(inference.score, params, { signal }));
    });
    messages.onRequest(predictionsRequests.write, async ({ number, ...ask }) => {
      const params = { ...ask, model: this.checked(ask.model) };
      const signal = this.begin('write').signal;
      const onWords = ({ text }: { text: string }): void => messages.send(predictionsNews.words, { number, text });
      try {
        return await modelServer.ask(inference.generate, params, { signal, onWords });
      } catch (error) {
        throw signal.aborted ? new CancelledError({ cause: error }) : error;
      }
    });
    messages.onRequest(predictionsRequests.learning, ({ key }) => this.learning(key));
    messages.onNotification(predictionsNotices.stop, () => this.computing.get('write')?.abort());
    messages.onNotification(predictionsNotices.watch, ({ keys }) => this.follow(keys));
    messages.onNotification(predictionsNotices.command, ({ command }) =>
      commands.executeCommand(`sequenceLab.${command}`),
    );
  }

  /** Nobody looks: a page that is hidden is gone, and asks anew when it is on show again. */
  private rest(): void {
    this.follow([]);
    for (const controller of this.computing.values()) controller.abort();
  }

  /** Only the newest of a kind is waited for. */
  private async newest<R>(kind: string, compute: (signal: AbortSignal) => Promise<R>): Promise<{ answer: R | null }> {
    const { signal } = this.begin(kind);
    try {
      const answer = await compute(signal);
      return { answer: signal.aborted ? null : answer };
    } catch (error) {
      if (signal.aborted) return { answer: null };
      throw error;
    }
  }

  private begin(kind: string): AbortController {
    this.computing.get(kind)?.abort();
    const controller = new AbortController();
    this.computing.set(kind, controller);
    return controller;
  }

  private runs(): PredictionRun[] {
    return this.parts.experiments.runs.filter(isWhole).map((run) => ({
      key: run.folder,
      name: run.config.configuration.name,
      state: lookOf(run).word,
      isTraining: isActive(run),
      ...sumsOf(run),
    }));
  }

  /** A panel names runs by their folders; only one of this window's is read for it. */
  private run(key: string): WholeRun {
    const run = this.parts.experiments.find(key);
    if (run === undefined || !isWhole(run)) throw new FileError(`${key} is no run of this window`);
    return run;
  }

  private checked(model: ModelChoice): ModelChoice {
    return { ...model, folder: this.run(model.folder).folder };
  }

  private learning(key: string): Promise<Learning> {
    const { folder } = this.run(key);
    const reader = this.readers.get(key) ?? new LearningReader(folder);
    this.readers.set(key, reader);
    return reader.read();
  }

  private follow(keys: readonly string[]): void {
    for (const [key, { watch }] of this.followed) {
      if (keys.includes(key)) continue;
      watch.dispose();
      this.followed.delete(key);
    }
    for (const key of keys) {
      if (this.followed.has(key) || this.parts.experiments.find(key) === undefined) continue;
      const watch = ProbeWatch.open(key);
      watch.onDidChange(() => this.messages.send(predictionsNews.learning, { key }));
      this.followed.set(key, { watch, weights: '' });
    }
    void this.lookAtWeights();
  }

  private update(): void {
    const runs = this.runs();
    const listing = JSON.stringify(runs);
    if (listing !== this.listing) {
      this.listing = listing;
      this.messages.send(predictionsNews.runs, { runs });
    }
    for (const key of this.readers.keys()) if (this.parts.experiments.find(key) === undefined) this.readers.delete(key);
    void this.lookAtWeights();
  }

  /** Tells of weights that are new, of the runs that are followed. */
  private async lookAtWeights(): Promise<void> {
    for (const [key, followed] of this.followed) {
      const run = this.parts.experiments.find(key);
      if (run === undefined || !isWhole(run)) continue;
      try {
        const weights = await weightsOf(run);
        const listed = JSON.stringify(weights);
        // The panel may be gone, or follow others by now.
        if (listed === followed.weights || this.followed.get(key) !== followed) continue;
        followed.weights = listed;
        this.messages.send(predictionsNews.weights, weights);
      } catch (error) {
        logError(this.parts.log, `The weights of ${key} cannot be listed`, error);
      }
    }
  }

  /** Shows what was asked for last. */
  show(): void {
    const asked = this.parts.asked();
    if (asked !== undefined) this.messages.send(predictionsNews.show, asked);
  }

  dispose(): void {
    this.rest();
    for (const subscription of this.subscriptions) subscription.dispose();
  }
}

/** @throws FileError where the folders of the checkpoints cannot be read */
async function weightsOf({ folder }: WholeRun): Promise<KeptWeights> {
  const [newest, best] = await Promise.all([listCheckpoints(folder, 'newest'), listCheckpoints(folder, 'best')]);
  return { key: folder, newest: newest.map(({ step }) => step), best: best[0]?.step ?? null };
}
