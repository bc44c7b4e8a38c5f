import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { UnavailableError } from './side.ts';

/** The user's folder for what programs can make again, as each system has it. */
function cacheFolder(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  if (platform === 'win32') return environment['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  return environment['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
}

/** Where the peers' environments are: what the option names, else SEQUENCE_LAB_PEERS, else in the user's cache. */
export function peersFolder(
  option: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const named = option ?? environment['SEQUENCE_LAB_PEERS'];
  return resolve(
    named !== undefined && named !== '' ? named : join(cacheFolder(environment, platform), 'sequence-lab', 'peers'),
  );
}

/** A virtual environment's Python. */
function pythonIn(folder: string): string {
  return process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
}

/**
 * The Pythons that may have a peer, the best first: its own environment, one that all share, the system's. Debian's
 * packages belong to the system's Python, which another one on PATH often hides.
 */
export function pythonsOf(name: string, folder: string): string[] {
  const made = [pythonIn(join(folder, name)), pythonIn(folder)].filter((python) => existsSync(python));
  return [...made, ...systemPythons()];
}

function systemPythons(): string[] {
  if (process.platform === 'win32') return ['python'];
  const names = process.platform === 'linux' ? ['python3', '/usr/bin/python3'] : ['python3'];
  return names.filter((name) => (name.startsWith('/') ? existsSync(name) : isOnPath(name)));
}

function isOnPath(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));
}

/**
 * Makes a peer's environment with its newest release from PyPI; what pip says goes to standard error.
 * @returns its Python
 * @throws UnavailableError that says what failed
 */
export async function makeEnvironment(
  folder: string,
  { name, packages }: { name: string; packages: readonly string[] },
): Promise<string> {
  const [base] = systemPythons();
  if (base === undefined) throw new UnavailableError('There is no Python 3 on PATH to make an environment with.');
  const own = join(folder, name);
  const python = pythonIn(own);
  await mkdir(folder, { recursive: true });
  await runAloud(base, ['-m', 'venv', own], 'On Debian and Ubuntu: apt-get install python3-venv.');
  await runAloud(python, ['-m', 'pip', 'install', '--upgrade', '--disable-pip-version-check', ...packages]);
  return python;
}

/** Runs a program whose output goes to standard error: standard output is the report's. */
async function runAloud(command: string, args: readonly string[], advice = ''): Promise<void> {
  const failed = (how: string) => new UnavailableError(`${[command, ...args].join(' ')} ${how}. ${advice}`.trim());
  await new Promise<void>((done, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 2, 2] });
    child.on('error', (error) => reject(failed(`could not be started: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) done();
      else reject(failed(signal === null ? `ended with code ${code}` : `was ended by ${signal}`));
    });
  });
}
