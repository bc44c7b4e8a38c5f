import { lstat, rename } from 'node:fs/promises';
import { basename } from 'node:path';

import { writeFileAtomically } from '../util/atomicFile.ts';
import { FileError, messageOf } from '../util/errors.ts';
import { errorCode, fileErrorFrom, mayPass } from '../util/fileErrors.ts';
import { readConfig, readStatus } from './files.ts';
import { interruptedStatus } from './freshStatus.ts';
import { runPaths, type RunPaths } from './layout.ts';
import { soundLines } from './metrics.ts';

/**
 * What stands beside a run's checkpoints is for the eye: status, metrics, log, probes. Where one of them is damaged, missing or
 * not a file, a whole checkpoint can still go on; what was there is kept under another name, for whoever wants to look.
 */

/**
 * Puts a status in place of one that cannot be read: that of an interrupted run. The caller holds the run's lock.
 *
 * @returns a sentence that says what was wrong, and where the old file is; undefined where all is well
 * @throws FileError where it cannot be moved or written
 */
export async function mendStatus(folder: string): Promise<string | undefined> {
  const { status } = runPaths(folder);
  try {
    await readStatus(folder);
    return undefined;
  } catch (error) {
    if (!(error instanceof FileError) || mayPass(error)) throw error;
    const { createdAt } = await readConfig(folder);
    const aside = await setAside(status);
    await writeFileAtomically(status, `${JSON.stringify(interruptedStatus(createdAt), undefined, 2)}\n`);
    return told(error, aside, 'The run goes on from its checkpoint, without the figures that stood there.');
  }
}

/**
 * Keeps of a run's metrics the lines that can be read, and sets the file aside. The caller holds the run's lock.
 *
 * @param error why the file could not be used
 * @returns a sentence that says so, and where the old file is
 * @throws FileError where it cannot be moved or written; `error` where the system refused to read it
 */
export async function mendMetrics({ metrics }: RunPaths, error: FileError): Promise<string> {
  if (mayPass(error)) throw error;
  const aside = await setAside(metrics);
  const sound = aside === undefined ? undefined : await soundLines(aside).catch(() => undefined);
  await writeFileAtomically(metrics, sound?.pieces ?? '');
  const lines = sound?.damage.length ?? 0;
  const without = lines === 1 ? 'that line' : `${lines} such lines`;
  return told(error, aside, sound === undefined ? 'The curves begin anew.' : `The curves are without ${without}.`);
}

/**
 * Sets aside what stands in place of the log and of the folder of probes, and is none.
 *
 * @returns a sentence for each
 * @throws FileError where it cannot be moved
 */
export async function mendKinds({ log, probes }: RunPaths): Promise<string[]> {
  const told = [
    await mendKind(log, 'file', 'The log begins anew.'),
    await mendKind(probes, 'folder', 'The records of its probe begin anew.'),
  ];
  return told.filter((sentence) => sentence !== undefined);
}

/** Sets aside what is there where it is of another kind: a folder, a pipe or a link in place of a file. */
async function mendKind(path: string, kind: 'file' | 'folder', then: string): Promise<string | undefined> {
  const stats = await lstat(path).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (stats === undefined || (kind === 'file' ? stats.isFile() : stats.isDirectory())) return undefined;
  const what = stats.isSymbolicLink()
    ? 'a link'
    : stats.isDirectory()
      ? 'a folder'
      : stats.isFile()
        ? 'a file'
        : 'a device';
  return told(new FileError(`${path} is ${what}, not a ${kind}`), await setAside(path), then);
}

function told(error: FileError, aside: string | undefined, then: string): string {
  return [
    `${messageOf(error)}.`,
    ...(aside === undefined ? [] : [`It was set aside as ${basename(aside)}.`]),
    then,
  ].join(' ');
}

const ending = 'damaged';

/** Gives what stands at a path another name. @returns its path now; undefined where nothing was there. @throws FileError */
async function setAside(path: string): Promise<string | undefined> {
  for (let number = 1; ; number++) {
    const name = number === 1 ? ending : `${ending}-${number}`;
    const aside = `${path}.${name}`;
    if (await lstat(aside).then(Boolean, () => false)) continue;
    try {
      await rename(path, aside);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw fileErrorFrom(error, `cannot set ${path} aside`);
    }
    return aside;
  }
}
