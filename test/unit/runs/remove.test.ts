import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { acquireRunLock } from '../../../src/runs/lock.ts';
import { requireRemovable } from '../../../src/runs/remove.ts';
import { createRun } from '../../../src/runs/store.ts';
import { FileError } from '../../../src/util/errors.ts';
import { newRun, rejection, withFolder, withRun } from './fixtures.ts';

// So that nothing is left where the sockets of this machine are. Their paths must be short, and tmpdir() on macOS is long.
let sockets: string;
beforeAll(async () => {
  sockets = await mkdtemp(join(process.platform === 'win32' ? tmpdir() : '/tmp', 'seqlab-'));
  vi.stubEnv('SEQUENCE_LAB_SOCKETS', sockets);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(sockets, { recursive: true });
});

async function finished(runsFolder: string): Promise<string> {
  await using store = await createRun(newRun(runsFolder));
  await store.updateStatus({ state: 'done' });
  await store.close();
  return store.folder;
}

describe('requireRemovable', () => {
  it('keeps a run from being trained until it is released', () =>
    withFolder(async (runs) => {
      const folder = await finished(runs);
      const run = await requireRemovable(folder);
      expect(run).toMatchObject({ folder, id: basename(folder) });
      expect(await rejection(acquireRunLock(folder))).toBeInstanceOf(FileError);
      await rm(folder, { recursive: true });
      await run.release();
      expect(await readdir(runs)).toEqual([]);
    }));

  it('refuses a run that a process holds', () =>
    withFolder(async (runs) => {
      const folder = await finished(runs);
      const lock = await acquireRunLock(folder);
      expect(await rejection(requireRemovable(folder))).toBeInstanceOf(FileError);
      await lock.release();
      await (await requireRemovable(folder)).release();
    }));

  it('refuses a run that is trained on another machine', async () => {
    await using run = await withRun();
    const { store } = run;
    await store.close();
    const path = join(store.folder, 'status.json');
    await writeFile(path, JSON.stringify({ ...store.status, host: 'elsewhere', pid: 1 }));
    expect((await rejection(requireRemovable(store.folder))).message).toContain('still being trained');
    // And lets go of what it held meanwhile.
    await (await acquireRunLock(store.folder)).release();
  });

  it('allows a run whose process number has gone to another program', async () => {
    await using run = await withRun();
    const { store } = run;
    await store.close();
    const path = join(store.folder, 'status.json');
    const heartbeatAt = new Date(Date.now() - 120_000).toISOString();
    await writeFile(path, JSON.stringify({ ...store.status, pid: process.ppid, heartbeatAt }));
    await (await requireRemovable(store.folder)).release();
  });

  it('allows a broken run, by what is in it or by its name', () =>
    withFolder(async (runs) => {
      const damaged = join(runs, 'damaged');
      await mkdir(damaged);
      await writeFile(join(damaged, 'config.json'), '{');
      const empty = ['20260101-000000-small-0a1b', '20260101-000000Z-small-0a1b'].map((id) => join(runs, id));
      for (const folder of empty) await mkdir(folder);
      for (const folder of [damaged, ...empty]) {
        const run = await requireRemovable(folder, runs);
        expect(run.folder).toBe(folder);
        await run.release();
      }
    }));

  it('refuses links, files, folders of another kind, and what is not directly in the runs folder', () =>
    withFolder(async (parent) => {
      const runs = join(parent, 'runs');
      const outside = await finished(join(parent, 'outside'));
      const inside = await finished(runs);
      await symlink(outside, join(runs, 'link'), 'junction');
      await writeFile(join(runs, 'file'), '');
      await mkdir(join(runs, 'photos'));
      await writeFile(join(runs, 'photos', 'cat.jpg'), '');
      const refused = async (folder: string): Promise<string> => {
        const error = await rejection(requireRemovable(folder, runs));
        expect(error).toBeInstanceOf(FileError);
        return error.message;
      };
      expect(await refused(join(runs, 'link'))).toContain('it is a symbolic link');
      expect(await refused(join(runs, 'file'))).toContain('not a folder');
      expect(await refused(join(runs, 'photos'))).toContain('it contains no files of a run');
      expect(await refused(join(runs, 'gone'))).toContain('does not exist');
      for (const folder of [outside, join(runs, '..'), runs, join(inside, 'checkpoints'), join(runs, '../outside')])
        expect(await refused(folder)).toContain('not a run in');
    }));
});
