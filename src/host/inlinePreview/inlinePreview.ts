import { basename } from 'node:path';
import {
  EventEmitter,
  InlineCompletionItem,
  InlineCompletionTriggerKind,
  languages,
  Range,
  window,
  workspace,
} from 'vscode';
import type {
  CancellationToken,
  Disposable,
  DocumentFilter,
  Event,
  ExtensionContext,
  InlineCompletionContext,
  Position,
  TextDocument,
} from 'vscode';

import { inference } from '../../protocol/inference.ts';
import { messageOf } from '../../util/errors.ts';
import type { Experiments, WholeRun } from '../experiments/experiments.ts';
import { isWhole, nameOf } from '../experiments/experiments.ts';
import type { Log } from '../log.ts';
import { logError } from '../log.ts';
import type { ModelServer } from '../processes/modelServer.ts';
import { onSettingChange, setting } from '../settings.ts';
import { readFrom, silenceOf, Suggester } from './suggestions.ts';
import type { Place, Suggestion } from './suggestions.ts';
import { shortened } from '../text.ts';
import { WeightsInUse } from './weightsInUse.ts';

/** A model of characters writes so many for each word of the setting. */
const charactersPerWord = 6;
/** The folder of the run that was chosen in this workspace, and what it was called when it was last seen. */
const chosenKey = 'inlinePreview.run';
const nameKey = 'inlinePreview.runName';
/** UTF-16 units behind the cursor, at most, that a bidirectional model reads: a line's end is a sentence's to it. */
const readBehind = 300;

const settings = [
  'inlinePreview.enabled',
  'inlinePreview.languages',
  'inlinePreview.trigger',
  'inlinePreview.maximumWords',
  'inlinePreview.minimumProbability',
  'inlinePreview.debounceMilliseconds',
] as const;

/** VS Code hides ghost text behind its list, but for what begins with the list's selected entry. */
export const listIsOpen =
  'VS Code’s list of suggestions is open (Escape closes it). ' +
  'To see ghost text first, turn on the setting Editor › Inline Suggest: Suppress Suggestions';

/** How the preview stands: what the status bar tells. */
export type PreviewState =
  | { readonly kind: 'none' }
  /** The folder is not trusted: nothing may be suggested, whatever is chosen. */
  | { readonly kind: 'restricted' }
  /** Nothing is suggested anywhere, for a reason that stays. */
  | { readonly kind: 'off'; readonly folder: string; readonly why: string }
  /** Suggests; where the last place had no suggestion, why. */
  | { readonly kind: 'on'; readonly run: WholeRun; readonly why: string; readonly failed: boolean };

interface PreviewParts {
  readonly context: ExtensionContext;
  readonly experiments: Experiments;
  readonly modelServer: ModelServer;
  readonly log: Log;
}

/** What is there only while the preview suggests. */
interface Active {
  readonly folder: string;
  readonly selector: string;
  readonly weights: WeightsInUse;
  readonly subscriptions: readonly Disposable[];
}

/**
 * Suggests the next words of a chosen run as ghost text. While it does not (no run is chosen, it is off, the folder is not
 * trusted) nothing is registered and nothing is computed, and the model server is let go.
 */
export class InlinePreview implements Disposable {
  private readonly changed = new EventEmitter<void>();
  readonly onDidChange: Event<void> = this.changed.event;
  private readonly suggester: Suggester;
  private readonly subscriptions: Disposable[];
  private active: Active | undefined;
  /** When each document was last typed in, by the clock of `performance`. */
  private readonly typedAt = new WeakMap<TextDocument, number>();
  /** The run has saved other weights since the model server was last asked. */
  private areWeightsOld = false;
  private renewing: Promise<void> | undefined;
  private isReady = false;
  private isDisposed = false;
  private last: { readonly why: string; readonly failed: boolean } = { why: '', failed: false };

  constructor(private readonly parts: PreviewParts) {
    const { experiments } = parts;
    this.suggester = new Suggester({ ask: (place, signal) => this.ask(place, signal) });
    this.subscriptions = [
      this.changed,
      experiments.onDidChange(() => this.update()),
      workspace.onDidGrantWorkspaceTrust(() => this.update()),
      onSettingChange(settings, () => {
        this.suggester.clear();
        this.update();
      }),
    ];
    experiments
      .ready()
      .then(() => {
        if (this.isDisposed) return;
        this.isReady = true;
        this.update();
      })
      .catch((error: unknown) => logError(parts.log, 'The inline preview does not start', error));
  }

  /** The folder of the chosen run. */
  get chosen(): string | undefined {
    return this.parts.context.workspaceState.get<string>(chosenKey);
  }

  /** VS Code's list of suggestions was open when something was last to be suggested. */
  get isBehindList(): boolean {
    return this.last.why === listIsOpen;
  }

  /** What the chosen run is called, or was while it was there; its id where that is not known. */
  private get nameOfChosen(): string {
    return this.parts.context.workspaceState.get<string>(nameKey) ?? basename(this.chosen ?? '');
  }

  get state(): PreviewState {
    if (!workspace.isTrusted) return { kind: 'restricted' };
    const folder = this.chosen;
    if (folder === undefined) return { kind: 'none' };
    const off = (why: string): PreviewState => ({ kind: 'off', folder, why });
    try {
      if (!setting('inlinePreview.enabled')) return off('It is turned off in the settings.');
      for (const name of settings) setting(name);
    } catch (error) {
      return off(messageOf(error));
    }
    if (!this.isReady) return off('The runs are being read.');
    const run = this.parts.experiments.find(folder);
    if (run === undefined) return off(`The run “${shortened(this.nameOfChosen)}” no longer exists.`);
    if (!isWhole(run)) return off(`The run cannot be read: ${run.problem}`);
    return { kind: 'on', run, ...this.last };
  }

  /** Chooses a run, or none. */
  async choose(folder: string | undefined): Promise<void> {
    const { workspaceState } = this.parts.context;
    await Promise.all([workspaceState.update(chosenKey, folder), workspaceState.update(nameKey, undefined)]);
    this.update();
  }

  /** For the time when the run is gone. */
  private keepName(name: string): void {
    const { workspaceState } = this.parts.context;
    if (workspaceState.get<string>(nameKey) !== name) void workspaceState.update(nameKey, name);
  }

  /** Makes what is registered fit what is wanted. */
  private update(): void {
    const { state } = this;
    const selector = state.kind === 'on' ? JSON.stringify(setting('inlinePreview.languages')) : '';
    const folder = state.kind === 'on' ? state.run.folder : '';
    if (this.active?.folder !== folder || this.active.selector !== selector) {
      this.deactivate();
      if (state.kind === 'on')
        this.active = { folder, selector, weights: new WeightsInUse(), subscriptions: this.activate() };
    }
    if (state.kind === 'on') {
      this.keepName(nameOf(state.run));
      void this.forgetOldWeights(state.run);
    }
    this.changed.fire();
  }

  /** A run that trains suggests otherwise with each checkpoint. */
  private async forgetOldWeights(run: WholeRun): Promise<void> {
    const { active } = this;
    if (!(await active?.weights.haveChanged(run)) || active !== this.active) return;
    // They are read when a suggestion is wanted: while nobody types, a run that trains has the machine for itself.
    this.areWeightsOld = true;
    this.suggester.clear();
  }

  private activate(): Disposable[] {
    return [
      this.parts.modelServer.retain(),
      workspace.onDidChangeTextDocument(({ document }) => void this.typedAt.set(document, performance.now())),
      languages.registerInlineCompletionItemProvider(filters(), {
        provideInlineCompletionItems: (document, position, context, token) =>
          this.provide(document, position, { context, token }),
      }),
    ];
  }

  private deactivate(): void {
    for (const subscription of this.active?.subscriptions ?? []) subscription.dispose();
    this.active = undefined;
    this.suggester.clear();
    this.last = { why: '', failed: false };
  }

  private async provide(
    document: TextDocument,
    position: Position,
    { context, token }: { context: InlineCompletionContext; token: CancellationToken },
  ): Promise<InlineCompletionItem[]> {
    const { state } = this;
    if (state.kind !== 'on') return [];
    // What VS Code's list of suggestions would insert is not in the text that a model could read.
    if (context.selectedCompletionInfo !== undefined) return this.tell({ why: listIsOpen });
    const isInvoked = context.triggerKind === InlineCompletionTriggerKind.Invoke;
    const isManual = setting('inlinePreview.trigger') === 'manual';
    const bidirectional = state.run.config.configuration.model.direction === 'bidirectional';
    const place = placeOf(document, position, { bidirectional });
    // Who types what was suggested keeps the rest of it.
    if (isManual && !isInvoked && this.suggester.recall(place) === undefined)
      return this.tell({ why: 'it suggests only when you run the command Trigger Inline Suggestion' });
    const line = { after: document.lineAt(position).text.slice(position.character) };
    const silence = silenceOf(place.before, line, { bidirectional, invoked: isInvoked });
    if (silence !== undefined) return this.tell({ why: silence });
    const began = performance.now();
    const aborting = new AbortController();
    const listening = token.onCancellationRequested(() => aborting.abort());
    try {
      const wait = isInvoked ? 0 : this.restAfterTyping(document);
      const suggestion = await this.suggester.suggest(place, { wait, invoked: isInvoked, signal: aborting.signal });
      if (suggestion === undefined || token.isCancellationRequested) return [];
      // For who asks why it is slow, at the level "Debug" of the output channel; the text is nobody's business.
      const took = `${(performance.now() - began).toFixed(1)} ms`;
      this.parts.log.debug(`Inline preview: ${suggestion.text === undefined ? 'silent' : 'suggests'} after ${took}`);
      return this.tell(suggestion, position);
    } finally {
      listening.dispose();
    }
  }

  /** Milliseconds in which more may be typed. VS Code itself lets 50 pass before it asks: they count. */
  private restAfterTyping(document: TextDocument): number {
    const rested = performance.now() - (this.typedAt.get(document) ?? -Infinity);
    return Math.max(0, setting('inlinePreview.debounceMilliseconds') - rested);
  }

  /** Tells the status bar why nothing is suggested, and VS Code what is. */
  private tell({ text, why = '', failed = false }: Suggestion, position?: Position): InlineCompletionItem[] {
    if (why !== this.last.why || failed !== this.last.failed) {
      if (failed) logError(this.parts.log, 'Inline preview', why);
      this.last = { why, failed };
      this.changed.fire();
    }
    if (text === undefined || position === undefined) return [];
    return [new InlineCompletionItem(text, new Range(position, position))];
  }

  private async renewWeights(): Promise<void> {
    const { active } = this;
    if (this.areWeightsOld && active !== undefined) {
      this.areWeightsOld = false;
      // Where the new ones cannot be read, the suggestion says so.
      this.renewing = this.parts.modelServer.renew(active.folder).catch(() => undefined);
    }
    await this.renewing;
  }

  private async ask({ before, after }: Place, signal: AbortSignal): Promise<Suggestion> {
    await this.renewWeights();
    const { state } = this;
    if (state.kind !== 'on') return { why: 'it is off' };
    const { folder, config } = state.run;
    const words = setting('inlinePreview.maximumWords');
    const { unit } = config.configuration.corpus;
    const most = unit === 'word' ? words : Math.min(200, words * charactersPerWord);
    const { completion, why } = await this.parts.modelServer.ask(
      inference.complete,
      {
        model: { folder },
        before,
        after,
        // A bidirectional model has learned what stands between two words, not where a gap of several ends.
        words: after.trim() === '' ? most : 1,
        minimumProbability: setting('inlinePreview.minimumProbability'),
      },
      { signal },
    );
    return completion === null ? { why } : { text: completion.text };
  }

  dispose(): void {
    this.isDisposed = true;
    this.deactivate();
    for (const subscription of this.subscriptions) subscription.dispose();
  }
}

/** The text around a cursor that a model reads. */
function placeOf(document: TextDocument, position: Position, { bidirectional }: { bidirectional: boolean }): Place {
  const offset = document.offsetAt(position);
  const start = readFrom(offset, (place) => document.offsetAt(document.positionAt(place).with({ character: 0 })));
  const behind = document.lineAt(position).text.slice(position.character, position.character + readBehind);
  return {
    document: document.uri.toString(),
    before: document.getText(new Range(document.positionAt(start), position)),
    after: bidirectional ? behind : '',
  };
}

/** The documents in which the preview suggests. @throws ConfigurationError */
function filters(): DocumentFilter[] {
  return setting('inlinePreview.languages').flatMap((language) => [
    { language, scheme: 'file' },
    { language, scheme: 'untitled' },
  ]);
}

/** Whether a document is one in which the preview may suggest. */
export function isPreviewed(document: TextDocument): boolean {
  try {
    return languages.match(filters(), document) > 0;
  } catch {
    return false;
  }
}

/** The document of the editor in front. */
export function documentInFront(): TextDocument | undefined {
  return window.activeTextEditor?.document;
}
