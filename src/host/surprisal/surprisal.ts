import { commands, languages, Range, window, workspace } from 'vscode';
import type { Disposable, Hover, Position, TextDocument, TextEditor } from 'vscode';

import { inference } from '../../protocol/inference.ts';
import type { ScoredToken } from '../../protocol/inference.ts';
import { isWhole, nameOf } from '../experiments/experiments.ts';
import type { Experiments, WholeRun } from '../experiments/experiments.ts';
import type { Log } from '../log.ts';
import { showError } from '../log.ts';
import type { ModelServer } from '../processes/modelServer.ts';
import { BlockScores, DocumentBlocks } from './surprisalBlocks.ts';
import type { Block } from './surprisalBlocks.ts';
import { SurprisalLooks, hoverOf } from './surprisalDecorations.ts';
import { inMessage, shortened } from '../text.ts';
import { WeightsInUse } from '../inlinePreview/weightsInUse.ts';

/** UTF-16 units before and behind what is on show that are scored, too. */
const margin = 4000;
/** More than a screen has: of a line that is not wrapped VS Code tells all to be on show. */
const maxInSight = 40_000;
/** After the last change of the text, and after a scroll. */
const waits = { change: 150, scroll: 50 } as const;

interface SurprisalParts {
  readonly experiments: Experiments;
  readonly modelServer: ModelServer;
  readonly log: Log;
}

/** A document whose words are coloured. */
interface Shown {
  /** The folder of the run by which, and what it is called, or was while it was there. */
  readonly folder: string;
  name: string;
  scores: BlockScores;
  readonly blocks: DocumentBlocks;
  readonly weights: WeightsInUse;
  computing: AbortController;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Colours the words of documents by how little a run expected them. Of a document only the paragraphs on show are scored,
 * and of those only the ones that have changed. While no document is shown nothing listens and nothing is computed.
 */
export class Surprisal implements Disposable {
  private readonly shown = new Map<TextDocument, Shown>();
  private looks: SurprisalLooks | undefined;
  private subscriptions: Disposable[] = [];

  constructor(private readonly parts: SurprisalParts) {}

  isShown(document: TextDocument): boolean {
    return this.shown.has(document);
  }

  /** Colours a document by a run, until it is hidden or closed. */
  show(document: TextDocument, run: WholeRun): void {
    const { folder } = run;
    // While a person chose a run, it may have been closed.
    if (document.isClosed) return;
    this.hide(document);
    if (this.shown.size === 0) this.listen();
    this.shown.set(document, {
      folder,
      name: nameOf(run),
      scores: this.scoresBy(folder),
      blocks: new DocumentBlocks(document),
      weights: new WeightsInUse(),
      computing: new AbortController(),
      timer: undefined,
    });
    this.update(document, 0);
    void this.lookAtRuns();
  }

  private scoresBy(folder: string): BlockScores {
    return new BlockScores(async (text, signal) => {
      const params = { model: { folder }, text, top: 5 };
      const { tokens } = await this.parts.modelServer.ask(inference.score, params, { signal });
      return tokens;
    });
  }

  /** Takes the colours off a document, or off all. */
  hide(document?: TextDocument): void {
    for (const one of document === undefined ? [...this.shown.keys()] : [document]) {
      const entry = this.shown.get(one);
      if (entry === undefined) continue;
      clearTimeout(entry.timer);
      entry.computing.abort();
      this.shown.delete(one);
      for (const editor of editorsOf(one)) this.looks?.clear(editor);
    }
    if (this.shown.size === 0) this.unlisten();
  }

  private listen(): void {
    const { modelServer, experiments } = this.parts;
    this.looks = new SurprisalLooks();
    tellCommands(true);
    this.subscriptions = [
      this.looks,
      modelServer.retain(),
      workspace.onDidChangeTextDocument(({ document }) => this.update(document, waits.change)),
      workspace.onDidCloseTextDocument((document) => this.hide(document)),
      window.onDidChangeTextEditorVisibleRanges(({ textEditor }) => this.update(textEditor.document, waits.scroll)),
      window.onDidChangeVisibleTextEditors((editors) => {
        for (const { document } of editors) this.update(document, 0);
      }),
      experiments.onDidChange(() => void this.lookAtRuns()),
      languages.registerHoverProvider('*', {
        provideHover: (document, position) => this.hover(document, position),
      }),
    ];
  }

  /** Hides what was coloured by a run that is gone, and scores anew by one that has saved other weights. */
  private async lookAtRuns(): Promise<void> {
    const { experiments } = this.parts;
    // While the folders are read again, no run is there.
    await experiments.ready();
    const gone = [...this.shown].filter(([, { folder }]) => experiments.find(folder) === undefined);
    for (const [document] of gone) this.hide(document);
    for (const name of new Set(gone.map(([, entry]) => inMessage(shortened(entry.name)))))
      void window.showInformationMessage(`Surprisal is hidden: the run “${name}” no longer exists.`);
    for (const [document, entry] of this.shown) {
      const run = experiments.find(entry.folder);
      if (run === undefined || !isWhole(run)) continue;
      entry.name = nameOf(run);
      if (!(await entry.weights.haveChanged(run))) continue;
      if (this.shown.get(document) !== entry) continue;
      // Where the new ones cannot be read, the scoring says so.
      await this.parts.modelServer.renew(entry.folder).catch(() => undefined);
      entry.scores = this.scoresBy(entry.folder);
      this.update(document, 0);
    }
  }

  private unlisten(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.subscriptions = [];
    if (this.looks !== undefined) tellCommands(false);
    this.looks = undefined;
  }

  private update(document: TextDocument, milliseconds: number): void {
    const entry = this.shown.get(document);
    if (entry === undefined) return;
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => void this.compute(document, entry), milliseconds);
  }

  private async compute(document: TextDocument, entry: Shown): Promise<void> {
    entry.computing.abort();
    const { signal } = (entry.computing = new AbortController());
    const { version } = document;
    const blocks = blocksInSight(document, entry.blocks.all());
    const draw = (): void => {
      if (document.version === version && !signal.aborted) this.draw(document, entry, blocks);
    };
    try {
      // Of one block that was changed the old colours stay until it has new ones.
      const onScored = (left: number): void => {
        if (left > 0) draw();
      };
      await entry.scores.add(
        blocks.map(({ text }) => text),
        { signal, onScored },
      );
      draw();
    } catch (error) {
      this.hide(document);
      showError(this.parts.log, `Surprisal by “${inMessage(shortened(entry.name))}” cannot be shown`, error);
    }
  }

  private draw(document: TextDocument, { scores }: Shown, blocks: readonly Block[]): void {
    const tokens = blocks.flatMap(({ start, text }) =>
      (scores.of(text) ?? [])
        // A line's end has no place that could be coloured.
        .filter((token) => token.end > token.start && !/^\s/.test(text.slice(token.start, token.end)))
        .map((token) => ({ token, range: rangeOf(document, start, token) })),
    );
    for (const editor of editorsOf(document)) this.looks?.draw(editor, tokens);
  }

  private hover(document: TextDocument, position: Position): Hover | undefined {
    const entry = this.shown.get(document);
    if (entry === undefined) return undefined;
    const offset = document.offsetAt(position);
    const block = entry.blocks.all().find(({ start, text }) => start <= offset && offset < start + text.length);
    if (block === undefined) return undefined;
    const token = entry.scores
      .of(block.text)
      ?.find(({ start, end }) => block.start + start <= offset && offset < block.start + end);
    if (token === undefined) return undefined;
    return hoverOf({ token, range: rangeOf(document, block.start, token) }, entry.name);
  }

  dispose(): void {
    this.hide();
  }
}

/** What can be hidden is offered where something is shown: see the command's enablement in package.json. */
function tellCommands(isShown: boolean): void {
  void commands.executeCommand('setContext', 'sequenceLab.isSurprisalShown', isShown);
}

function editorsOf(document: TextDocument): TextEditor[] {
  return window.visibleTextEditors.filter((editor) => editor.document === document);
}

function rangeOf(document: TextDocument, start: number, token: ScoredToken): Range {
  return new Range(document.positionAt(start + token.start), document.positionAt(start + token.end));
}

/** The blocks of a document that are on show in some editor, or nearly. */
function blocksInSight(document: TextDocument, blocks: readonly Block[]): Block[] {
  const sights = editorsOf(document).flatMap(({ visibleRanges }) =>
    visibleRanges.map((range) => {
      const start = document.offsetAt(range.start);
      const end = Math.min(document.offsetAt(range.end), start + maxInSight);
      return { from: start - margin, to: end + margin };
    }),
  );
  return blocks.filter(({ start, text }) => sights.some(({ from, to }) => start < to && start + text.length > from));
}
