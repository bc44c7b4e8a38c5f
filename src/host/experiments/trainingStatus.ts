import { MarkdownString, StatusBarAlignment, window } from 'vscode';
import type { Disposable, StatusBarItem } from 'vscode';

import { measureOf } from '../../config/measures.ts';
import { describeDuration } from '../../util/durations.ts';
import type { Experiments, WholeRun } from './experiments.ts';
import { isActive, isWhole, nameOf } from './experiments.ts';
import { describePercent, describePerplexity, lookOf, summaryOf } from './runWords.ts';
import { shortened } from '../text.ts';
import { commandName } from '../commandNames.ts';

/** What trains just now: perplexity, progress, time left; a click opens the curves. Hidden while nothing does. */
export class TrainingStatus implements Disposable {
  private readonly item: StatusBarItem;
  private readonly subscription: Disposable;

  constructor(private readonly experiments: Experiments) {
    this.item = window.createStatusBarItem('sequenceLab.training', StatusBarAlignment.Left, 0);
    this.item.name = 'Sequence Lab: training';
    this.item.command = commandName('showActiveCurves');
    this.subscription = experiments.onDidChange(() => this.update());
    this.update();
  }

  private update(): void {
    const active = this.experiments.runs.filter(isWhole).filter(isActive);
    // One that trains is more telling than a newer one that is paused.
    const shown = active.find(({ state }) => state === 'running') ?? active[0];
    if (shown === undefined) return this.item.hide();
    const more = active.length > 1 ? ` (+${active.length - 1})` : '';
    this.item.text = `$(${lookOf(shown).icon}) ${figuresOf(shown)}${more}`;
    this.item.tooltip = tooltipOf(active);
    this.item.accessibilityInformation = {
      label: active.map((run) => `${shortened(nameOf(run))}: ${lookOf(run).word}, ${figuresOf(run)}`).join('; '),
    };
    this.item.show();
  }

  dispose(): void {
    this.subscription.dispose();
    this.item.dispose();
  }
}

function figuresOf({ state, status, config }: WholeRun): string {
  const { progress, latest } = status;
  const measure = measureOf(config.configuration.model) === 'perplexity' ? 'ppl' : 'pseudo-ppl';
  const perplexity = latest.trainPerplexity;
  return [
    perplexity === undefined ? 'starting' : `${measure} ${describePerplexity(perplexity)}`,
    describePercent(progress.fraction),
    ...(state === 'paused'
      ? ['paused']
      : progress.secondsLeft === null
        ? []
        : [describeDuration(progress.secondsLeft)]),
  ].join(' · ');
}

function tooltipOf(active: readonly WholeRun[]): MarkdownString {
  const tooltip = new MarkdownString();
  for (const run of active) {
    tooltip
      .appendText(shortened(nameOf(run)))
      .appendMarkdown('\n\n')
      .appendText(`${lookOf(run).word}: ${summaryOf(run)}`)
      .appendMarkdown('\n\n---\n\n');
  }
  return tooltip.appendText('Click to see the curves.');
}
