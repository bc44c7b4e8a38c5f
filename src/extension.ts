import { Uri, window, workspace } from 'vscode';
import type { ExtensionContext } from 'vscode';

import { registerCommands } from './host/commands.ts';
import { registerConfigurationFiles } from './host/configurations/register.ts';
import { RunEndNotifier } from './host/experiments/runEndNotifier.ts';
import { Experiments } from './host/experiments/experiments.ts';
import { ExperimentTree } from './host/experiments/experimentTree.ts';
import type { Extension } from './host/extensionParts.ts';
import { InlinePreview } from './host/inlinePreview/inlinePreview.ts';
import { InlinePreviewStatus } from './host/inlinePreview/inlinePreviewStatus.ts';
import { createLog } from './host/log.ts';
import { ModelServer } from './host/processes/modelServer.ts';
import { Panels } from './host/panels/panels.ts';
import { TrainingStatus } from './host/experiments/trainingStatus.ts';
import { Surprisal } from './host/surprisal/surprisal.ts';
import { installedTensorflow } from './host/tensorflow/tensorflowInstall.ts';
import { TrainerLauncher } from './host/processes/trainerLauncher.ts';
import { restrictedMode } from './host/trust.ts';
import { WindowTies } from './host/processes/windowTies.ts';

/** Composes the extension. Nothing is read or started before it is asked for, but the list of runs. */
export function activate(context: ExtensionContext): void {
  const log = createLog();
  const experiments = new Experiments(context, log);
  const ties = new WindowTies(context, experiments, log);
  const processes = {
    logFolder: context.logUri.fsPath,
    log,
    tensorflowFolder: () => installedTensorflow(context.globalStorageUri.fsPath)?.folder,
  };
  const scriptOf = (name: string): string => Uri.joinPath(context.extensionUri, 'dist', name).fsPath;
  const launcher = new TrainerLauncher({ ...processes, script: scriptOf('trainer.cjs') });
  const modelServer = new ModelServer({ ...processes, script: scriptOf('inference.cjs') });
  const inlinePreview = new InlinePreview({ context, experiments, modelServer, log });
  const surprisal = new Surprisal({ experiments, modelServer, log });
  const panels = new Panels({ context, experiments, modelServer, log });
  const runEndNotifier = new RunEndNotifier(context, experiments, log);
  const extension: Extension = {
    context,
    log,
    experiments,
    launcher,
    modelServer,
    inlinePreview,
    surprisal,
    panels,
    ties,
    runEndNotifier,
  };

  const tree = new ExperimentTree(experiments, inlinePreview);
  const view = window.createTreeView('sequenceLab.experiments', { treeDataProvider: tree });
  const tell = (): void => {
    // An empty view says it in its welcome.
    const trust = workspace.isTrusted || experiments.runs.length === 0 ? undefined : restrictedMode;
    // VS Code's types forget that a message is taken away by undefined.
    Object.assign(view, { message: experiments.problem ?? trust });
  };
  tell();

  context.subscriptions.push(
    log,
    experiments,
    ties,
    modelServer,
    inlinePreview,
    surprisal,
    panels,
    tree,
    view,
    new TrainingStatus(experiments),
    new InlinePreviewStatus(inlinePreview, experiments),
    runEndNotifier,
    registerCommands(extension),
    registerConfigurationFiles(context, experiments),
    workspace.onDidGrantWorkspaceTrust(tell),
    experiments.onDidChange(tell),
  );
}
