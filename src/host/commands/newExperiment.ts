import { basename, isAbsolute, relative } from 'node:path';
import { Range, Selection, Uri, window, workspace, WorkspaceEdit } from 'vscode';
import type { QuickPickItem, TextDocument, WorkspaceFolder } from 'vscode';

import { cellIds, cellKinds, cellTitle, defaultCell } from '../../config/cells.ts';
import type { CellId } from '../../config/cells.ts';
import { experimentText, shapes, suggestedName, type NewExperiment, type Shape } from '../../config/newExperiment.ts';
import { presetNames, presets } from '../../config/presets.ts';
import { chooseFolder, choosePtb } from '../questions/corpusChoice.ts';
import type { Extension } from '../extensionParts.ts';
import { showError } from '../log.ts';
import { back, inputStep, pickStep, type Answer, type StepOptions } from '../questions/multiStep.ts';
import { inLabel } from '../text.ts';

const title = 'New Experiment';

/** Asks what an experiment shall be, and opens a configuration file that says so. Starts no process. */
export async function newExperiment(extension: Pick<Extension, 'context' | 'log'>): Promise<void> {
  try {
    const folder = await folderOfFile();
    if (folder === undefined) return;
    const experiment = await ask(extension, folder ?? undefined);
    if (experiment !== undefined) await open(experiment, folder ?? undefined);
  } catch (error) {
    showError(extension.log, title, error);
  }
}

/** Where the file will lie: null where no folder is open; undefined when the user wants no more of it. */
async function folderOfFile(): Promise<WorkspaceFolder | null | undefined> {
  const folders = (workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  if (folders.length <= 1) return folders[0] ?? null;
  return window.showWorkspaceFolderPick({ placeHolder: 'The folder for the configuration of the experiment' });
}

type Draft = Partial<NewExperiment>;
type Question = (draft: Draft, options: StepOptions) => Promise<Answer<Draft>>;

async function ask(
  extension: Pick<Extension, 'context' | 'log'>,
  folder: WorkspaceFolder | undefined,
): Promise<NewExperiment | undefined> {
  const questions: readonly Question[] = [
    (_, options) => askCorpus(extension, options),
    askCell,
    askShape,
    askPreset,
    (draft, options) => askName(draft, options, folder),
  ];
  let draft: Draft = {};
  for (let at = 0; at < questions.length;) {
    const answer = await questions[at]?.(draft, { title, step: at + 1, totalSteps: questions.length });
    if (answer === undefined) return undefined;
    if (answer === back) at--;
    else {
      draft = { ...draft, ...answer };
      at++;
    }
  }
  return isWhole(draft) ? draft : undefined;
}

function isWhole(draft: Draft): draft is NewExperiment {
  const { corpus, cell, shape, preset, name } = draft;
  return [corpus, cell, shape, preset, name].every((part) => part !== undefined);
}

type CorpusItem = QuickPickItem & { from: 'builtin' | 'ptb' | 'folder' | 'file' };
const corpora: readonly CorpusItem[] = [
  {
    from: 'builtin',
    label: '$(beaker) Built-in corpus',
    detail: '200,000 words generated from a grammar: needs no files, and the lowest possible perplexity is known.',
  },
  {
    from: 'ptb',
    label: '$(book) Penn Treebank',
    detail: 'Found in the workspace, or else chosen or downloaded.',
  },
  { from: 'folder', label: '$(folder) Folder…', detail: 'With train.txt, valid.txt and test.txt.' },
  { from: 'file', label: '$(file-text) Text file…', detail: 'The last tenth is kept for validation and test.' },
];

async function askCorpus(
  { context, log }: Pick<Extension, 'context' | 'log'>,
  options: StepOptions,
): Promise<Answer<Draft>> {
  for (;;) {
    const placeHolder = 'What should the model be trained on?';
    const picked = await pickStep({ ...options, placeHolder, items: corpora });
    if (picked === undefined || picked === back) return picked;
    switch (picked.from) {
      case 'builtin':
        return { corpus: { kind: 'builtin' } };
      case 'ptb': {
        const chosen = await choosePtb(context, log, `${title}: Penn Treebank`);
        if (chosen !== undefined) return { corpus: chosen.corpus };
        break;
      }
      case 'folder': {
        const chosen = await chooseFolder(context, log);
        if (chosen !== undefined) return { corpus: chosen.corpus };
        break;
      }
      case 'file': {
        const path = await askTextFile();
        if (path !== undefined) return { corpus: { kind: 'file', path } };
      }
    }
    // Whoever leaves a dialog without a choice is asked again.
  }
}

async function askTextFile(): Promise<string | undefined> {
  const folder = workspace.workspaceFolders?.[0]?.uri;
  const picked = await window.showOpenDialog({
    title: 'Text to train on',
    openLabel: 'Use This File',
    ...(folder === undefined ? {} : { defaultUri: folder }),
  });
  return picked?.[0]?.fsPath;
}

async function askCell(draft: Draft, options: StepOptions): Promise<Answer<Draft>> {
  // The one that most people want stands first.
  const ids: readonly CellId[] = [defaultCell, ...cellIds.filter((id) => id !== defaultCell)];
  const items = ids.map((cell) => ({
    cell,
    label: cellTitle(cell),
    detail: cellKinds[cell].meaning,
  }));
  const active = items.find(({ cell }) => cell === draft.cell);
  const picked = await pickStep({ ...options, placeHolder: 'Which recurrent cell?', items, active });
  return picked === undefined || picked === back ? picked : { cell: picked.cell };
}

async function askShape(draft: Draft, options: StepOptions): Promise<Answer<Draft>> {
  const items = (Object.keys(shapes) as Shape[]).map((shape) => ({
    shape,
    label: shapes[shape].title,
    detail: shapes[shape].description,
  }));
  const active = items.find(({ shape }) => shape === draft.shape);
  const picked = await pickStep({ ...options, placeHolder: 'How should the layers be arranged?', items, active });
  return picked === undefined || picked === back ? picked : { shape: picked.shape };
}

async function askPreset(draft: Draft, options: StepOptions): Promise<Answer<Draft>> {
  const items = presetNames
    // Made for the built-in corpus, which is where it stands first.
    .filter((preset) => preset !== 'demo' || draft.corpus?.kind === 'builtin')
    .map((preset) => ({ preset, label: presets[preset].title, detail: presets[preset].description }));
  const active = items.find(({ preset }) => preset === draft.preset);
  const placeHolder = 'Which preset should it start from? The preset supplies every key that the file leaves out.';
  const picked = await pickStep({ ...options, placeHolder, items, active });
  return picked === undefined || picked === back ? picked : { preset: picked.preset };
}

async function askName(
  draft: Draft,
  options: StepOptions,
  folder: WorkspaceFolder | undefined,
): Promise<Answer<Draft>> {
  const { corpus, cell, shape } = draft;
  if (corpus === undefined || cell === undefined || shape === undefined) return undefined;
  const problem = async (text: string): Promise<string | undefined> =>
    nameProblem(text) ?? ((await isTaken(text, folder)) ? taken(text) : undefined);
  const suggested = suggestedName({ corpus, cell, shape });
  let value = suggested;
  for (let count = 2; (await problem(value)) !== undefined && count < 100; count++) value = `${suggested}-${count}`;
  const name = await inputStep({ ...options, prompt: 'The name of the experiment and of its file', value, problem });
  return name === undefined || name === back ? name : { name: name.trim() };
}

const taken = (name: string): string => `${name.trim()}.seqlab.json already exists. Choose another name.`;

/** Why a name cannot be that of a file on every system, in words. */
function nameProblem(text: string): string | undefined {
  const name = text.trim();
  if (name === '') return 'Give the experiment a name.';
  if (Buffer.byteLength(name) > 200) return 'The name is too long.';
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\\/:*?"<>|\u0000-\u001f]/.test(name)) return 'A name cannot contain any of the characters \\ / : * ? " < > |.';
  // Windows keeps them for devices, with any ending.
  if (/^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(name))
    return `${name} is reserved by Windows. Choose another name.`;
  return name.startsWith('.') ? 'A name cannot begin with a dot.' : undefined;
}

function fileOf(folder: WorkspaceFolder, name: string): Uri {
  return Uri.joinPath(folder.uri, `${name.trim()}.seqlab.json`);
}

/** Whether there is such a file, or without a folder such a document that is not saved yet. */
async function isTaken(name: string, folder: WorkspaceFolder | undefined): Promise<boolean> {
  if (folder !== undefined) return isThere(fileOf(folder, name));
  const wanted = untitledOf(name).toString();
  return workspace.textDocuments.some(({ uri }) => uri.toString() === wanted);
}

function untitledOf(name: string): Uri {
  return Uri.from({ scheme: 'untitled', path: `${name.trim()}.seqlab.json` });
}

async function isThere(file: Uri): Promise<boolean> {
  return workspace.fs.stat(file).then(
    () => true,
    () => false,
  );
}

async function open(experiment: NewExperiment, folder: WorkspaceFolder | undefined): Promise<void> {
  const corpus = { ...experiment.corpus };
  if (corpus.path !== undefined && folder !== undefined) corpus.path = pathFrom(folder.uri.fsPath, corpus.path);
  const { text, cursor } = experimentText({ ...experiment, corpus });
  const document = await create(experiment.name, text, folder);
  const at = document.positionAt(cursor);
  const editor = await window.showTextDocument(document, { preview: false });
  editor.selection = new Selection(at, at);
}

/** Relative where it lies in the folder, so that the folder can be moved; with slashes, which every system reads. */
function pathFrom(folder: string, path: string): string {
  const inside = relative(folder, path);
  if (inside.startsWith('..') || isAbsolute(inside)) return path;
  return inside === '' ? '.' : inside.replaceAll('\\', '/');
}

async function create(name: string, text: string, folder: WorkspaceFolder | undefined): Promise<TextDocument> {
  const edit = new WorkspaceEdit();
  if (folder === undefined) {
    const document = await workspace.openTextDocument(untitledOf(name));
    edit.replace(document.uri, new Range(0, 0, document.lineCount, 0), text);
    await workspace.applyEdit(edit);
    return document;
  }
  const file = fileOf(folder, name);
  edit.createFile(file, { overwrite: false, contents: new TextEncoder().encode(text) });
  // A file that has come meanwhile stays as it is.
  if (!(await workspace.applyEdit(edit)))
    throw new Error(`${basename(file.fsPath)} could not be created in ${inLabel(folder.name)}`);
  return workspace.openTextDocument(file);
}
