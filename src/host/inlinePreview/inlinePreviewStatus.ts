import { StatusBarAlignment, window } from 'vscode';
import type { Disposable, StatusBarItem, TextDocument } from 'vscode';

import type { Experiments } from '../experiments/experiments.ts';
import { isWhole, nameOf } from '../experiments/experiments.ts';
import type { InlinePreview } from './inlinePreview.ts';
import { documentInFront, isPreviewed } from './inlinePreview.ts';
import { onSettingChange, setting } from '../settings.ts';
import { inLabel, shortened } from '../text.ts';
import { restrictedMode } from '../trust.ts';
import { commandName } from '../commandNames.ts';

const noRun = 'Preview: no run';

interface Click {
  readonly command: string;
  /** What it does, in words. */
  readonly does: string;
}
const clicks = {
  options: { command: commandName('inlinePreviewOptions'), does: 'Click for options.' },
  trust: { command: 'workbench.trust.manage', does: 'Click to manage trust.' },
} satisfies Record<string, Click>;

/** Which run suggests in the editor in front, and why it is silent; a click offers what can be changed. */
export class InlinePreviewStatus implements Disposable {
  private readonly item: StatusBarItem;
  private readonly subscriptions: Disposable[];

  constructor(
    private readonly preview: InlinePreview,
    private readonly experiments: Experiments,
  ) {
    this.item = window.createStatusBarItem('sequenceLab.inlinePreview', StatusBarAlignment.Right, 90);
    this.item.name = 'Sequence Lab: inline preview';
    this.subscriptions = [
      this.item,
      preview.onDidChange(() => this.update()),
      experiments.onDidChange(() => this.update()),
      window.onDidChangeActiveTextEditor(() => this.update()),
      onSettingChange(['inlinePreview.languages'], () => this.update()),
    ];
    this.update();
  }

  private update(): void {
    const { state } = this.preview;
    const document = documentInFront();
    if (document === undefined) return this.item.hide();
    switch (state.kind) {
      case 'none': {
        // Offered where it would work, and nowhere else.
        if (!isPreviewed(document) || !this.experiments.runs.some(isWhole)) return this.item.hide();
        return this.show('circle-slash', noRun, { sentence: 'Inline preview: no run is chosen.' });
      }
      case 'restricted': {
        if (!isPreviewed(document) || !this.experiments.runs.some(isWhole)) return this.item.hide();
        const sentence = `Inline preview: ${restrictedMode}`;
        return this.show('workspace-untrusted', 'Preview: Restricted Mode', { sentence, click: clicks.trust });
      }
      case 'off': {
        const run = this.experiments.find(state.folder);
        const name = run === undefined ? noRun : nameOf(run);
        return this.show('circle-slash', name, { sentence: `Inline preview: ${state.why}` });
      }
      case 'on': {
        const name = nameOf(state.run);
        if (!isPreviewed(document))
          return this.show('circle-slash', name, {
            sentence: `Inline preview: silent, because ${whyNotIn(document)}.`,
          });
        if (state.failed)
          return this.show('warning', name, { sentence: `Inline preview: silent, because ${state.why}` });
        const why = state.why === '' ? 'suggests the next words.' : `silent here, because ${state.why}.`;
        return this.show('sparkle', name, { sentence: `Inline preview from “${shortened(name)}”: ${why}` });
      }
    }
  }

  private show(
    icon: string,
    name: string,
    { sentence, click = clicks.options }: { sentence: string; click?: Click },
  ): void {
    this.item.command = click.command;
    this.item.text = `$(${icon}) ${inLabel(name)}`;
    // Markdown would make blanks that a long line is not broken at.
    this.item.tooltip = `${sentence}\n${click.does}`;
    this.item.accessibilityInformation = { label: sentence };
    this.item.show();
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }
}

function whyNotIn({ languageId }: TextDocument): string {
  const wanted = setting('inlinePreview.languages');
  return wanted.includes('*') || wanted.includes(languageId)
    ? 'this document is neither a file nor an untitled document'
    : `the setting for its languages does not include “${languageId}”`;
}
