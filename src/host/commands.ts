import { commands, Disposable } from 'vscode';

import { exploreCell, exploreCellOfRun } from './commands/cell.ts';
import { showComputeReport } from './commands/computeReport.ts';
import { generateText } from './commands/generateText.ts';
import { inlinePreviewOptions, stopInlinePreview, useForInlinePreview } from './commands/inlinePreview.ts';
import { installTensorflow } from './commands/installTensorflow.ts';
import { saveCheckpoint, pause, resume, stop } from './commands/steer.ts';
import { newExperiment } from './commands/newExperiment.ts';
import { showPredictions } from './commands/predictions.ts';
import { showHiddenStates, showHiddenStatesOfSelection } from './commands/states.ts';
import * as runs from './commands/runs.ts';
import { hideSurprisal, showSurprisal } from './commands/surprisal.ts';
import { trainConfiguration, trainPtb, trainTextFile } from './commands/train.ts';
import { commandName } from './commandNames.ts';
import type { AnyCommand } from './commandNames.ts';
import type { Extension } from './extensionParts.ts';
import { showError } from './log.ts';

/** A command: what it works with, and what the menu passes that it was chosen in. */
type CommandHandler = (extension: Extension, argument?: unknown) => void | Promise<void>;

/** Every command, by its id after `sequenceLab.`. */
const table: Readonly<Record<AnyCommand, CommandHandler>> = {
  trainPtb,
  trainTextFile,
  trainConfiguration,
  newExperiment,
  stop,
  pause,
  resume,
  saveCheckpoint,
  exploreCell,
  exploreCellOfRun,
  showPredictions,
  showHiddenStates,
  showHiddenStatesOfSelection,
  showCurves: runs.showCurves,
  showActiveCurves: runs.showActiveCurves,
  openConfiguration: runs.openConfiguration,
  openLog: runs.openLog,
  openRunFolder: runs.openRunFolder,
  copyRunId: runs.copyRunId,
  renameRun: runs.renameRun,
  deleteRun: runs.deleteRun,
  refreshRuns: runs.refreshRuns,
  showOutput: runs.showOutput,
  showComputeReport,
  installTensorflow,
  useForInlinePreview,
  stopInlinePreview,
  inlinePreviewOptions,
  generateText,
  showSurprisal,
  hideSurprisal,
};

/** Registers all commands. @returns what takes them back */
export function registerCommands(extension: Extension): Disposable {
  const registered = (Object.keys(table) as AnyCommand[]).map((name) =>
    commands.registerCommand(commandName(name), async (argument?: unknown) => {
      try {
        await table[name](extension, argument);
      } catch (error) {
        showError(extension.log, `The command ${name} failed`, error);
      }
    }),
  );
  return Disposable.from(...registered);
}
