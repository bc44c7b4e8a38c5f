import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { FileError } from '../util/errors.ts';
import { fileErrorFrom } from '../util/fileErrors.ts';
import type { Scanner } from './scanners.ts';
import { encodedLength, longestWord } from './scanners.ts';

export interface CorpusFile {
  path: string;
  bytes: number;
  /** Lower-case hexadecimal. */
  sha256: string;
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

export interface ReadOptions {
  /** Bytes asked of the file at a time. */
  chunkBytes: number;
  signal?: AbortSignal | undefined;
}

/**
 * Reads a UTF-8 text file through `scanner` in one pass with bounded memory. A byte order mark at the start is left out.
 * Throws a FileError for a file that is missing, unreadable, not a file, empty, without text, binary or not UTF-8, and the
 * signal's reason when it aborts.
 */
export async function readTextFile(path: string, scanner: Scanner, options: ReadOptions): Promise<CorpusFile> {
  const handle = await openFile(path);
  try {
    const file = await readThrough(handle, path, scanner, options);
    if (file.bytes === 0) throw new FileError(`${path} is empty: expected UTF-8 text.`);
    if (!scanner.hasText) throw new FileError(`${path} contains only white space: expected UTF-8 text with words.`);
    return file;
  } finally {
    await handle.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for a writer for ever (Windows has neither).
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK || 0));
  } catch (error) {
    throw fileErrorFrom(error, `cannot read ${path}`);
  }
  const stats = await handle.stat().catch(async (error: unknown) => {
    await handle.close();
    throw fileErrorFrom(error, `cannot read ${path}`);
  });
  if (stats.isFile()) return handle;
  await handle.close();
  throw new FileError(
    stats.isDirectory()
      ? `${path} is a folder: expected a text file.`
      : `${path} is not a regular file: expected a text file.`,
  );
}

async function readThrough(
  handle: FileHandle,
  path: string,
  scanner: Scanner,
  { chunkBytes, signal }: ReadOptions,
): Promise<CorpusFile> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(longestWord + Math.max(chunkBytes, byteOrderMark.length));
  /** Where buffer[0] stands in the file. */
  let origin = 0;
  /** buffer[0..waiting) is the start of a token, or of a byte order mark, whose end has not been read yet. */
  let waiting = 0;
  for (let last = false; !last;) {
    signal?.throwIfAborted();
    const count = await readSome(handle, path, buffer, waiting, chunkBytes);
    last = count === 0;
    const filled = waiting + count;
    hash.update(buffer.subarray(waiting, filled));
    const view = { path, buffer, origin, linesBefore: scanner.lineEnds.length };
    const zero = buffer.subarray(0, filled).indexOf(0, waiting);
    if (zero >= 0) throw faultAt(zero, 'is binary or UTF-16, with a zero byte', view);
    if (origin === 0 && filled < byteOrderMark.length && !last) {
      waiting = filled;
      continue;
    }
    const start = origin === 0 && buffer.subarray(0, filled).indexOf(byteOrderMark) === 0 ? byteOrderMark.length : 0;
    const end = last ? filled : Math.max(start, scanner.cut(buffer, filled));
    const piece = buffer.subarray(start, end);
    if (!isUtf8(piece)) throw faultAt(start + firstInvalid(piece), 'is not UTF-8, with an invalid byte', view);
    const scanned = scanner.scan(buffer, start, end);
    const unfinished = filled - end;
    if (scanned < end || unfinished > longestWord) {
      throw faultAt(scanned, `has a word of more than ${longestWord} bytes`, view);
    }
    buffer.copyWithin(0, end, filled);
    waiting = unfinished;
    origin += end;
  }
  scanner.finish();
  return { path, bytes: origin, sha256: hash.digest('hex') };
}

async function readSome(
  handle: FileHandle,
  path: string,
  buffer: Buffer,
  place: number,
  length: number,
): Promise<number> {
  try {
    return (await handle.read(buffer, place, length)).bytesRead;
  } catch (error) {
    throw fileErrorFrom(error, `cannot read ${path}`);
  }
}

/** The place of the first byte that cannot stand there in UTF-8; only called where there is one. */
function firstInvalid(bytes: Buffer): number {
  let place = 0;
  while (place < bytes.length) {
    const length = encodedLength(bytes[place] ?? 0);
    if (!isUtf8(bytes.subarray(place, place + length))) break;
    place += length;
  }
  return place;
}

interface BufferView {
  path: string;
  buffer: Buffer;
  /** Where buffer[0] stands in the file. */
  origin: number;
  /** Whole lines of the file before buffer[0]. */
  linesBefore: number;
}

/** A FileError for what stands at a place of the buffer. */
function faultAt(place: number, problem: string, { path, buffer, origin, linesBefore }: BufferView): FileError {
  let line = linesBefore + 1;
  for (const byte of buffer.subarray(0, place)) if (byte === 0x0a) line++;
  return new FileError(
    `${path} ${problem} at byte offset ${origin + place} (line ${line}): expected UTF-8 text. Convert the file, or choose another.`,
  );
}
