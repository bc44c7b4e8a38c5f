import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { commands, env, ProgressLocation, UIKind, Uri, version, window } from 'vscode';

import type { ComputeReport } from '../../protocol/computeReport.ts';
import { writeFileAtomically } from '../../util/atomicFile.ts';
import { messageOf } from '../../util/errors.ts';
import type { Extension } from '../extensionParts.ts';
import { showError } from '../log.ts';
import { reportMarkdown } from './reportMarkdown.ts';
import type { ReportRows } from './reportMarkdown.ts';
import { engineSettings, setting } from '../settings.ts';
import { inMessage } from '../text.ts';
import { checkTrust } from '../trust.ts';
import { installedTensorflow } from '../tensorflow/tensorflowInstall.ts';

const title = 'Compute Report';

/**
 * "Show Compute Report": what this machine can train with and how fast, in VS Code's Markdown preview. The report is a
 * file in the extension's storage, so that the preview has something to show after a reload, without us.
 */
export async function showComputeReport(extension: Pick<Extension, 'context' | 'launcher' | 'log'>): Promise<void> {
  if (!checkTrust()) return;
  const { context, launcher, log } = extension;
  const controller = new AbortController();
  const progress = { location: ProgressLocation.Notification, title, cancellable: true };
  try {
    const report = await window.withProgress(progress, (shown, token) => {
      token.onCancellationRequested(() => controller.abort());
      const onProgress = (message: string): void => shown.report({ message: inMessage(message) });
      return launcher.report(engineSettings(), { signal: controller.signal, onProgress });
    });
    const text = reportMarkdown(report, { rows: editorRows(extension), settings: settingRows() });
    const folder = context.globalStorageUri.fsPath;
    await mkdir(folder, { recursive: true });
    const file = join(folder, 'compute-report.md');
    await writeFileAtomically(file, text);
    await open(Uri.file(file));
    offerCopy(report, text);
  } catch (error) {
    if (controller.signal.aborted) log.info(`${title}: cancelled`);
    else showError(log, title, error);
  }
}

async function open(file: Uri): Promise<void> {
  try {
    await commands.executeCommand('markdown.showPreview', file);
  } catch {
    // The Markdown features that come with VS Code can be disabled.
    await window.showTextDocument(file);
  }
}

/** Not waited for. */
function offerCopy({ verdict, trains }: ComputeReport, text: string): void {
  const copy = 'Copy Report';
  const show = trains ? window.showInformationMessage : window.showWarningMessage;
  void show(inMessage(verdict), copy).then(async (chosen) => {
    if (chosen !== copy) return;
    await env.clipboard.writeText(text);
    window.setStatusBarMessage('Copied the compute report', 3000);
  });
}

function editorRows({ context }: Pick<Extension, 'context'>): ReportRows {
  // The kind of a remote (`ssh-remote`); a server in a browser calls itself by its address, which is nobody's business.
  const remote = /^[a-z][a-z-]*$/.test(env.remoteName ?? '') ? `, ${env.remoteName}` : '';
  const browser = env.uiKind === UIKind.Web ? ', in a browser' : '';
  const tensorflow = installedTensorflow(context.globalStorageUri.fsPath);
  return [
    [env.appName, `${version}${remote}${browser}`],
    [
      'TensorFlow for Node',
      tensorflow === undefined ? 'not installed with the command' : `${tensorflow.version}, installed with the command`,
    ],
  ];
}

/** The settings that decide what a run computes with and where it goes. */
function settingRows(): ReportRows {
  return [
    ['sequenceLab.training.engine', shown(() => setting('training.engine'))],
    ['sequenceLab.training.device', shown(() => setting('training.device'))],
    ['sequenceLab.training.threads', shown(() => String(setting('training.threads')))],
    ['sequenceLab.runsFolder', shown(() => withoutHome(setting('runsFolder')))],
  ];
}

/** Without the name of the user, which the home folder tells. */
function withoutHome(path: string): string {
  const home = homedir();
  return home.length > 1 ? path.replaceAll(home, '~') : path;
}

/** A setting that cannot be used is part of the report. */
function shown(read: () => string): string {
  try {
    return read();
  } catch (error) {
    return messageOf(error);
  }
}
