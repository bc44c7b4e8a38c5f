import { CodeLens, EventEmitter, Range } from 'vscode';
import type { CodeLensProvider, Disposable, Event, TextDocument } from 'vscode';

import type { Experiments } from '../experiments/experiments.ts';
import { nameOf } from '../experiments/experiments.ts';
import { checkDocument, isConfigurationFile } from './checkedFile.ts';
import type { ConfigurationFiles } from './configurationFiles.ts';
import { commandName } from '../commandNames.ts';

/** "Train" above the first line of a configuration file, or why it cannot be trained. */
export class TrainLens implements CodeLensProvider, Disposable {
  private readonly changed = new EventEmitter<void>();
  readonly onDidChangeCodeLenses: Event<void> = this.changed.event;
  private readonly subscriptions: readonly Disposable[];
  /** What the lenses show of the runs. */
  private shown = '';

  constructor(
    private readonly files: ConfigurationFiles,
    private readonly experiments: Experiments,
  ) {
    this.subscriptions = [
      files.onDidChange(() => this.changed.fire()),
      experiments.onDidChange(() => {
        // Runs change with each figure, but lenses only with what they are called.
        const names = experiments.runs.map((run) => `${run.folder} ${nameOf(run)}`).join('\n');
        if (names !== this.shown) this.changed.fire();
        this.shown = names;
      }),
    ];
  }

  provideCodeLenses(document: TextDocument): CodeLens[] {
    if (!isConfigurationFile(document) || document.getText().trim() === '') return [];
    const top = new Range(0, 0, 0, 0);
    const { configuration, problems } = this.files.find(document) ?? checkDocument(document);
    if (configuration === undefined) {
      const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
      const title = `$(error) ${count}: cannot be trained`;
      const selection = problems[0]?.range;
      return [new CodeLens(top, { title, command: 'vscode.open', arguments: [document.uri, { selection }] })];
    }
    const train = { title: '$(play) Train', command: commandName('trainConfiguration'), arguments: [document.uri] };
    const run = this.experiments.runs.find((one) => one.kind === 'run' && nameOf(one) === configuration.name);
    if (run === undefined) return [new CodeLens(top, train)];
    const curves = {
      title: '$(graph-line) Show Loss Curves',
      tooltip: 'Of the newest run with this name',
      command: commandName('showCurves'),
      arguments: [{ kind: 'run', folder: run.folder }],
    };
    return [new CodeLens(top, train), new CodeLens(top, curves)];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }
}
