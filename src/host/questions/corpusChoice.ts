import { join } from 'node:path';
import { ProgressLocation, Uri, window, workspace } from 'vscode';
import type { ExtensionContext, QuickPickItem } from 'vscode';

import type { ConfigurationInput } from '../../config/schema.ts';
import { detectCorpus } from '../../corpus/detect.ts';
import { downloadPtb } from '../../corpus/download.ts';
import { findPtb } from '../../corpus/find.ts';
import { messageOf } from '../../util/errors.ts';
import type { Log } from '../log.ts';
import { logError } from '../log.ts';
import { setting } from '../settings.ts';
import { inLabel, inMessage } from '../text.ts';

/** What a run is trained on, and what a person calls it. */
export interface ChosenCorpus {
  readonly corpus: NonNullable<ConfigurationInput['corpus']>;
  readonly title: string;
}

/** A folder with the corpus that the user chose once: found again in every window. */
const rememberedKey = 'ptbFolder';

/**
 * The Penn Treebank, where it is found (setting, workspace, what was chosen or downloaded before); else what the user
 * wants in its place.
 *
 * @returns undefined when the user does not want to
 * @throws FileError where the setting names a folder without it; ConfigurationError for a wrong setting
 */
export async function choosePtb(
  context: ExtensionContext,
  log: Log,
  title = 'Train PTB model: corpus',
): Promise<ChosenCorpus | undefined> {
  const found = await findIt(context);
  if (found !== undefined) {
    log.info(`The Penn Treebank is in ${found}`);
    return ptbIn(found);
  }
  const kind = await window.showQuickPick(offers(), {
    title,
    placeHolder: 'The Penn Treebank was not found. What should the model be trained on?',
    ignoreFocusOut: true,
  });
  switch (kind?.offer) {
    case undefined:
      return undefined;
    case 'builtin':
      return { corpus: { kind: 'builtin' }, title: 'Built-in corpus' };
    case 'download':
      return download(context, log);
    case 'folder':
      return chooseFolder(context, log);
  }
}

type Offer = QuickPickItem & { offer: 'download' | 'folder' | 'builtin' };

function offers(): Offer[] {
  return [
    {
      offer: 'folder',
      label: '$(folder-opened) Choose a folder…',
      detail: 'With ptb.train.txt, ptb.valid.txt and ptb.test.txt, or the same names without “ptb.”.',
    },
    {
      offer: 'download',
      label: '$(cloud-download) Download the Penn Treebank',
      description: '6 MB',
      detail: `From ${downloadHost()}, checked and kept for all workspaces.`,
    },
    {
      offer: 'builtin',
      label: '$(beaker) Use the built-in corpus',
      description: 'trains in about a minute',
      detail: '200,000 words generated from a grammar, whose lowest possible perplexity is known.',
    },
  ];
}

/** A wrong address is told when it is used: it must not bar the other ways. */
function downloadHost(): string {
  try {
    return inLabel(new URL(setting('corpus.downloadUrl')).hostname);
  } catch {
    return 'the address in the settings';
  }
}

function storageFolder(context: ExtensionContext): string {
  return join(context.globalStorageUri.fsPath, 'ptb');
}

async function findIt(context: ExtensionContext): Promise<string | undefined> {
  const named = setting('corpus.ptbFolder');
  const found = await findPtb({
    ...(named === '' ? {} : { setting: named }),
    workspaceFolders: (workspace.workspaceFolders ?? [])
      .filter(({ uri }) => uri.scheme === 'file')
      .map(({ uri }) => uri.fsPath),
    storageFolder: storageFolder(context),
  });
  if (found !== undefined) return found.folder;
  const remembered = context.globalState.get<string>(rememberedKey);
  if (remembered === undefined) return undefined;
  const detected = await detectCorpus(remembered).catch(() => undefined);
  return detected?.kind === 'ptb' ? detected.path : undefined;
}

function ptbIn(folder: string): ChosenCorpus {
  return { corpus: { kind: 'ptb', path: folder }, title: 'Penn Treebank' };
}

async function download(context: ExtensionContext, log: Log): Promise<ChosenCorpus | undefined> {
  const folder = storageFolder(context);
  try {
    const url = setting('corpus.downloadUrl');
    log.info(`Downloading the Penn Treebank from ${new URL(url).host} to ${folder}`);
    await window.withProgress(
      { location: ProgressLocation.Notification, title: 'Downloading the Penn Treebank', cancellable: true },
      async (progress, token) => {
        const controller = new AbortController();
        token.onCancellationRequested(() => controller.abort());
        let before = 0;
        await downloadPtb({
          url,
          folder,
          signal: controller.signal,
          onProgress: ({ file, fraction }) => {
            progress.report({ message: file, increment: (fraction - before) * 100 });
            before = fraction;
          },
        });
      },
    );
    return ptbIn(folder);
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') {
      log.info('The download was cancelled; nothing was kept');
      return undefined;
    }
    logError(log, 'The Penn Treebank was not downloaded', error);
    const again = 'Try Again';
    const other = 'Choose a Folder…';
    const builtin = 'Use Built-in Corpus';
    const text = inMessage(`The Penn Treebank was not downloaded: ${messageOf(error)}`);
    const chosen = await window.showErrorMessage(text, again, other, builtin);
    if (chosen === again) return download(context, log);
    if (chosen === other) return chooseFolder(context, log);
    return chosen === builtin ? { corpus: { kind: 'builtin' }, title: 'Built-in corpus' } : undefined;
  }
}

/** A folder with a corpus, that the user points out. @returns undefined when the user does not want to */
export async function chooseFolder(context: ExtensionContext, log: Log): Promise<ChosenCorpus | undefined> {
  const first = workspace.workspaceFolders?.[0]?.uri;
  const picked = await window.showOpenDialog({
    canSelectFolders: true,
    canSelectFiles: false,
    canSelectMany: false,
    title: 'Folder with the corpus',
    openLabel: 'Use This Folder',
    ...(first === undefined ? {} : { defaultUri: first }),
  });
  const folder = picked?.[0]?.fsPath;
  if (folder === undefined) return undefined;
  try {
    const corpus = await detectCorpus(folder);
    if (corpus.kind === 'ptb') await context.globalState.update(rememberedKey, corpus.path);
    return { corpus, title: corpus.kind === 'ptb' ? 'Penn Treebank' : Uri.file(corpus.path).path };
  } catch (error) {
    logError(log, 'The folder cannot be used', error);
    const again = 'Choose Another Folder…';
    const chosen = await window.showErrorMessage(inMessage(messageOf(error)), again);
    return chosen === again ? chooseFolder(context, log) : undefined;
  }
}
