import { basename } from 'node:path';
import { EventEmitter, MarkdownString, ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState } from 'vscode';
import type { Disposable, TreeDataProvider } from 'vscode';

import { measureOf } from '../../config/measures.ts';
import { describeNetwork } from '../../config/networkWords.ts';
import { listCheckpoints } from '../../runs/checkpoints.ts';
import { runPaths } from '../../runs/layout.ts';
import type { ListedRun } from '../../runs/list.ts';
import { sumsNotice } from '../../runs/sumsNotice.ts';
import { describeDuration } from '../../util/durations.ts';
import type { Experiments } from './experiments.ts';
import { isActive, isResumable, nameOf } from './experiments.ts';
import type { InlinePreview } from '../inlinePreview/inlinePreview.ts';
import { describePerplexity, lookOf, stateOf, summaryOf } from './runWords.ts';
import { shortened } from '../text.ts';
import { commandName } from '../commandNames.ts';

/** A node of the experiments view. Commands of its menus get it as their first argument. */
export type ExperimentNode =
  | { readonly kind: 'run'; readonly folder: string }
  | {
      readonly kind: 'part';
      readonly folder: string;
      readonly part: 'configuration' | 'curves' | 'checkpoints' | 'log';
    }
  | { readonly kind: 'checkpoint'; readonly folder: string; readonly label: string; readonly description: string };

/** The runs, newest first, and what each has. Draws only what has changed. */
export class ExperimentTree implements TreeDataProvider<ExperimentNode>, Disposable {
  private readonly changed = new EventEmitter<ExperimentNode | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  /** By folder: the same object for the same run, so that VS Code keeps what is unfolded. */
  private readonly nodes = new Map<string, ExperimentNode>();
  /** What is on show, by folder: how it looked and in which order. */
  private shown = new Map<string, string>();
  /** How the inline preview stood when it was last looked at. */
  private previewed = '';
  private readonly subscriptions: readonly Disposable[];

  constructor(
    private readonly experiments: Experiments,
    private readonly preview: InlinePreview,
  ) {
    this.subscriptions = [
      experiments.onDidChange(() => this.update()),
      // It tells why it is silent at each place, too: nothing of that is drawn here.
      preview.onDidChange(() => {
        const previewed = `${preview.chosen} ${this.previewOf(preview.chosen)?.sentence}`;
        if (previewed === this.previewed) return;
        this.previewed = previewed;
        this.update();
      }),
    ];
  }

  async getChildren(node?: ExperimentNode): Promise<ExperimentNode[]> {
    if (node === undefined) {
      await this.experiments.ready();
      const { runs } = this.experiments;
      this.shown = this.looksOf(runs);
      return runs.map(({ folder }) => this.nodeOf(folder));
    }
    const { folder } = node;
    if (node.kind === 'run')
      return (['configuration', 'curves', 'checkpoints', 'log'] as const).map((part) => ({
        kind: 'part',
        folder,
        part,
      }));
    if (node.kind !== 'part' || node.part !== 'checkpoints') return [];
    const checkpoints = await listCheckpoints(folder).catch(() => []);
    return checkpoints.map(({ step, bytes, savedAt }) => ({
      kind: 'checkpoint',
      folder,
      label: `Step ${step.toLocaleString('en-US')}`,
      description: `${(bytes / 1e6).toFixed(1)} MB · ${new Date(savedAt).toLocaleString()}`,
    }));
  }

  getTreeItem(node: ExperimentNode): TreeItem {
    switch (node.kind) {
      case 'run':
        return this.runItem(node.folder);
      case 'part':
        return partItem(node.folder, node.part);
      case 'checkpoint': {
        const item = new TreeItem(node.label, TreeItemCollapsibleState.None);
        item.description = node.description;
        item.iconPath = new ThemeIcon('archive');
        return item;
      }
    }
  }

  getParent(node: ExperimentNode): ExperimentNode | undefined {
    if (node.kind === 'run') return undefined;
    return node.kind === 'part' ? this.nodeOf(node.folder) : { kind: 'part', folder: node.folder, part: 'checkpoints' };
  }

  /** The node of a run, for reveal. */
  nodeOf(folder: string): ExperimentNode {
    const node = this.nodes.get(folder) ?? { kind: 'run', folder };
    this.nodes.set(folder, node);
    return node;
  }

  private runItem(folder: string): TreeItem {
    const run = this.experiments.find(folder);
    if (run === undefined) return new TreeItem(basename(folder));
    const isWhole = run.kind === 'run';
    const item = new TreeItem(
      shortened(nameOf(run)),
      isWhole ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.None,
    );
    const { icon, color, word } = lookOf(run);
    item.id = folder;
    const preview = this.previewOf(folder);
    // The end is cut off where the view is narrow: figures are in the tooltip, too.
    const summary = preview === undefined ? summaryOf(run) : `${preview.mark} · ${summaryOf(run)}`;
    item.description = summary;
    item.iconPath = new ThemeIcon(icon, color === undefined ? undefined : new ThemeColor(color));
    item.contextValue = contextOf(run);
    item.tooltip = tooltipOf(run, preview?.sentence);
    item.accessibilityInformation = { label: `${shortened(nameOf(run))}, ${word}, ${summary}` };
    return item;
  }

  /** What is said of the run that is chosen for the inline preview; undefined for the others. */
  private previewOf(folder: string | undefined): { mark: string; sentence: string } | undefined {
    if (folder === undefined || folder !== this.preview.chosen) return undefined;
    const { state } = this.preview;
    if (state.kind === 'on') return { mark: 'inline preview', sentence: 'Suggests the next words in editors.' };
    const why = state.kind === 'off' ? state.why : 'The folder is not trusted.';
    return { mark: 'inline preview (off)', sentence: `Chosen, but off. ${why}` };
  }

  /** What is drawn of each run, as one text: a run is drawn anew when it changes. */
  private looksOf(runs: readonly ListedRun[]): Map<string, string> {
    return new Map(
      runs.map((run) => [
        run.folder,
        `${stateOf(run)} ${nameOf(run)} ${summaryOf(run)} ${this.previewOf(run.folder)?.sentence ?? ''}`,
      ]),
    );
  }

  private update(): void {
    const looks = this.looksOf(this.experiments.runs);
    const sameRuns = [...looks.keys()].join('\n') === [...this.shown.keys()].join('\n');
    const changed = [...looks].filter(([folder, look]) => this.shown.get(folder) !== look).map(([folder]) => folder);
    for (const folder of this.nodes.keys()) if (!looks.has(folder)) this.nodes.delete(folder);
    this.shown = looks;
    if (!sameRuns) this.changed.fire(undefined);
    else for (const folder of changed) this.changed.fire(this.nodeOf(folder));
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }
}

/** The words that menus ask for: every run is a `folder`, one that can be read a `run`. */
function contextOf(run: ListedRun): string {
  return [
    'folder',
    ...(run.kind === 'run' ? ['run', run.state] : ['broken']),
    ...(isActive(run) ? ['active'] : []),
    ...(isResumable(run) || (run.kind === 'run' && run.state === 'paused') ? ['resumable'] : []),
  ].join(' ');
}

/** @param preview what the run is to the inline preview, where it is chosen for it */
function tooltipOf(run: ListedRun, preview: string | undefined): MarkdownString {
  const tooltip = new MarkdownString();
  const line = (name: string, value: string | undefined): void => {
    if (value !== undefined) tooltip.appendMarkdown(`\n\n**${name}** `).appendText(shortened(value));
  };
  tooltip.appendText(shortened(nameOf(run)));
  line('ID', run.id);
  line('Inline preview', preview);
  if (run.kind === 'broken') {
    line('Problem', run.problem);
    return tooltip;
  }
  const { status, config, state } = run;
  const { progress, latest, best } = status;
  const said = (value: number | undefined): string | undefined =>
    value === undefined ? undefined : describePerplexity(value);
  line('State', lookOf(run).word);
  if (state !== 'done') line('Note', status.message);
  line('Preset', config.configuration.preset);
  line('Network', describeNetwork(config.configuration.model));
  line('Corpus', config.corpus.path ?? config.corpus.kind);
  line('Epoch', `${progress.epoch} of ${progress.epochs}`);
  line('Step', `${progress.step.toLocaleString('en-US')} of ${progress.totalSteps.toLocaleString('en-US')}`);
  const measure = measureOf(config.configuration.model);
  line(`Train ${measure}`, said(latest.trainPerplexity));
  line(`Best validation ${measure}`, said(best.validPerplexity));
  line(`Test ${measure}`, said(latest.testPerplexity));
  line('Warning', status.warning);
  // Not shortened: a long name would push out what matters.
  const sums = sumsNotice(run);
  if (sums !== undefined) tooltip.appendMarkdown('\n\n**Sums** ').appendText(sums);
  if (state === 'running' && progress.secondsLeft !== null) line('Time left', describeDuration(progress.secondsLeft));
  line('Started', new Date(status.startedAt).toLocaleString());
  if (isActive(run)) line('Process', `${status.pid} on ${status.host}`);
  return tooltip;
}

const parts = {
  configuration: { label: 'Configuration', icon: 'json', command: commandName('openConfiguration') },
  curves: { label: 'Loss Curves', icon: 'graph-line', command: commandName('showCurves') },
  checkpoints: { label: 'Checkpoints', icon: 'save-all', command: undefined },
  log: { label: 'Log', icon: 'output', command: commandName('openLog') },
} as const;

function partItem(folder: string, part: keyof typeof parts): TreeItem {
  const { label, icon, command } = parts[part];
  const item = new TreeItem(
    label,
    part === 'checkpoints' ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.None,
  );
  item.id = `${folder}#${part}`;
  item.iconPath = new ThemeIcon(icon);
  item.contextValue = `part ${part}`;
  if (command !== undefined)
    item.command = { command, title: label, arguments: [{ kind: 'run', folder } satisfies ExperimentNode] };
  if (part === 'log') item.tooltip = runPaths(folder).log;
  if (part === 'configuration') item.tooltip = runPaths(folder).config;
  return item;
}
