import { open, readdir, rename, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { FileError } from './errors.ts';
import { errorCode, fileErrorFrom } from './fileErrors.ts';

/** What a file is written from: a text (as UTF-8), bytes, or parts that are written one after another. */
export type FileContent = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** One call of the system never gets more than this: beyond 2 GiB a write is cut short on Linux. */
const pieceBytes = 16 * 1024 * 1024;

let written = 0;

/**
 * Writes a file so that, whatever happens meanwhile (kill -9, power cut, full disk), the path holds either the whole old
 * content or the whole new one: a temporary file in the same folder, fsync, rename, fsync of the folder. Parts are
 * written as they come and never joined in memory; each must not change until the next is asked for.
 *
 * This is not the library `write-file-atomic` because that one ignores how many bytes the system took: on a disk that
 * fills up it renames a truncated file over the good one, and of a Float32Array it writes a quarter.
 *
 * @throws FileError that names the path; the old content is then untouched
 */
export async function writeFileAtomically(path: string, content: FileContent): Promise<void> {
  const temporary = join(dirname(path), `${basename(path)}.${process.pid}-${++written}${temporaryEnding}`);
  try {
    const handle = await open(temporary, 'wx');
    try {
      for await (const part of parts(content)) await writeWhole(handle, part);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await renameOver(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw fileErrorFrom(error, `cannot write ${path}`);
  }
}

const temporaryEnding = '.tmp';
const temporaryName = /\.\d+-\d+\.tmp$/;

/**
 * Removes the temporary files that a killed process left in a folder. Only for a folder that nobody else writes to. What
 * cannot be removed stays: it does no harm.
 */
export async function removeTemporaries(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) if (temporaryName.test(name)) await unlink(join(folder, name)).catch(() => undefined);
}

/** Writes all of `bytes`: a single write may take fewer, and on a full disk does so without an error at first. */
export async function writeWhole(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) {
    const length = Math.min(pieceBytes, bytes.byteLength - done);
    const { bytesWritten } = await handle.write(bytes, done, length);
    if (bytesWritten === 0) throw new FileError(`the system took only ${done} of ${bytes.byteLength} bytes`);
    done += bytesWritten;
  }
}

function parts(content: FileContent): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (typeof content === 'string') return [Buffer.from(content, 'utf8')];
  return content instanceof Uint8Array ? [content] : content;
}

/** On Windows a rename fails while another process (a reader, a virus scanner) has the target open: try for two seconds. */
async function renameOver(from: string, to: string): Promise<void> {
  const busy = process.platform === 'win32' ? ['EPERM', 'EACCES', 'EBUSY'] : [];
  for (let attempt = 1; ; attempt++) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      if (attempt > 20 || !busy.includes(errorCode(error) ?? '')) throw error;
      await wait(10 * attempt);
    }
  }
}

/** Makes a rename in a folder last. Windows and some network file systems have no such call: there it does nothing. */
export async function syncFolder(folder: string): Promise<void> {
  const cannot = ['EPERM', 'EACCES', 'EISDIR', 'EINVAL', 'ENOTSUP', 'EBADF'];
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!cannot.includes(errorCode(error) ?? '')) throw error;
  }
}
