import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

import { FileError } from '../../util/errors.ts';

/** The user's own npm, as a child whose whole tree ends when it is told to. */

const isWindows = process.platform === 'win32';
/** A tree that does not end when it is asked to is killed. */
const timeoutMilliseconds = 2000;
/** Enough of the end of npm's output to tell what failed. */
const rememberedCharacters = 20_000;

/** @returns the path of npm; undefined where the PATH has none */
export function findNpm(environment: NodeJS.ProcessEnv): string | undefined {
  const path = Object.entries(environment).find(([name]) => name.toUpperCase() === 'PATH')?.[1] ?? '';
  return path
    .split(delimiter)
    .filter(isAbsolute)
    .map((folder) => join(folder, isWindows ? 'npm.cmd' : 'npm'))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

export interface NpmOptions {
  readonly npm: string;
  /** Words without spaces or quotes. */
  readonly args: readonly string[];
  /** Where it runs. */
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Ends npm and all that it started. */
  readonly signal: AbortSignal;
  readonly onOutput: (line: string) => void;
}

/**
 * Runs npm to its end.
 * @returns its exit code, null when a signal ended it, and the end of what it wrote
 * @throws FileError when it cannot be started; the reason of `signal` when that aborts, once npm is gone
 */
export async function runNpm(options: NpmOptions): Promise<{ code: number | null; output: string }> {
  const { npm, args, folder, environment, signal, onOutput } = options;
  signal.throwIfAborted();
  // A .cmd runs in a shell only; its folder may have spaces in its name, the arguments have none.
  const child = isWindows
    ? spawn(`"${npm}"`, [...args], { cwd: folder, env: environment, shell: true, windowsHide: true })
    : spawn(npm, [...args], { cwd: folder, env: environment, detached: true });
  child.stdin?.end();
  const output = collect(child, onOutput);
  let killing: NodeJS.Timeout | undefined;
  const end = () => {
    endTree(child, 'SIGTERM');
    killing = setTimeout(() => endTree(child, 'SIGKILL'), timeoutMilliseconds);
  };
  signal.addEventListener('abort', end);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', (error) => reject(new FileError(`npm could not be started: ${error.message}`)));
      child.once('close', resolve);
    });
    signal.throwIfAborted();
    return { code, output: output.text() };
  } finally {
    clearTimeout(killing);
    signal.removeEventListener('abort', end);
    // What npm has started and not waited for must not write into a folder that is being removed.
    if (signal.aborted) endTree(child, 'SIGKILL');
  }
}

/** Ends a process and all that it started. A group of POSIX lives on when its leader is gone. */
function endTree({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  if (isWindows) {
    spawnSync('taskkill', ['/pid', String(pid), '/t', '/f'], { windowsHide: true });
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}

function collect(child: ChildProcess, onOutput: (line: string) => void): { text: () => string } {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (data: string) => {
      text = (text + data).slice(-rememberedCharacters);
      const lines = (rest + data).split(/\r?\n/);
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.trim() !== '') onOutput(line);
    });
    stream?.on('end', () => {
      if (rest.trim() !== '') onOutput(rest);
    });
  }
  return { text: () => text };
}
