import { close, constants, fstat, open as openByCallback, read, type Stats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

import { FileError } from './errors.ts';
import { asFileError, fileErrorFrom } from './fileErrors.ts';

/**
 * Run folders come with repositories, and are listed before their workspace is trusted: a file in them may be a link to
 * `/dev/zero`, a pipe to which nobody writes, or larger than the memory. One read of a pipe would hold one of Node's four
 * threads for ever. So whatever is read of a run is read by these functions.
 */

const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = constants;
/** A pipe is opened at once, whoever writes to it, and a terminal does not become ours. Windows has neither flag, and |
 * takes `undefined` for 0. */
const flags = O_RDONLY | O_NONBLOCK | O_NOCTTY;

/** One call of the system never gives more than 2 GiB. */
const pieceBytes = 1024 * 1024 * 1024;

/** The most bytes of a file that is read whole, by what it is: many times what we write. */
export const maxBytes = { json: 1024 * 1024, vocabulary: 64 * 1024 * 1024 } as const;

/** Ten million records, at 250 bytes each, have fewer. */
export const maxMetricsBytes = 2.5 * 1024 ** 3;

/**
 * Opens a file for reading, where it is a regular one.
 *
 * @param most the most bytes that it may have; left out, any number
 * @throws FileError that says what it is, or that it is too large
 */
export async function openRegular(path: string, most = Infinity): Promise<FileHandle> {
  return asFileError(`cannot read ${path}`, async () => {
    const handle = await open(path, flags);
    try {
      requireRegular(await handle.stat(), { path, most });
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  });
}

/**
 * The bytes of a regular file. By callbacks, which take half the time of fs/promises: lists read a thousand files.
 *
 * @param most the most bytes that it may have
 * @throws FileError that says what it is, or that it is too large
 */
export function readRegular(path: string, most: number): Promise<Buffer> {
  return new Promise((settle, fail) => {
    const failAs = (error: unknown): void => fail(fileErrorFrom(error, `cannot read ${path}`));
    openByCallback(path, flags, (openError, file) => {
      if (openError) return failAs(openError);
      const end = (error: unknown, bytes?: Buffer): void =>
        close(file, () => (bytes === undefined ? failAs(error) : settle(bytes)));
      fstat(file, (statError, stats) => {
        if (statError) return end(statError);
        try {
          requireRegular(stats, { path, most });
          readAll(file, Buffer.allocUnsafe(stats.size), end);
        } catch (error) {
          end(error);
        }
      });
    });
  });
}

/** Fills the buffer; a file that has become shorter meanwhile gives fewer bytes. */
function readAll(file: number, buffer: Buffer, end: (error: unknown, bytes?: Buffer) => void, done = 0): void {
  if (done === buffer.length) return end(undefined, buffer);
  read(file, buffer, done, Math.min(pieceBytes, buffer.length - done), done, (error, bytesRead) => {
    if (error) end(error);
    else if (bytesRead === 0) end(undefined, buffer.subarray(0, done));
    else readAll(file, buffer, end, done + bytesRead);
  });
}

function requireRegular(stats: Stats, { path, most }: { path: string; most: number }): void {
  if (!stats.isFile()) throw new FileError(`cannot read ${path}: it is ${kindOf(stats)}, not a file`);
  if (stats.size > most)
    throw new FileError(`cannot read ${path}: it has ${stats.size} bytes, and at most ${most} are read of such a file`);
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  return stats.isFIFO() ? 'a named pipe' : 'a device';
}
