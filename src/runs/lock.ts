import { randomBytes } from 'node:crypto';
import { access, readdir, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { FileError } from '../util/errors.ts';
import { asFileError, errorCode } from '../util/fileErrors.ts';
import { isSafeFolder, makeSocketsFolder, pipeName, socketPlace, type SocketPlace } from './lockFolder.ts';
import { readStatus } from './files.ts';
import { connectTo, isAlive, Listening, type ConnectionListener } from './listening.ts';

/** The right to train a run, and the socket at which its trainer is reached. A killed holder has lost both. */
export interface RunLock {
  /** The path of the socket, or the name of the pipe. */
  readonly endpoint: string;
  /** Gives the run free and closes the connections. Settles when another process can have the lock. */
  release(): Promise<void>;
}

/** How long a process may look for rivals before it says that it cannot tell who has the run. */
const timeoutMilliseconds = 10_000;
/** Programs that clean up temporary folders take a file that nobody has touched for days. */
const touchMilliseconds = 3_600_000;
/** A socket that was not touched for so long has no holder any more, and nobody who is just about to listen. */
const oldMilliseconds = 24 * touchMilliseconds;

/**
 * Takes the lock of a run: at every moment at most one process of this machine and user has it. Where the run's folder is
 * shared with other machines, their trainers are known by the heartbeat alone: see refuseOthers.
 *
 * The lock is a listening socket. Windows has pipes whose names belong to one process at a time; that is all there. A
 * Unix socket leaves its file behind when its process is killed, and "the file is dead, so remove it and bind" gives the
 * lock to two who find the same dead file. So here nobody ever takes over a name. Each process
 *
 * 1. listens at a name that was never used before (`<run>.<pid>-<chance>.sock`),
 * 2. then lists the run's sockets and connects to each of the others,
 * 3. has the lock if none of them lives and its own file is still there; then it puts a mark beside it (`….held`), and
 *    removes the dead ones.
 *
 * Who finds a marked one alive is refused. Who finds unmarked ones alive (rivals) gives up its own socket and starts
 * afresh, but for the one whose name sorts first, which looks again: so one gets through. Why never two: each listens
 * before it looks, so of two, the one that looks later sees the other, provided that the file of a live socket is never
 * removed by anybody else. A holder may take a socket for dead that is bound and does not listen yet, and remove it; but it
 * does so while it holds, and the file's owner looks for it last of all: if it is gone by then, the owner starts afresh,
 * and if it goes after that, then the holder was still there when the owner looked, and was seen.
 *
 * A refused connection is taken for a dead process. (On macOS a process that has not accepted 128 connections refuses
 * too.) A process number in status.json is no second bar: after a restart of a container it may be another program's.
 *
 * @param folder the run's folder, which exists
 * @throws FileError where another process trains the run (it is named), or the folder for sockets is not safe
 */
export async function acquireRunLock(folder: string, onConnection?: ConnectionListener): Promise<RunLock> {
  if (process.platform === 'win32') return acquirePipe(folder, onConnection);
  const place = await socketPlace(folder);
  await makeSocketsFolder(place.folder);
  const deadline = Date.now() + timeoutMilliseconds;
  for (;;) {
    const lock = await contend(folder, place, onConnection);
    if (lock) return lock;
    if (Date.now() > deadline)
      throw new FileError(`other processes are trying to start training ${folder}; try again later`);
    await wait(5 + Math.random() * 20);
  }
}

/**
 * Connects to the process that trains a run.
 *
 * @param folder the run's folder
 * @returns undefined where no process of this machine and user trains it, or the folder is gone
 * @throws FileError where the folder for sockets is not the user's alone
 */
export async function findTrainer(folder: string): Promise<Socket | undefined> {
  try {
    if (process.platform === 'win32') return await connectTo(await pipeName(folder));
    const place = await socketPlace(folder);
    if (!(await isSafeFolder(place.folder))) return undefined;
    const names = await namesOf(place);
    for (const name of names.filter(isHeldAmong(names))) {
      const socket = await connectTo(join(place.folder, name));
      if (socket) return socket;
    }
    return undefined;
  } catch (error) {
    if (error instanceof FileError && errorCode(error.cause) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * The process that trains a run, also one that hangs and answers nothing.
 * @returns undefined where no process of this machine and user trains it
 * @throws FileError as findTrainer does
 */
export async function findTrainerProcess(folder: string): Promise<number | undefined> {
  const socket = await findTrainer(folder);
  if (!socket) return undefined;
  socket.destroy();
  if (process.platform === 'win32') return (await readStatus(folder)).pid;
  const place = await socketPlace(folder);
  const names = await namesOf(place);
  for (const name of names.filter(isHeldAmong(names)))
    if (await isAlive(join(place.folder, name))) return processOf(name);
  return undefined;
}

/** A try for the lock. @returns undefined where rivals came first @throws FileError where somebody holds it */
async function contend(
  folder: string,
  place: SocketPlace,
  onConnection: ConnectionListener | undefined,
): Promise<RunLock | undefined> {
  const name = `${place.run}.${process.pid}-${randomBytes(4).toString('hex')}${socketEnding}`;
  const path = join(place.folder, name);
  const listening = await Listening.at(path, onConnection);
  try {
    for (;;) {
      const { held, rivals, dead } = await lookAround(place, name);
      if (held !== undefined) throw refusal(folder, held);
      const isThere = await access(path).then(
        () => true,
        () => false,
      );
      if (!isThere || rivals.some((rival) => rival < name)) break;
      if (rivals.length === 0) return await SocketLock.hold(path, listening, dead);
      await wait(2);
    }
  } catch (error) {
    await listening.close();
    throw error;
  }
  await listening.close();
  return undefined;
}

const socketEnding = '.sock';
const markEnding = '.held';

/** The sockets of a run, and the marks of those that hold it. */
async function namesOf({ folder, run }: SocketPlace): Promise<string[]> {
  const names = await asFileError(`cannot read the folder for sockets ${folder}`, () => readdir(folder));
  return names.filter((name) => name.startsWith(`${run}.`));
}

const markOf = (socket: string): string => socket.slice(0, -socketEnding.length) + markEnding;
const isHeldAmong = (names: readonly string[]) => (name: string) =>
  name.endsWith(socketEnding) && names.includes(markOf(name));

/** Who else wants or has a run. */
interface Around {
  /** The name of a live socket with a mark. */
  held?: string;
  /** The names of live ones without. */
  rivals: string[];
  /** The paths of what dead processes left. */
  dead: string[];
}

async function lookAround(place: SocketPlace, own: string): Promise<Around> {
  const names = await namesOf(place);
  const around: Around = { rivals: [], dead: [] };
  const live = new Set([own]);
  for (const name of names.filter((other) => other.endsWith(socketEnding) && other !== own)) {
    if (!(await isAlive(join(place.folder, name)))) continue;
    live.add(name);
    // It may have been marked since the folder was listed: then it is a rival until the next look.
    if (isHeldAmong(names)(name)) around.held = name;
    else around.rivals.push(name);
  }
  const used = new Set([...live].flatMap((name) => [name, markOf(name)]));
  around.dead = names.filter((name) => !used.has(name)).map((name) => join(place.folder, name));
  return around;
}

function refusal(folder: string, name: string): FileError {
  return new FileError(`${folder} is already being trained by process ${processOf(name)}; stop it first`);
}

function processOf(name: string): number {
  return Number(/\.(\d+)-[0-9a-f]+\.sock$/.exec(name)?.[1]);
}

/** Removes what killed trainers left long ago of runs that nobody has gone on with. What cannot be removed stays. */
async function removeOld(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((other) => other.endsWith(socketEnding))) {
    const path = join(folder, name);
    const touched = (await stat(path).catch(() => undefined))?.mtimeMs ?? Infinity;
    if (Date.now() - touched < oldMilliseconds || (await isAlive(path))) continue;
    for (const left of [markOf(path), path]) await unlink(left).catch(() => undefined);
  }
}

class SocketLock implements RunLock {
  private constructor(
    readonly endpoint: string,
    private readonly listening: Listening,
    private readonly touching: NodeJS.Timeout,
  ) {}

  static async hold(endpoint: string, listening: Listening, dead: readonly string[]): Promise<SocketLock> {
    const mark = markOf(endpoint);
    await asFileError(`cannot write ${mark}`, () => writeFile(mark, '', { flag: 'wx', mode: 0o600 }));
    for (const path of dead) await unlink(path).catch(() => undefined);
    await removeOld(dirname(endpoint));
    const touch = () => {
      const now = new Date();
      for (const path of [endpoint, mark]) utimes(path, now, now).catch(() => undefined);
    };
    return new SocketLock(endpoint, listening, setInterval(touch, touchMilliseconds).unref());
  }

  async release(): Promise<void> {
    clearInterval(this.touching);
    await unlink(markOf(this.endpoint)).catch(() => undefined);
    // Closing removes the socket's file.
    await this.listening.close();
  }
}

async function acquirePipe(folder: string, onConnection: ConnectionListener | undefined): Promise<RunLock> {
  const endpoint = await pipeName(folder);
  try {
    const listening = await Listening.at(endpoint, onConnection);
    return { endpoint, release: () => listening.close() };
  } catch (error) {
    if (!['EADDRINUSE', 'EACCES'].includes(errorCode(error) ?? '')) throw error;
    const { pid } = await readStatus(folder);
    throw new FileError(`${folder} is already being trained by process ${pid}; stop it first`, { cause: error });
  }
}
