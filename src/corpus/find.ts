import { opendir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

import type { CorpusConfiguration } from '../config/schema.ts';
import { FileError } from '../util/errors.ts';
import { errorCode, fileErrorFrom } from '../util/fileErrors.ts';
import { fileNameOf } from './detect.ts';
import { ptbFileNames } from './ptb.ts';

export interface PtbPlaces {
  /** The folder that the user named; relative to the first workspace folder. Empty or left out: none. */
  readonly setting?: string;
  readonly workspaceFolders: readonly string[];
  /** Where it is downloaded to. */
  readonly storageFolder: string;
  readonly signal?: AbortSignal;
}

export interface FoundPtb {
  /** Absolute. It has all three files. */
  readonly folder: string;
  readonly source: 'setting' | 'workspace' | 'storage';
}

const usualFolders = ['.', 'ptb', 'data', 'data/ptb', 'corpus', 'simple-examples/data'];
const deepest = 3;
/** Of each workspace folder. */
const maxEntries = 2000;

/**
 * The first folder with the three files of the Penn Treebank: the one of the setting; else in the workspace (the usual
 * places first, then a short search); else where it was downloaded to. Reads no file.
 *
 * @returns undefined where there is none
 * @throws FileError where the setting names a folder that lacks a file: it says which
 * @throws the signal's reason when it aborts
 */
export async function findPtb(places: PtbPlaces): Promise<FoundPtb | undefined> {
  const { setting = '', workspaceFolders, storageFolder, signal } = places;
  if (setting.trim() !== '') return { folder: await namedFolder(setting.trim(), workspaceFolders), source: 'setting' };
  for (const workspace of workspaceFolders) {
    for (const usual of usualFolders) {
      signal?.throwIfAborted();
      const folder = resolve(workspace, usual);
      if (await isPtb(folder)) return { folder, source: 'workspace' };
    }
  }
  for (const workspace of workspaceFolders) {
    const folder = await searchIn(resolve(workspace), signal);
    if (folder !== undefined) return { folder, source: 'workspace' };
  }
  signal?.throwIfAborted();
  return (await isPtb(storageFolder)) ? { folder: resolve(storageFolder), source: 'storage' } : undefined;
}

const advice = 'correct the setting sequenceLab.corpus.ptbFolder, or clear it to search for the corpus';

async function namedFolder(setting: string, workspaceFolders: readonly string[]): Promise<string> {
  const folder = resolve(workspaceFolders[0] ?? homedir(), setting.replace(/^~(?=$|[/\\])/, homedir()));
  const stats = await stat(folder).catch((error: unknown) => {
    const { message } = fileErrorFrom(error, `cannot read ${folder}, the folder for the Penn Treebank`);
    throw new FileError(`${message}; ${advice}`, { cause: error });
  });
  if (!stats.isDirectory())
    throw new FileError(`${folder} is not a folder: expected the one with ${ptbFileNames.join(', ')}; ${advice}`);
  const missing = await missingIn(folder);
  if (missing.length > 0)
    throw new FileError(`${folder} lacks ${missing.join(' and ')}; add what is missing, or ${advice}`);
  return folder;
}

async function isPtb(folder: string): Promise<boolean> {
  // Nearly all folders lack the first already.
  return (await isText(join(folder, String(ptbFileNames[0])))) && (await missingIn(folder)).length === 0;
}

async function missingIn(folder: string): Promise<string[]> {
  const found = await Promise.all(ptbFileNames.map((name) => isText(join(folder, name))));
  return ptbFileNames.filter((_, index) => found[index] !== true);
}

/** Whether there is a file that is not empty. */
async function isText(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isFile() === true && stats.size > 0;
}

/** Folder by folder, the near ones first. Links are not followed; what cannot be read is passed over. */
async function searchIn(root: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  let entriesLeft = maxEntries;
  let level = [root];
  for (let depth = 1; depth <= deepest && level.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of level) {
      const listed = await foldersIn(folder, entriesLeft, signal);
      entriesLeft -= listed.entries;
      for (const inner of listed.folders) {
        signal?.throwIfAborted();
        if (await isPtb(inner)) return inner;
      }
      next.push(...listed.folders);
      if (entriesLeft <= 0) return undefined;
    }
    level = next;
  }
  return undefined;
}

async function foldersIn(
  folder: string,
  maxListed: number,
  signal: AbortSignal | undefined,
): Promise<{ folders: string[]; entries: number }> {
  const folders: string[] = [];
  let entries = 0;
  try {
    for await (const entry of await opendir(folder)) {
      signal?.throwIfAborted();
      entries++;
      if (entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
        folders.push(join(folder, entry.name));
      if (entries >= maxListed) break;
    }
  } catch (error) {
    if (errorCode(error) === undefined || signal?.aborted === true) throw error;
  }
  return { folders: folders.sort(), entries };
}

/** Of the Penn Treebank's training text: bytes of a word, with the blank behind it. English text is much the same. */
const bytesAWord = 5.49;

/**
 * About how many tokens the training text of a corpus has, by the size of its file: nothing is read. Within 1 % for the
 * Penn Treebank; for other text it gives the order of magnitude.
 *
 * @param corpus one with a path; of a single file nine tenths are trained on
 * @throws FileError where there is no such file
 */
export async function estimateTokens(corpus: Pick<CorpusConfiguration, 'kind' | 'path' | 'unit'>): Promise<number> {
  const { kind, path = '', unit } = corpus;
  if (kind === 'builtin') throw new RangeError('the built-in corpus has no file whose size tells anything');
  const file = kind === 'file' ? resolve(path) : join(resolve(path), fileNameOf(kind, 'train'));
  const stats = await stat(file).catch((error: unknown) => {
    throw fileErrorFrom(error, `cannot read ${file}`);
  });
  if (!stats.isFile()) throw new FileError(`${file} is not a file: expected the training text`);
  const bytes = kind === 'file' ? stats.size * 0.9 : stats.size;
  return Math.round(unit === 'character' ? bytes : bytes / bytesAWord);
}
