import { basename } from 'node:path';
import { Uri, window, workspace } from 'vscode';
import type { QuickPickItem } from 'vscode';

import type { Configuration } from '../../config/schema.ts';
import { checkDocument } from '../configurations/checkedFile.ts';
import { choosePtb } from '../questions/corpusChoice.ts';
import type { Extension, RunStarting } from '../extensionParts.ts';
import { showError } from '../log.ts';
import { choosePreset } from '../questions/presetChoice.ts';
import { inLabel, inMessage } from '../text.ts';
import { checkTrust } from '../trust.ts';
import { beginRun } from './begin.ts';

/** "Train PTB model": corpus, preset, and it trains. */
export async function trainPtb(extension: RunStarting): Promise<void> {
  if (!checkTrust()) return;
  const { context, log } = extension;
  try {
    const chosen = await choosePtb(context, log);
    if (chosen === undefined) return;
    const configuration = await choosePreset(extension, chosen);
    if (configuration !== undefined) await beginRun(extension, configuration);
  } catch (error) {
    showError(log, 'Train PTB model', error);
  }
}

/** "Train on Text File…": the file of the menu that was used, else the one in the editor, else one that is asked for. */
export async function trainTextFile(extension: RunStarting, argument?: unknown): Promise<void> {
  if (!checkTrust()) return;
  try {
    const file = argument instanceof Uri ? argument : await chooseTextFile();
    if (file === undefined) return;
    if (file.scheme !== 'file') {
      void window.showErrorMessage('Save the text as a file on this machine first: training reads it from there.');
      return;
    }
    if (!(await isSaved(file))) return;
    const corpus = { kind: 'file', path: file.fsPath } as const;
    const configuration = await choosePreset(extension, { corpus, title: inLabel(basename(file.fsPath)) });
    if (configuration !== undefined) await beginRun(extension, configuration, file);
  } catch (error) {
    showError(extension.log, 'Train on Text File', error);
  }
}

const textFilters = { 'Text files': ['txt', 'md', 'markdown', 'text', 'rst', 'tex', 'log'], 'All files': ['*'] };

async function chooseTextFile(): Promise<Uri | undefined> {
  const document = window.activeTextEditor?.document;
  if (document !== undefined && ['plaintext', 'markdown'].includes(document.languageId)) return document.uri;
  const folder = workspace.workspaceFolders?.[0]?.uri;
  const picked = await window.showOpenDialog({
    title: 'Text to train on',
    openLabel: 'Train on This File',
    filters: textFilters,
    ...(folder === undefined ? {} : { defaultUri: folder }),
  });
  return picked?.[0];
}

/** Training reads the file, not the editor. */
async function isSaved(file: Uri): Promise<boolean> {
  const document = workspace.textDocuments.find(({ uri }) => uri.toString() === file.toString());
  if (document?.isDirty !== true) return true;
  const save = 'Save and Train';
  const text = inMessage(`${basename(file.fsPath)} has unsaved changes.`);
  const chosen = await window.showWarningMessage(text, { modal: true }, save);
  return chosen === save && (await document.save());
}

/** "Train with Configuration…": a file of the menu that was used, else the one in the editor, else one that is asked for. */
export async function trainConfiguration(extension: RunStarting, argument?: unknown): Promise<void> {
  if (!checkTrust()) return;
  try {
    const file = argument instanceof Uri ? argument : await chooseConfigurationFile();
    if (file === undefined) return;
    const configuration = await readConfigurationFile(extension, file);
    if (configuration !== undefined) await beginRun(extension, configuration, file);
  } catch (error) {
    showError(extension.log, 'Train with Configuration', error);
  }
}

const configurationFiles = '**/*.seqlab.json';

async function chooseConfigurationFile(): Promise<Uri | undefined> {
  const document = window.activeTextEditor?.document;
  if (document?.fileName.endsWith('.seqlab.json')) return document.uri;
  const found = await workspace.findFiles(configurationFiles, '**/{node_modules,.sequence-lab}/**', 200);
  type FileItem = QuickPickItem & { file?: Uri };
  const items: FileItem[] = found.map((file) => ({
    label: inLabel(basename(file.fsPath)),
    description: inLabel(workspace.asRelativePath(file)),
    file,
  }));
  if (items.length > 0) {
    const other: FileItem = { label: '$(folder-opened) Choose another file…' };
    const placeHolder = 'Which configuration do you want to train?';
    const picked = await window.showQuickPick([...items, other], { title: 'Train with Configuration', placeHolder });
    if (picked === undefined || picked.file !== undefined) return picked?.file;
  }
  const folder = workspace.workspaceFolders?.[0]?.uri;
  const picked = await window.showOpenDialog({
    title: 'Configuration to train with',
    openLabel: 'Train with This File',
    filters: { Configurations: ['json'] },
    ...(folder === undefined ? {} : { defaultUri: folder }),
  });
  return picked?.[0];
}

/** As it stands in the editor, if it is open there. Shows what is wrong with it. */
async function readConfigurationFile({ log }: Pick<Extension, 'log'>, file: Uri): Promise<Configuration | undefined> {
  const document = await workspace.openTextDocument(file);
  const { configuration, problems } = checkDocument(document);
  if (configuration !== undefined) return configuration;
  const name = basename(file.fsPath);
  const lines = problems.map(({ range, message }) => `Line ${range.start.line + 1}: ${message}`);
  log.error(`${file.fsPath} cannot be used:\n  ${lines.join('\n  ')}`);
  const show = lines.length === 1 ? 'Show Problem' : 'Show First Problem';
  const text = inMessage(`${name} cannot be used`);
  const chosen = await window.showErrorMessage(text, { modal: true, detail: lines.join('\n') }, show);
  if (chosen === show) {
    const selection = problems[0]?.range;
    await window.showTextDocument(document, selection === undefined ? {} : { selection });
  }
  return undefined;
}
