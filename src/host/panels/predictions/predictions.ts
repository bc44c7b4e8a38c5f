import { commands, workspace } from 'vscode';
import type { Disposable } from 'vscode';

import { inference } from '../../../protocol/inference.ts';
import type { ModelChoice } from '../../../protocol/inference.ts';
import { predictionsNews, predictionsNotices, predictionsRequests } from '../../../protocol/predictions.ts';
import type { KeptWeights, Learning, PredictionRun } from '../../../protocol/predictions.ts';
import { listCheckpoints } from '../../../runs/checkpoints.ts';
import type { ListedRun } from '../../../runs/list.ts';
import type { WholeRun } from '../../experiments/experiments.ts';
import { isActive, isWhole, nameOf } from '../../experiments/experiments.ts';
import { ProbeWatch } from '../../experiments/probeWatch.ts';
import { lookOf, sumsOf } from '../../experiments/runWords.ts';
import { logError } from '../../log.ts';
import { CancelledError } from '../messages.ts';
import type { OpenPanel } from '../openPanel.ts';
import type { PanelKind, PanelParts } from '../panelKind.ts';
import { LearningReader } from './learning.ts';
import { commandName } from '../../commandNames.ts';

/** A run, and a text in place of that which is there. */
interface WantedPrediction {
  readonly key?: string | undefined;
  readonly text?: string | undefined;
}

export const predictionsPanel: PanelKind<WantedPrediction> = {
  title: 'Next-Word Predictions',
  icon: 'panel',
  page: 'predictions',
  show: predictionsNews.show,
  fill: (panel, parts) => panel.own(new Predictions(panel, parts)),
};

/** A run whose weights and records are followed. */
interface Followed {
  readonly watch: ProbeWatch;
  /** The weights that the panel knows of, as JSON. */
  weights: string;
}

class Predictions implements Disposable {
  private readonly followed = new Map<string, Followed>();
  private readonly readers = new Map<string, LearningReader>();
  /** What is computed, by kind and lane. */
  private readonly computing = new Map<string, AbortController>();

  constructor(
    private readonly panel: OpenPanel<WantedPrediction>,
    private readonly parts: PanelParts,
  ) {
    const { experiments, modelServer } = parts;
    panel.offerRuns(predictionsRequests.runs, predictionsNews.runs, predictionRunOf);
    this.listen();
    // The server is at hand as long as the panel is there.
    panel.own(modelServer.retain());
    panel.own(experiments.onDidChange(() => this.update()));
    // What was refused in Restricted Mode is asked for again.
    panel.own(workspace.onDidGrantWorkspaceTrust(() => panel.send(predictionsNews.trusted, {})));
    panel.onVisibility((isVisible) => {
      if (!isVisible) this.rest();
    });
  }

  private listen(): void {
    const { messages } = this.panel;
    const { modelServer } = this.parts;
    messages.onRequest(predictionsRequests.weights, ({ key }) => weightsOf(this.panel.run(key)));
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
      const onWords = ({ text }: { text: string }): void => this.panel.send(predictionsNews.words, { number, text });
      try {
        return await modelServer.ask(inference.generate, params, { signal, onWords });
      } catch (error) {
        throw signal.aborted ? new CancelledError({ cause: error }) : error;
      }
    });
    messages.onRequest(predictionsRequests.learning, ({ key }) => this.learning(key));
    messages.onNotification(predictionsNotices.stop, () => this.computing.get('write')?.abort());
    messages.onNotification(predictionsNotices.watch, ({ keys }) => this.follow(keys));
    messages.onNotification(predictionsNotices.command, ({ command }) => commands.executeCommand(commandName(command)));
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

  private checked(model: ModelChoice): ModelChoice {
    return { ...model, folder: this.panel.run(model.folder).folder };
  }

  private learning(key: string): Promise<Learning> {
    const { folder } = this.panel.run(key);
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
      watch.onDidChange(() => this.panel.send(predictionsNews.learning, { key }));
      this.followed.set(key, { watch, weights: '' });
    }
    void this.lookAtWeights();
  }

  private update(): void {
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
        this.panel.send(predictionsNews.weights, weights);
      } catch (error) {
        logError(this.parts.log, `The weights of ${key} cannot be listed`, error);
      }
    }
  }

  dispose(): void {
    this.rest();
  }
}

function predictionRunOf(run: ListedRun): PredictionRun | undefined {
  if (!isWhole(run)) return undefined;
  return {
    key: run.folder,
    name: nameOf(run),
    state: lookOf(run).word,
    isTraining: isActive(run),
    ...sumsOf(run),
  };
}

/** @throws FileError where the folders of the checkpoints cannot be read */
async function weightsOf({ folder }: WholeRun): Promise<KeptWeights> {
  const [newest, best] = await Promise.all([listCheckpoints(folder, 'newest'), listCheckpoints(folder, 'best')]);
  return { key: folder, newest: newest.map(({ step }) => step), best: best[0]?.step ?? null };
}
