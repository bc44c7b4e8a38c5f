import { commands, window, workspace } from 'vscode';
import type { Disposable } from 'vscode';

import { exporters } from '../../../config/exporters.ts';
import type { ExporterIdOf } from '../../../config/exporters.ts';
import { inference } from '../../../protocol/inference.ts';
import type { ModelChoice, Series } from '../../../protocol/inference.ts';
import { statesNews, statesNotices, statesRequests } from '../../../protocol/states.ts';
import type { AskedStates, StateRun, StatesRead, Weights } from '../../../protocol/states.ts';
import type { Saved } from '../../../protocol/saving.ts';
import { listCheckpoints } from '../../../runs/checkpoints.ts';
import type { ListedRun } from '../../../runs/list.ts';
import { listProbes } from '../../../runs/probes.ts';
import { FileError } from '../../../util/errors.ts';
import { EditorText } from '../../editorText.ts';
import { isWhole, nameOf } from '../../experiments/experiments.ts';
import { ProbeWatch } from '../../experiments/probeWatch.ts';
import { stateOf, stoppedByHand, sumsOf } from '../../experiments/runWords.ts';
import { logError } from '../../log.ts';
import { CancelledError } from '../messages.ts';
import type { OpenPanel } from '../openPanel.ts';
import type { PanelKind, PanelParts } from '../panelKind.ts';
import { savePageFile } from '../save.ts';
import { probeOf, shownOf } from './statesAnswers.ts';
import { statesWriters } from './statesWriters.ts';
import { commandName } from '../../commandNames.ts';

/** A selection that is being drawn with the mouse changes at every move. */
const settleMilliseconds = 30;

/** A run, and where the text comes from. */
interface WantedStates {
  readonly key?: string | undefined;
  readonly source?: AskedStates['source'];
}

export const statesPanel: PanelKind<WantedStates> = {
  title: 'Hidden States',
  icon: 'panel',
  page: 'states',
  show: statesNews.show,
  fill: (panel, parts) => panel.own(new States(panel, parts)),
};

/** A run whose records and checkpoints are followed. */
interface Watched {
  readonly watch: ProbeWatch;
  /** What the panel was told last, as JSON. */
  told: string;
}

interface WorkOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (fraction: number) => void;
}

class States implements Disposable {
  private readonly editor = new EditorText();
  /** What is computed, by the panel's tickets. */
  private readonly working = new Map<number, AbortController>();
  /** The tickets of what is saved: it goes on while the panel is hidden. */
  private readonly saving = new Set<number>();
  /** How often the page has gone. */
  private pagesGone = 0;
  private readonly watches = new Map<string, Watched>();
  /** What of the editor is followed. */
  private source: 'selection' | 'editor' | null = null;
  private settling: NodeJS.Timeout | undefined;

  constructor(
    private readonly panel: OpenPanel<WantedStates>,
    private readonly parts: PanelParts,
  ) {
    const { experiments, modelServer } = parts;
    panel.offerRuns(statesRequests.runs, statesNews.runs, stateRunOf);
    this.listenToQuestions();
    this.listenToWork();
    // The server is at hand as long as the panel is there.
    panel.own(modelServer.retain());
    panel.own(this.editor);
    panel.own(this.editor.onDidChange(() => this.editorChanged()));
    // A run whose probe is off records nothing, but it keeps checkpoints.
    panel.own(
      experiments.onDidChange(() => {
        for (const [key, watched] of this.watches) void this.lookAt(key, watched);
      }),
    );
    // What was refused in Restricted Mode is asked for again.
    panel.own(workspace.onDidGrantWorkspaceTrust(() => panel.send(statesNews.trusted, {})));
    // A page that is hidden is gone; when it is on show again it says anew what it wants to hear.
    panel.onVisibility((isVisible) => {
      if (!isVisible) this.rest();
    });
  }

  /** Nobody looks: nothing is followed nor computed, but for files that are wanted. */
  private rest(): void {
    this.pagesGone += 1;
    this.watch({ editor: null, keys: [] });
    for (const [ticket, aborting] of this.working) if (!this.saving.has(ticket)) aborting.abort();
  }

  /** What is answered from files and editors. */
  private listenToQuestions(): void {
    const { messages } = this.panel;
    messages.onRequest(statesRequests.checkpoints, async ({ key }) => {
      const folder = this.panel.anyRun(key).folder;
      const [newest, best] = await Promise.all([listCheckpoints(folder), listCheckpoints(folder, 'best')]);
      return { steps: newest.map(({ step }) => step), best: best.length > 0 };
    });
    messages.onRequest(statesRequests.editorText, ({ source }) => this.editor.read(source));
    messages.onRequest(statesRequests.probes, async ({ key }) => ({
      places: await listProbes(this.panel.anyRun(key).folder),
    }));
    messages.onRequest(statesRequests.probe, ({ key, step, series }) =>
      probeOf(this.panel.anyRun(key).folder, step, series),
    );
    messages.onRequest(statesRequests.save, savePageFile);
    messages.onNotification(statesNotices.watch, (wanted) => this.watch(wanted));
    messages.onNotification(statesNotices.cancel, ({ ticket }) => this.working.get(ticket)?.abort());
    messages.onNotification(statesNotices.command, ({ command }) => commands.executeCommand(commandName(command)));
  }

  /** What the model server answers. */
  private listenToWork(): void {
    const { messages } = this.panel;
    const { modelServer } = this.parts;
    messages.onRequest(statesRequests.open, ({ weights }) =>
      modelServer.ask(inference.open, { model: this.modelOf(weights) }),
    );
    messages.onRequest(statesRequests.passage, ({ weights, position, length }) =>
      modelServer.ask(inference.passage, {
        model: this.modelOf(weights),
        split: 'valid',
        length,
        ...(position === undefined ? {} : { position }),
      }),
    );
    messages.onRequest(statesRequests.read, ({ ticket, weights, text, series }) =>
      this.work(ticket, async ({ signal }) =>
        shownOf(await modelServer.ask(inference.states, { model: this.modelOf(weights), text, series }, { signal })),
      ),
    );
    messages.onRequest(statesRequests.saveStates, ({ ticket, ...asked }) =>
      this.work(ticket, (options) => {
        this.saving.add(ticket);
        return this.saveStates(asked, options);
      }),
    );
    messages.onRequest(statesRequests.findContexts, ({ ticket, weights, ...asked }) =>
      this.work(ticket, (options) =>
        modelServer.ask(
          inference.findContexts,
          { model: this.modelOf(weights), split: 'valid', most: maxContexts, ...asked },
          options,
        ),
      ),
    );
    messages.onRequest(statesRequests.unitReport, ({ ticket, weights, series, unit }) =>
      this.work(ticket, (options) =>
        modelServer.ask(
          inference.unitReport,
          { model: this.modelOf(weights), series, unit, split: 'valid', most: maxOfUnit },
          options,
        ),
      ),
    );
    messages.onRequest(statesRequests.followers, ({ ticket, weights, series }) =>
      this.work(ticket, (options) =>
        modelServer.ask(
          inference.followers,
          { model: this.modelOf(weights), series, split: 'valid', most: maxFollowers },
          options,
        ),
      ),
    );
  }

  /** Computes under a ticket of the panel's: it hears how far it is, and may give it up. */
  private async work<R>(ticket: number, compute: (options: WorkOptions) => Promise<R>): Promise<R> {
    const aborting = new AbortController();
    this.working.set(ticket, aborting);
    const onProgress = (fraction: number): void => this.panel.send(statesNews.progress, { ticket, fraction });
    try {
      return await compute({ signal: aborting.signal, onProgress });
    } catch (error) {
      throw aborting.signal.aborted ? new CancelledError({ cause: error }) : error;
    } finally {
      this.working.delete(ticket);
      this.saving.delete(ticket);
    }
  }

  private async saveStates(
    asked: { format: ExporterIdOf<'host'>; weights: Weights; text: string; series: readonly Series[] },
    { signal, onProgress }: WorkOptions,
  ): Promise<Saved> {
    const { format, weights, text, series } = asked;
    const model = this.modelOf(weights);
    const pagesGone = this.pagesGone;
    const id = this.parts.experiments.find(weights.key)?.id ?? 'run';
    const { path } = await statesWriters[format](id, async () => {
      const found: StatesRead[] = [];
      // One by one: all at once would be hundreds of megabytes in one message.
      for (const one of series) {
        const ask = { model, text, series: [one] };
        found.push(shownOf(await this.parts.modelServer.ask(inference.states, ask, { signal })));
        onProgress(found.length / series.length);
      }
      const [{ tokens } = { tokens: [] }] = found;
      return {
        name: id,
        words: tokens.map(({ readAs }) => readAs),
        series: series.map((one, index) => {
          const { units: [units = 0] = [], values: [values = new Float32Array()] = [] } = found[index] ?? {};
          return { ...one, units, values };
        }),
      };
    });
    // The page that asked is gone, and says nothing.
    if (path !== null && pagesGone !== this.pagesGone)
      void window.showInformationMessage(`Saved for ${exporters[format].title} in ${path}`);
    return { path };
  }

  private modelOf({ key, checkpoint }: Weights): ModelChoice {
    return { folder: this.panel.anyRun(key).folder, ...(checkpoint === undefined ? {} : { checkpoint }) };
  }

  private editorChanged(): void {
    if (this.source === null) return;
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      if (this.source !== null) this.panel.send(statesNews.editorText, this.editor.read(this.source));
    }, settleMilliseconds);
  }

  private watch({ editor, keys }: { editor: 'selection' | 'editor' | null; keys: readonly string[] }): void {
    this.source = editor;
    for (const [key, { watch }] of this.watches) {
      if (keys.includes(key)) continue;
      this.watches.delete(key);
      watch.dispose();
    }
    for (const key of keys) {
      // One that was deleted meanwhile has nothing to tell.
      const run = this.parts.experiments.find(key);
      if (run === undefined || this.watches.has(key)) continue;
      const watched: Watched = { watch: ProbeWatch.open(run.folder), told: '' };
      this.watches.set(key, watched);
      watched.watch.onDidChange(() => void this.lookAt(key, watched));
      void this.lookAt(key, watched);
    }
  }

  /** Tells of records and checkpoints of a run, where they are others than those that were told. */
  private async lookAt(key: string, watched: Watched): Promise<void> {
    // One that was deleted meanwhile has nothing to tell.
    if (this.parts.experiments.find(key) === undefined) return;
    try {
      const [places, [newest]] = await Promise.all([listProbes(key), listCheckpoints(key)]);
      const news = { key, places, newest: newest?.step ?? null };
      const told = JSON.stringify(news);
      if (this.watches.get(key) !== watched || told === watched.told) return;
      watched.told = told;
      this.panel.send(statesNews.probes, news);
    } catch (error) {
      logError(this.parts.log, `The records of ${key} cannot be listed`, error);
    }
  }

  dispose(): void {
    clearTimeout(this.settling);
    for (const aborting of this.working.values()) aborting.abort(new FileError('the panel was closed'));
    this.watch({ editor: null, keys: [] });
  }
}

function stateRunOf(run: ListedRun): StateRun | undefined {
  if (!isWhole(run)) return undefined;
  return {
    key: run.folder,
    id: run.id,
    name: nameOf(run),
    state: stoppedByHand(run) ? 'stopped' : stateOf(run),
    ...sumsOf(run),
  };
}

/** How many places a list in the panel has at most. */
const maxContexts = 50;
const maxOfUnit = 10;
const maxFollowers = 5;
