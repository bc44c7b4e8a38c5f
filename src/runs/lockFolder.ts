import { createHash } from 'node:crypto';
import { lstat, mkdir, realpath } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';

import { FileError } from '../util/errors.ts';
import { asFileError, errorCode, fileErrorFrom } from '../util/fileErrors.ts';

/** Names another folder for the sockets. It must be the same for all processes that are to know of each other. */
export const socketsVariable = 'SEQUENCE_LAB_SOCKETS';

/** The least that an operating system allows for a socket's path is 104 bytes, of which the last is a zero (macOS). */
const longestPath = 103;
/** `.<pid>-<8 hexadecimal digits>.sock` behind the run's own name, with a process number of up to 10 digits. */
const longestEnding = 26;

/** Where the sockets of a run are, and what their names begin with. */
export interface SocketPlace {
  readonly folder: string;
  /** Of the run's real path: two ways to one folder are one run. */
  readonly run: string;
}

/**
 * Where the sockets of a run are looked for. The folder does not depend on the environment as a rule: `TMPDIR` and
 * `XDG_RUNTIME_DIR` differ between a terminal, a batch queue and VS Code's server on one machine, and who looks in
 * another folder would neither see the lock nor reach the trainer. (XDG_RUNTIME_DIR is also deleted at the last logout,
 * which a detached trainer outlives.)
 *
 * @throws FileError where the run's folder does not exist, or the sockets' paths would be too long for the system
 */
export async function socketPlace(runFolder: string): Promise<SocketPlace> {
  const run = await hashOfRun(runFolder);
  const folder = socketsFolder();
  const length = Buffer.byteLength(join(folder, run)) + longestEnding;
  if (length > longestPath)
    throw new FileError(
      `the path of the folder for sockets ${folder} is too long: a socket in it would have ${length} bytes, and the ` +
        `system allows ${longestPath}; set ${socketsVariable} to a shorter path`,
    );
  return { folder, run };
}

/** The name of a run's pipe on Windows, where pipes are in no folder and vanish with their process. */
export async function pipeName(runFolder: string): Promise<string> {
  const user = createHash('sha256').update(userInfo().username).digest('hex').slice(0, 8);
  return `\\\\.\\pipe\\sequence-lab-${user}-${await hashOfRun(runFolder)}`;
}

async function hashOfRun(runFolder: string): Promise<string> {
  const path = await asFileError(`cannot find the run folder ${runFolder}`, () => realpath(runFolder));
  return createHash('sha256').update(path).digest('hex').slice(0, 24);
}

function socketsFolder(): string {
  const named = process.env[socketsVariable];
  return named ? resolve(named) : `/tmp/sequence-lab-${userInfo().uid}`;
}

/**
 * Makes the folder for sockets, if it is not there, and makes sure that only this user can enter it: whoever can put a
 * socket there could pass for a trainer, and whoever can connect to one could stop it.
 *
 * @throws FileError that says what is wrong with the folder
 */
export async function makeSocketsFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST')
      throw fileErrorFrom(error, `cannot create the folder for sockets ${folder} (if that does not help, ${advice})`);
  }
  if (!(await isSafeFolder(folder)))
    throw new FileError(`the folder for sockets ${folder} was removed again; ${advice}`);
}

const advice = `set ${socketsVariable} to another folder`;

/**
 * Whether the folder for sockets is there.
 * @throws FileError where it is not the user's alone
 */
export async function isSafeFolder(folder: string): Promise<boolean> {
  let found;
  try {
    found = await lstat(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw fileErrorFrom(error, `cannot look at the folder for sockets ${folder}`);
  }
  const refuse = (what: string, act: string): never => {
    throw new FileError(`${folder} cannot hold the sockets that control training: it is ${what}; ${act}, or ${advice}`);
  };
  if (found.isSymbolicLink()) refuse('a symbolic link', 'remove it');
  if (!found.isDirectory()) refuse('not a folder', 'move it');
  if (found.uid !== userInfo().uid) refuse('the folder of another user', 'have it removed');
  const mode = found.mode & 0o777;
  if ((mode & 0o077) !== 0)
    refuse(`open to other users (mode ${mode.toString(8)})`, `make it private (chmod 700 ${folder})`);
  return true;
}
