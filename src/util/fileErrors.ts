import { constants } from 'node:os';

import { FileError, messageOf } from './errors.ts';

/** What the system's error codes mean, in words that a person can act on. */
const meanings: Readonly<Record<string, string>> = {
  EACCES: 'permission denied; change the permissions or choose another place',
  EBUSY: 'another program is using it; close that program and try again',
  EDQUOT: 'the disk quota is exceeded; free some space and try again',
  EEXIST: 'something with that name is already there',
  EFBIG: 'it would be larger than the file system allows',
  EIO: 'the disk reported an error; check the disk',
  EISDIR: 'it is a folder, not a file',
  ELOOP: 'its symbolic links form a loop',
  EMFILE: 'too many files are open; raise the limit (ulimit -n) and try again',
  ENAMETOOLONG: 'its name is too long; choose a shorter one',
  ENOENT: 'it does not exist; check the path',
  ENOSPC: 'the disk is full; free some space and try again',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EPIPE: 'the program that reads it has closed it',
  EPERM: 'the system does not allow it; check the permissions',
  EROFS: 'the file system is read-only; choose another place',
};

/** Codes of what may be over in a minute: a full disk, a quota, a network folder that is away, a file in use. */
const passing: ReadonlySet<string> = new Set([
  ...['ENOSPC', 'EDQUOT', 'EIO', 'EBUSY', 'EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM', 'EACCES', 'EPERM', 'EROFS'],
  ...['ESTALE', 'ETIMEDOUT', 'EHOSTDOWN', 'EHOSTUNREACH', 'ENETDOWN', 'ENETUNREACH', 'ENOTCONN', 'EREMOTEIO'],
]);

/** Whether what refused a file operation may be over soon, so that trying again makes sense. */
export function mayPass(error: FileError): boolean {
  return passing.has(errorCode(error.cause) ?? '');
}

/** The system's code of a failed file operation (`ENOENT`), or undefined where the error has none. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return undefined;
  // Node has no name for some of the system's errors, a quota that is exceeded (EDQUOT) among them.
  if (!error.code.startsWith('Unknown system error') || !('errno' in error)) return error.code;
  const number = -Number(error.errno);
  return Object.entries(constants.errno).find(([, value]) => value === number)?.[0] ?? error.code;
}

/**
 * The FileError for a failed file operation: what was tried, why it failed and what to do.
 *
 * @param error what was thrown; a FileError is returned as it is
 * @param tried what was tried and on which file: `cannot write /a/b.json`
 */
export function fileErrorFrom(error: unknown, tried: string): FileError {
  if (error instanceof FileError) return error;
  const code = errorCode(error);
  const meaning = code === undefined ? undefined : meanings[code];
  const reason = meaning === undefined ? messageOf(error) : `${meaning} (${String(code)})`;
  return new FileError(`${tried}: ${reason}`, { cause: error });
}

/** Runs a file operation; whatever it throws becomes a FileError that begins with `tried`. */
export async function asFileError<T>(tried: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw fileErrorFrom(error, tried);
  }
}
