import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { acquireRunLock, findTrainer, findTrainerProcess } from '../../src/runs/lock.ts';
import { FileError } from '../../src/util/errors.ts';
import { rejection } from '../unit/runs/fixtures.ts';
import { cleanFolders, socketsFolder, temporaryFolder } from './support.ts';

cleanFolders('all');

let script: string;
let run: string;
let sockets: string;
let children: ChildProcess[] = [];

beforeAll(async () => {
  script = join(await temporaryFolder(), 'child.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'lock.child.ts')],
    bundle: true,
    platform: 'node',
    // The main file of jsonc-parser is UMD, which no bundler can follow.
    mainFields: ['module', 'main'],
    format: 'esm',
    target: 'node20',
    outfile: script,
    logLevel: 'error',
  });
});

beforeEach(async () => {
  run = join(await temporaryFolder(), 'run');
  sockets = await socketsFolder();
  await mkdir(run);
  vi.stubEnv('SEQUENCE_LAB_SOCKETS', sockets);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(children.map(kill));
  children = [];
});

async function contender(): Promise<ChildProcess> {
  const child = fork(script, [run]);
  children.push(child);
  expect(await answer(child)).toBe('ready');
  return child;
}

async function answer(child: ChildProcess): Promise<string> {
  const [word] = z
    .tuple([z.string()])
    .rest(z.unknown())
    .parse(await once(child, 'message'));
  return word;
}

function tell(child: ChildProcess, word: 'acquire' | 'release'): Promise<string> {
  const told = answer(child);
  child.send(word);
  return told;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** All ask at the same time. @returns the one that got it */
async function race(contenders: readonly ChildProcess[]): Promise<ChildProcess> {
  const answers = await Promise.all(contenders.map((child) => tell(child, 'acquire')));
  const winners = contenders.filter((_, index) => answers[index] === 'done');
  expect(winners).toHaveLength(1);
  const [winner] = winners;
  if (!winner) throw new Error('nobody won');
  const words = `${run} is already being trained by process ${String(winner.pid)}; stop it first`;
  expect(new Set(answers.filter((word) => word !== 'done'))).toEqual(new Set(contenders.length > 1 ? [words] : []));
  return winner;
}

describe.skipIf(process.platform === 'win32')('the lock of a run', () => {
  it('goes to exactly one of twelve that ask at once, also after kill -9 of the holder and after a release', async () => {
    const contenders = await Promise.all(Array.from({ length: 12 }, contender));
    const rounds = Number(process.env['SEQUENCE_LAB_LOCK_ROUNDS'] ?? 12);
    for (let round = 0; round < rounds; round++) {
      const winner = await race(contenders);
      if (round % 2 === 0) expect(await tell(winner, 'release')).toBe('done');
      else {
        await kill(winner);
        contenders[contenders.indexOf(winner)] = await contender();
      }
    }
    const last = await race(contenders);
    // What dead holders left is gone, and those that were refused left nothing.
    expect(await readdir(sockets)).toHaveLength(2);
    expect(await tell(last, 'release')).toBe('done');
    expect(await readdir(sockets)).toEqual([]);
  });

  it('survives processes that are killed in the middle of it', async () => {
    for (let round = 0; round < 4; round++) {
      const victims = await Promise.all(Array.from({ length: 6 }, contender));
      for (const [index, child] of victims.entries()) {
        child.send('acquire');
        setTimeout(() => child.kill('SIGKILL'), index * 2);
      }
      await Promise.all(victims.map((child) => once(child, 'exit')));
      const winner = await race(await Promise.all([contender(), contender()]));
      expect(await readdir(sockets)).toHaveLength(2);
      await kill(winner);
    }
  });

  it('is one however the run is named, and another for another run', async () => {
    const alias = join(run, '..', 'alias');
    await symlink(run, alias);
    const lock = await acquireRunLock(run);
    expect((await rejection(acquireRunLock(join(alias, '.')))).message).toContain(
      'is already being trained by process',
    );
    const other = join(run, 'n'.repeat(200), 'm'.repeat(200));
    await mkdir(other, { recursive: true });
    await (await acquireRunLock(other)).release();
    await lock.release();
    await (await acquireRunLock(alias)).release();
  });

  it('is found by its trainer, busy or not, and by nobody when it is free', async () => {
    expect(await findTrainer(run)).toBeUndefined();
    const heard: Socket[] = [];
    const lock = await acquireRunLock(run, (socket) => {
      heard.push(socket);
      socket.pipe(socket);
    });
    const found = await findTrainer(run);
    if (!found) throw new Error('not found');
    found.write('hello');
    const [data] = z.tuple([z.instanceof(Buffer)]).parse(await once(found, 'data'));
    expect(data.toString()).toBe('hello');
    const closed = once(found, 'close');
    await lock.release();
    await closed;
    expect(heard).toHaveLength(1);
    expect(await findTrainer(run)).toBeUndefined();
    expect(await findTrainer(join(run, 'none'))).toBeUndefined();
    expect(await findTrainerProcess(run)).toBeUndefined();
  });

  it('clears away what was left long ago of other runs, and nothing else', async () => {
    const age = async (names: readonly string[]) => {
      const yesterday = new Date(Date.now() - 25 * 3_600_000);
      for (const name of names) await utimes(join(sockets, name), yesterday, yesterday);
    };
    const [old, fresh] = [await contender(), await contender()];
    await tell(old, 'acquire');
    await kill(old);
    await age(await readdir(sockets));
    const other = join(run, 'other');
    await mkdir(other);
    const living = await acquireRunLock(other);
    expect(await readdir(sockets)).toHaveLength(2);
    await age(await readdir(sockets));
    await tell(fresh, 'acquire');
    expect(await readdir(sockets)).toHaveLength(4);
    await kill(fresh);
    await living.release();
    await (await acquireRunLock(other)).release();
    // Of today.
    expect(await readdir(sockets)).toHaveLength(2);
  });

  it('does not take a stopped process for dead', async () => {
    const child = await contender();
    expect(await tell(child, 'acquire')).toBe('done');
    child.kill('SIGSTOP');
    expect((await rejection(acquireRunLock(run))).message).toContain(`by process ${String(child.pid)}`);
    const found = await findTrainer(run);
    expect(found).toBeDefined();
    found?.destroy();
    expect(await findTrainerProcess(run)).toBe(child.pid);
    child.kill('SIGCONT');
  });

  it('stands more connections than wait to be accepted', async () => {
    const child = await contender();
    expect(await tell(child, 'acquire')).toBe('done');
    child.kill('SIGSTOP');
    const [name = ''] = (await readdir(sockets)).filter((entry) => entry.endsWith('.sock'));
    const crowd = Array.from({ length: 600 }, () => connect(join(sockets, name)));
    const settled = (socket: Socket) => new Promise((settle) => socket.on('connect', settle).on('error', settle));
    const refused = (await Promise.all(crowd.map(settled))).filter((error) => error instanceof Error);
    expect(refused.length).toBeGreaterThan(0);
    expect((await rejection(acquireRunLock(run))).message).toContain('is already being trained');
    child.kill('SIGCONT');
    for (const socket of crowd) socket.destroy();
    expect(await tell(child, 'release')).toBe('done');
  });
});

describe.skipIf(process.platform === 'win32')('the folder for sockets', () => {
  it('is made for the user alone', async () => {
    const lock = await acquireRunLock(run);
    expect((await readdir(sockets)).length).toBe(2);
    await chmod(sockets, 0o750);
    const refused = await rejection(acquireRunLock(join(run, '..')));
    expect(refused).toBeInstanceOf(FileError);
    expect(refused.message).toBe(
      `${sockets} cannot hold the sockets that control training: it is open to other users (mode 750); ` +
        `make it private (chmod 700 ${sockets}), or set SEQUENCE_LAB_SOCKETS to another folder`,
    );
    expect((await rejection(findTrainer(run))).message).toContain('open to other users');
    await lock.release();
  });

  it('may be no symbolic link and no file', async () => {
    const elsewhere = join(run, 'elsewhere');
    await mkdir(elsewhere, { mode: 0o700 });
    await symlink(elsewhere, sockets);
    expect((await rejection(acquireRunLock(run))).message).toContain('it is a symbolic link; remove it');
    vi.stubEnv('SEQUENCE_LAB_SOCKETS', join(run, 'file'));
    await writeFile(join(run, 'file'), 'text');
    expect((await rejection(acquireRunLock(run))).message).toContain('it is not a folder; move it');
    expect(await readFile(join(run, 'file'), 'utf8')).toBe('text');
  });

  it.skipIf(process.getuid?.() !== 0)("may not be another user's", async () => {
    await mkdir(sockets, { mode: 0o700 });
    await chown(sockets, 65534, 65534);
    expect((await rejection(acquireRunLock(run))).message).toContain('it is the folder of another user');
  });

  it('may not have a path that is too long for a socket', async () => {
    vi.stubEnv('SEQUENCE_LAB_SOCKETS', join(sockets, 's'.repeat(60)));
    const { message } = await rejection(acquireRunLock(run));
    expect(message).toMatch(/is too long: a socket in it would have \d+ bytes, and the system allows 103; set SEQ/);
  });
});
