import { mkdir, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { dateOfRunId, newRunId } from '../../../src/runs/layout.ts';
import { listRuns, mergeRuns, type ListedRun } from '../../../src/runs/list.ts';
import { createRun } from '../../../src/runs/store.ts';
import { RunsWatcher } from '../../../src/runs/watcher.ts';
import { inZone, newRun, withFolder } from './fixtures.ts';

const atSecond = (number: number): Date => new Date(2026, 0, 1, 0, 0, number);

async function make(runsFolder: string, date: Date): Promise<string> {
  await using store = await createRun(newRun(runsFolder, { date }));
  await store.updateStatus({ state: 'done' });
  await store.close();
  return store.folder;
}

const broken = (folder: string, createdAt: number): ListedRun => ({
  kind: 'broken',
  id: folder.replace(/.*\//, ''),
  folder,
  createdAt,
  problem: 'no',
});

describe('when a run was made', () => {
  it('is told by config.json, or by the id of a broken one, or by when its folder changed', () =>
    withFolder(async (runs) => {
      const [first, later, latest] = [atSecond(1), atSecond(2), atSecond(3)];
      await make(runs, first);
      await rm(join(await make(runs, later), 'status.json'));
      const folder = join(runs, 'no-id');
      await mkdir(folder);
      await utimes(folder, latest, latest);
      const listed = await listRuns(runs);
      expect(listed.map(({ kind }) => kind)).toEqual(['broken', 'broken', 'run']);
      expect(listed.map(({ createdAt }) => createdAt)).toEqual([latest, later, first].map(Number));
    }));

  it('stays, to the millisecond, when a run breaks while it is watched', () =>
    withFolder(async (runs) => {
      const date = new Date(2026, 0, 1, 0, 0, 1, 789);
      const folder = await make(runs, date);
      const watcher = new RunsWatcher(runs);
      await watcher.ready;
      await writeFile(join(folder, 'config.json'), '{');
      // It is looked at twice before it is called broken.
      for (let look = 0; look < 2; look++) await watcher.refresh();
      expect(watcher.runs).toMatchObject([{ kind: 'broken', createdAt: date.getTime() }]);
      watcher.dispose();
    }));

  it('is no date where an id only looks like one', () => {
    expect(dateOfRunId(newRunId({ date: atSecond(7), name: 'a' }))).toEqual(atSecond(7));
    for (const name of ['20261340-101500-a-0000', '20260230-101500-a-0000', '2026-01-01', 'demo', ''])
      expect(dateOfRunId(name)).toBeUndefined();
    for (const name of ['20261340-101500Z-a-0000', '20260230-101500Z-a-0000', '20260101-250000Z-a-0000'])
      expect(dateOfRunId(name)).toBeUndefined();
  });

  it('is local time in an id of before 0.2.0, and orders lists also where ids say something else', () =>
    inZone('Asia/Tokyo', () =>
      withFolder(async (runs) => {
        expect(dateOfRunId('20260101-090000-a-0000')).toEqual(new Date('2026-01-01T00:00:00Z'));
        // Of the same day: an earlier version's, at nine o'clock in Tokyo, and one that was made an hour later.
        const older = await make(runs, new Date('2026-01-01T00:00:00Z'));
        await rename(older, join(runs, '20260101-090000-ptb-small-0000'));
        const newer = await make(runs, new Date('2026-01-01T01:00:00Z'));
        expect((await listRuns(runs)).map(({ id }) => id)).toEqual([basename(newer), '20260101-090000-ptb-small-0000']);
        for (const id of await readdir(runs)) await rm(join(runs, id, 'config.json'));
        const broken = (await listRuns(runs)).map(({ kind, id }) => `${kind} ${id}`);
        expect(broken).toEqual([`broken ${basename(newer)}`, 'broken 20260101-090000-ptb-small-0000']);
      }),
    ));
});

describe('mergeRuns', () => {
  it('makes one list of several, newest first, and the same one whatever their order', () => {
    const [a, b, c] = [broken('/one/a', 3), broken('/two/b', 2), broken('/one/c', 1)];
    const [twin, other] = [broken('/one/twin', 2), broken('/two/twin', 2)];
    const expected = [a, other, twin, b, c];
    expect(
      mergeRuns([
        [a, twin, c],
        [other, b],
      ]),
    ).toEqual(expected);
    expect(mergeRuns([[b, other], [], [c, twin, a]])).toEqual(expected);
    expect(mergeRuns([])).toEqual([]);
  });
});
