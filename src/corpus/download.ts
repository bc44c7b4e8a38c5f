import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, link, mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { syncFolder } from '../util/atomicFile.ts';
import { FileError } from '../util/errors.ts';
import { errorCode, fileErrorFrom } from '../util/fileErrors.ts';
import { makeFolders } from '../util/folders.ts';
import { fileAddress, folderAddress } from './downloadAddress.ts';
import { fetchFile } from './fetchFile.ts';
import { ptbFiles, type KnownFile } from './ptb.ts';

export interface DownloadProgress {
  /** The name of the file that is under way. */
  readonly file: string;
  /** Of that file, so far and in all. */
  readonly bytes: number;
  readonly total: number;
  /** Of all files, from 0 to 1. */
  readonly fraction: number;
}

export interface PtbDownload {
  /** The address of a folder with the three files: https, or http to this machine. */
  readonly url: string;
  /** Where they go; made when all are there. */
  readonly folder: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** How long the server may be silent; 30 s when left out. */
  readonly idleMilliseconds?: number;
  /** Other files, and another way to fetch them, are for tests. */
  readonly files?: readonly KnownFile[];
  readonly fetch?: typeof globalThis.fetch;
}

/** What a failed or killed download may have left is removed by a later one, after so long. */
const leftoverMilliseconds = 24 * 3_600_000;

/**
 * Downloads the Penn Treebank: each file is checked against its size and SHA-256 while it comes, and all are moved into
 * place together. Files that are there already are checked, and not fetched again when they are right. When anything
 * fails, or the signal aborts, what was there before is as it was, and nothing else is left.
 *
 * @throws ConfigurationError for an address that is not used: no https, or with a password in it
 * @throws FileError that says which file, what came and what to do
 * @throws the signal's reason when it aborts
 */
export async function downloadPtb(download: PtbDownload): Promise<void> {
  const { signal, files = ptbFiles } = download;
  const address = folderAddress(download.url);
  const folder = resolve(download.folder);
  const parent = dirname(folder);
  const temporary = join(parent, `${basename(folder)}${temporaryMark}${randomBytes(6).toString('hex')}`);
  const there = await stat(folder).catch(() => undefined);
  if (there?.isDirectory() === false)
    throw new FileError(`cannot download to ${folder}: there is a file with that name; move it`);
  const missing = await notYetThere(folder, files, signal);
  if (missing.length === 0) return;
  try {
    await makeFolders(parent);
    await removeLeftovers(folder);
    await mkdir(temporary);
  } catch (error) {
    throw fileErrorFrom(error, `cannot create a folder for the download in ${parent}`);
  }
  try {
    await fetchAll({ ...download, files }, { address, missing, temporary });
    signal?.throwIfAborted();
    await moveIntoPlace({ temporary, folder, files, missing });
  } finally {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
  }
}

const temporaryMark = '.download-';

/** The files that are missing, or are not what they should be. */
async function notYetThere(
  folder: string,
  files: readonly KnownFile[],
  signal: AbortSignal | undefined,
): Promise<KnownFile[]> {
  const missing: KnownFile[] = [];
  for (const file of files) if (!(await isRight(join(folder, file.name), file, signal))) missing.push(file);
  return missing;
}

async function isRight(path: string, { bytes, sha256 }: KnownFile, signal: AbortSignal | undefined): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isFile() !== true || stats.size !== bytes) return false;
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { signal })) hash.update(chunk as Buffer);
  } catch {
    signal?.throwIfAborted();
    return false;
  }
  return hash.digest('hex') === sha256;
}

async function fetchAll(
  download: PtbDownload & { readonly files: readonly KnownFile[] },
  { address, missing, temporary }: { address: URL; missing: readonly KnownFile[]; temporary: string },
): Promise<void> {
  const { signal, onProgress, idleMilliseconds = 30_000, fetch = globalThis.fetch } = download;
  const all = missing.reduce((sum, { bytes }) => sum + bytes, 0);
  let before = 0;
  for (const file of missing) {
    const onBytes = (bytes: number): void =>
      onProgress?.({ file: file.name, bytes, total: file.bytes, fraction: (before + bytes) / all });
    onBytes(0);
    const path = join(temporary, file.name);
    await fetchFile({
      address: fileAddress(address, file.name),
      file,
      path,
      signal,
      idleMilliseconds,
      onBytes,
      fetch,
    });
    before += file.bytes;
  }
}

interface Move {
  readonly temporary: string;
  readonly folder: string;
  readonly files: readonly KnownFile[];
  /** Those of the files that are in the temporary folder; the others are right where they are. */
  readonly missing: readonly KnownFile[];
}

/** How often the files are moved anew while other windows move theirs into the same place. */
const moveAttempts = 10;

async function moveIntoPlace(move: Move): Promise<void> {
  const { folder, files } = move;
  for (let attempt = 1; ; attempt++) {
    try {
      if (await tryToMove(move)) return;
    } catch (error) {
      // Between two renames of another window the folder is not there.
      if (errorCode(error) !== 'ENOENT' || attempt === moveAttempts)
        throw fileErrorFrom(error, `cannot move the downloaded files into ${folder}`);
    }
    // Another window was quicker: what it put there is as good.
    if ((await notYetThere(folder, files, undefined)).length === 0) return;
    if (attempt === moveAttempts)
      throw new FileError(`cannot move the downloaded files into ${folder}: other windows keep changing it; try again`);
    await setTimeout(20 * attempt);
  }
}

/** False where another window put something in the place meanwhile. */
async function tryToMove({ temporary, folder, files, missing }: Move): Promise<boolean> {
  if (await holdsNothingElse(folder, files)) {
    for (const file of files)
      if (!missing.includes(file)) await linkOrCopy(join(folder, file.name), join(temporary, file.name));
    await syncFolder(temporary);
    if (!(await takePlace(temporary, folder))) return false;
    await syncFolder(dirname(folder));
    return true;
  }
  // The folder has other things in it, which stay. Each file that is moved in is whole.
  for (const { name } of missing) await rename(join(temporary, name), join(folder, name));
  await syncFolder(folder);
  return true;
}

async function holdsNothingElse(folder: string, files: readonly KnownFile[]): Promise<boolean> {
  try {
    const names = await readdir(folder);
    return names.every((name) => files.some((file) => file.name === name));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return true;
    throw error;
  }
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to));
}

/** Puts a folder in the place of one that is missing or holds nothing else; false where it does not go. */
async function takePlace(temporary: string, folder: string): Promise<boolean> {
  const old = `${temporary}-old`;
  const hadOld = await rename(folder, old).then(
    () => true,
    () => false,
  );
  try {
    await rename(temporary, folder);
  } catch (error) {
    // That fails where another window has just put its download there, which is as good.
    if (hadOld) await putBack(old, folder);
    if (['EEXIST', 'ENOTEMPTY', 'EPERM', 'EACCES'].includes(errorCode(error) ?? '')) return false;
    throw error;
  }
  if (hadOld) await rm(old, { recursive: true, force: true }).catch(() => undefined);
  return true;
}

/** Back where it was; where another window's download stands there now, that has all that the old folder had. */
async function putBack(old: string, folder: string): Promise<void> {
  try {
    await rename(old, folder);
  } catch (error) {
    if (['EEXIST', 'ENOTEMPTY'].includes(errorCode(error) ?? '')) await rm(old, { recursive: true, force: true });
  }
}

async function removeLeftovers(folder: string): Promise<void> {
  const parent = dirname(folder);
  const start = `${basename(folder)}${temporaryMark}`;
  for (const name of await readdir(parent)) {
    if (!name.startsWith(start)) continue;
    const path = join(parent, name);
    const changed = (await stat(path).catch(() => undefined))?.mtimeMs ?? Infinity;
    if (Date.now() - changed > leftoverMilliseconds)
      await rm(path, { recursive: true, force: true }).catch(() => rmdir(path).catch(() => undefined));
  }
}
