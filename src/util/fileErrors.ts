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

/** The system's code of a failed file operation (`ENOENT`), or undefined where the error has none. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
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
