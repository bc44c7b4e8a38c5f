import { readFileSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import * as z from 'zod';

import { FileError, messageOf } from '../../util/errors.ts';
import { asFileError, errorCode, fileErrorFrom } from '../../util/fileErrors.ts';
import { findNpm, runNpm } from './npm.ts';
import type { NpmOptions } from './npm.ts';

/**
 * TensorFlow for Node (`@tensorflow/tfjs-node`), installed on request into the extension's storage. npm fetches the
 * packages without running a script of any of them; then the one script that matters, which downloads libtensorflow, is
 * run by itself. All goes to a folder of its own that takes its place only when what is in it was seen to compute.
 */

/** The last release there is (2024). */
export const tensorflowVersion = '4.22.0';
const packageName = '@tensorflow/tfjs-node';
/** Where its install script downloads libtensorflow from if no mirror is named. */
const usualHost = 'storage.googleapis.com';

/**
 * The host that its install script downloads libtensorflow from: the script looks at these variables, in this order.
 * @param environment of npm
 */
export function libraryHost(environment: NodeJS.ProcessEnv): string {
  const names = ['TFJS_NODE_BASE_URI', 'TFJS_NODE_CDN_STORAGE'].flatMap((name) => [name, `npm_config_${name}`]);
  for (const name of [...names, 'CDN_STORAGE']) {
    const value = environment[name] ?? '';
    if (value !== '') return URL.canParse(value) ? new URL(value).host : value;
  }
  return usualHost;
}

const folderName = 'tensorflow';
const temporaryName = (owner: number) => `${folderName}.installing-${owner}`;
const removedName = (owner: number) => `${folderName}.removed-${owner}`;
const leftoverPattern = /^tensorflow\.(?:installing|removed)-(\d+)$/;
/** Written last: a folder without it is no install. */
const markerName = 'installed.json';
const markerSchema = z.object({ version: z.string(), platform: z.string(), arch: z.string() });

export interface TensorflowInstallation {
  /** Holds node_modules/@tensorflow/tfjs-node. */
  readonly folder: string;
  readonly version: string;
}

/** What is installed for this platform, by the marker that a checked install leaves. @param storage of the extension */
export function installedTensorflow(storage: string): TensorflowInstallation | undefined {
  const folder = join(storage, folderName);
  try {
    const marker = markerSchema.parse(JSON.parse(readFileSync(join(folder, markerName), 'utf8')));
    const isForHere = marker.platform === process.platform && marker.arch === process.arch;
    return isForHere ? { folder, version: marker.version } : undefined;
  } catch {
    return undefined;
  }
}

export interface InstallOptions {
  /** The extension's own storage; made where it is missing. */
  readonly storage: string;
  /** Environment of npm; what was found on its PATH is used. */
  readonly environment: NodeJS.ProcessEnv;
  /** Has the library in that folder compute. @throws Error with the reason in words */
  readonly verify: (folder: string, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
  /** What is being done, in a few words. */
  readonly onProgress: (words: string) => void;
  /** A line that npm or the install script wrote. */
  readonly onOutput: (line: string) => void;
}

/**
 * Installs TensorFlow for Node in place of what is there. When it fails or is cancelled, what was there before stays and
 * nothing else is left.
 *
 * @throws FileError that says in a sentence what failed and in another what to do; the reason of `signal` when it aborts
 */
export async function installTensorflow(options: InstallOptions): Promise<TensorflowInstallation> {
  const { storage, environment, signal, verify, onProgress, onOutput } = options;
  signal.throwIfAborted();
  const npm = findNpm(environment);
  if (npm === undefined) {
    throw new FileError(
      'npm was not found on the PATH. Install Node.js, which includes npm, and restart VS Code; or train without it: ' +
        withoutIt,
    );
  }
  await removeLeftovers(storage);
  const temporary = join(storage, temporaryName(process.pid));
  try {
    await mkdir(temporary, { recursive: true });
    await writeFile(join(temporary, 'package.json'), manifest());
    const run: Omit<NpmOptions, 'args'> = { npm, folder: temporary, environment, signal, onOutput };
    onProgress('packages from the npm registry');
    await npmStep('packages', {
      ...run,
      args: ['install', '--prefix', '.', '--no-audit', '--no-fund', '--ignore-scripts'],
    });
    onProgress(`libtensorflow from ${libraryHost(environment)}`);
    const rebuild = ['rebuild', '--prefix', '.', '--ignore-scripts=false', '--foreground-scripts', packageName];
    await npmStep('library', { ...run, args: rebuild });
    if (process.platform === 'win32') await stageWindowsLibrary(temporary);
    onProgress('checking that it computes');
    await verified(temporary, () => verify(temporary, signal));
    signal.throwIfAborted();
    await writeFile(join(temporary, markerName), `${JSON.stringify(marker())}\n`);
    const folder = join(storage, folderName);
    await replace(folder, temporary, join(storage, removedName(process.pid)));
    return { folder, version: tensorflowVersion };
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof FileError
      ? error
      : fileErrorFrom(error, `TensorFlow for Node cannot be put into ${storage}`);
  } finally {
    await rm(temporary, { recursive: true, force: true, maxRetries: 5 }).catch((error: unknown) =>
      onOutput(`${temporary} could not be removed: ${messageOf(error)}`),
    );
  }
}

/** Puts one folder in the place of another. Where that fails, the old one stands there again. */
async function replace(folder: string, by: string, aside: string): Promise<void> {
  const isThere = await stat(folder).then(Boolean, () => false);
  if (isThere) await rename(folder, aside);
  try {
    await renameSoon(by, folder);
  } catch (error) {
    if (isThere) await rename(aside, folder);
    throw error;
  }
  if (isThere) await rm(aside, { recursive: true, force: true, maxRetries: 5 });
}

/** The process that has checked the library ends a moment later, and Windows moves no folder whose library is loaded. */
async function renameSoon(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      if (attempt === 20 || !['EPERM', 'EBUSY', 'EACCES'].includes(errorCode(error) ?? '')) throw error;
      await setTimeout(250);
    }
  }
}

/** Removes what was installed. @throws FileError where a running process still holds it; then it stays whole */
export async function removeTensorflow(storage: string): Promise<void> {
  const folder = join(storage, folderName);
  const aside = join(storage, removedName(process.pid));
  const tried = 'TensorFlow for Node cannot be removed; if a run that uses it is training, stop that first';
  try {
    // All at once: Windows refuses to move a folder with a library in it that is loaded.
    await rename(folder, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw fileErrorFrom(error, tried);
  }
  await asFileError(tried, () => rm(aside, { recursive: true, force: true, maxRetries: 5 }));
}

const withoutIt = 'ONNX Runtime and TensorFlow.js on WebAssembly work without it.';

function marker(): z.output<typeof markerSchema> {
  return { version: tensorflowVersion, platform: process.platform, arch: process.arch };
}

/** npm from 11.16 on runs only the scripts that are allowed by name. */
function manifest(): string {
  return `${JSON.stringify({
    private: true,
    dependencies: { [packageName]: tensorflowVersion },
    allowScripts: { [packageName]: true },
  })}\n`;
}

type Step = 'packages' | 'library';

async function npmStep(step: Step, options: NpmOptions): Promise<void> {
  const { code, output } = await runNpm(options);
  if (code !== 0) throw new FileError(describeFailure(step, output, code, libraryHost(options.environment)));
}

async function verified(folder: string, verify: () => Promise<void>): Promise<void> {
  try {
    await verify();
  } catch (error) {
    const reason = messageOf(error).replaceAll(folder, 'its folder').replace(/\.$/, '');
    throw new FileError(`It was downloaded, but does not compute here: ${reason}. Nothing was kept; ${withoutIt}`, {
      cause: error,
    });
  }
}

/** Network trouble as Node and npm name it. */
const unreachable =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|CERT_\w+|\w+_CERT_\w+)\b/;

interface Failure {
  readonly pattern: RegExp;
  /** What failed and what to do, with what the pattern found. @param host that was asked */
  readonly words: (found: string, host: string) => string;
}

const noSpace: Failure = {
  pattern: /\bENOSPC\b/,
  words: () => 'there is no space left on the disk of the extension’s storage. It needs about 1 GB.',
};

/** What a step's output tells of its failure; the first that matches counts. */
const failures: Readonly<Record<Step, readonly Failure[]>> = {
  packages: [
    noSpace,
    {
      pattern: unreachable,
      words: (code) =>
        `the npm registry could not be reached (${code}). Behind a proxy, set the setting http.proxy or npm’s own proxy.`,
    },
    {
      pattern: /\bE(?:404|403|401)\b/,
      words: (code) => `the npm registry that is configured does not provide ${packageName} (${code}).`,
    },
  ],
  library: [
    noSpace,
    {
      pattern: unreachable,
      words: (code, host) =>
        `its library libtensorflow could not be downloaded: ${host} cannot be reached from here (${code}). Behind a ` +
        'proxy, set the setting http.proxy; the variable TFJS_NODE_CDN_STORAGE names a mirror.',
    },
    {
      pattern: /Unsupported system: \S+/,
      words: (found) => `there is no libtensorflow for this platform (${found}).`,
    },
    {
      pattern: /TAR_BAD_ARCHIVE|TAR_ABORT|Z_DATA_ERROR|incorrect header check|Invalid or unsupported zip/,
      words: (_, host) =>
        `what came from ${host} instead of libtensorflow is not an archive: a proxy or a mirror may have answered.`,
    },
    {
      pattern: /node-pre-gyp|gyp ERR|node-gyp/,
      words: () =>
        'there is no ready-made binding for this platform, and none could be compiled here (that needs Python and a C++ compiler).',
    },
  ],
};

/** The host that a failed connection names: the script asks more than one. */
const failedHost = /(?:ENOTFOUND|EAI_AGAIN) ([\w.-]+)|request to https?:\/\/([^/\s]+)\S* failed/;

/**
 * Why a step of the install failed, what to do, and that nothing is left of it.
 * @param host that the library comes from, where the output names none
 */
export function describeFailure(step: Step, output: string, code: number | null, host: string): string {
  const [, unresolved, refused] = failedHost.exec(output) ?? [];
  for (const { pattern, words } of failures[step]) {
    const found = pattern.exec(output);
    if (found)
      return `${capital(words(found[1] ?? found[0], unresolved ?? refused ?? host))} Nothing was kept; ${withoutIt}`;
  }
  const how = code === null ? 'was terminated' : `ended with exit code ${code}`;
  return `npm ${how}; its messages are in the output. Nothing was kept; ${withoutIt}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * On Windows the binding looks for tensorflow.dll beside itself. The install script puts it into the folder of the newest
 * N-API version that Node has, and the binding is in that of version 8 (tensorflow/tfjs issues of Node 18 and later).
 */
async function stageWindowsLibrary(folder: string): Promise<void> {
  const home = join(folder, 'node_modules', ...packageName.split('/'));
  const source = join(home, 'deps', 'lib', 'tensorflow.dll');
  const isThere = (path: string) => stat(path).then(Boolean, () => false);
  for (const name of await readdir(join(home, 'lib')).catch(() => [])) {
    const target = join(home, 'lib', name);
    const isBinding = await isThere(join(target, 'tfjs_binding.node'));
    if (isBinding && (await isThere(source)) && !(await isThere(join(target, 'tensorflow.dll'))))
      await copyFile(source, join(target, 'tensorflow.dll'));
  }
}

/** What windows that died in the middle of an install have left. */
async function removeLeftovers(storage: string): Promise<void> {
  for (const name of await readdir(storage).catch(() => [])) {
    const owner = Number(leftoverPattern.exec(name)?.[1] ?? NaN);
    if (!Number.isNaN(owner) && (owner === process.pid || !isAlive(owner)))
      await rm(join(storage, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
