import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { dateOfRunId, findRun, isRunId, newRunId, slugOf } from '../../../src/runs/layout.ts';
import { FileError } from '../../../src/util/errors.ts';
import { inZone, rejection, withFolder, withRun } from './fixtures.ts';

describe('newRunId', () => {
  it('is UTC, name and chance', () => {
    const date = new Date('2026-11-23T10:15:00.999Z');
    expect(newRunId({ date, name: 'PTB small', random: '3f2a' })).toBe('20261123-101500Z-ptb-small-3f2a');
    expect(newRunId({ date, name: 'x' })).toMatch(/^20261123-101500Z-x-[0-9a-f]{4}$/);
  });

  it('does not go back when summer time ends', () =>
    inZone('Europe/Berlin', () => {
      // Half past two of summer time, and a quarter past two of winter time.
      const dates = [new Date('2026-10-25T00:30:00Z'), new Date('2026-10-25T01:15:00Z')];
      expect(dates.map((date) => date.getHours())).toEqual([2, 2]);
      const [first = '', second = ''] = dates.map((date) => newRunId({ date, name: 'a' }));
      expect(first < second).toBe(true);
      expect([first, second].map(dateOfRunId)).toEqual(dates);
    }));

  it.each([
    ['Größe & Çe', 'gro-e-ce'],
    ['日本語', 'run'],
    ['  --  ', 'run'],
    ['../../etc/passwd', 'etc-passwd'],
    ['a'.repeat(100), 'a'.repeat(40)],
    [`${'a'.repeat(39)} b`, 'a'.repeat(39)],
  ])('makes a part of a file name of %j', (name, slug) => {
    expect(slugOf(name)).toBe(slug);
  });
});

describe('isRunId', () => {
  it('knows the ids of this version and of those before 0.2.0', () => {
    const date = new Date();
    for (const id of [
      '20261123-101500Z-ptb-small-3f2a',
      '20261123-101500-ptb-small-3f2a',
      newRunId({ date, name: 'a' }),
    ])
      expect(isRunId(id), id).toBe(true);
    for (const name of ['20261123-101500X-a-0000', '20261123-101500Z', 'a-0000', '20261123-101500z-a-0000', ''])
      expect(isRunId(name), name).toBe(false);
  });
});

describe('findRun', () => {
  it('finds a run by its id and by its folder', async () => {
    await using run = await withRun();
    const { store, runs } = run;
    await store.close();
    const id = store.folder.slice(runs.length + 1);
    expect(await findRun(id, runs)).toBe(store.folder);
    expect(await findRun(store.folder, join(runs, 'elsewhere'))).toBe(store.folder);
    expect(await findRun(`${store.folder}/`, runs)).toBe(store.folder);

    const wrong = await rejection(findRun(id.replace('small', 'smal'), runs));
    expect(wrong).toBeInstanceOf(FileError);
    expect(wrong.message).toContain(`no run "${id.replace('small', 'smal')}": looked for ${runs}`);
    expect(wrong.message).toContain(`did you mean ${id}?`);
  });

  it('says what is missing', () =>
    withFolder(async (runs) => {
      expect((await rejection(findRun('some-run', runs))).message).toContain(`there are no runs in ${runs}`);
      await mkdir(join(runs, 'some-run'));
      expect((await rejection(findRun('some-run', runs))).message).toContain(
        'is not a run folder: it has no config.json',
      );
      await writeFile(join(runs, 'file'), '');
      for (const run of ['', '..', 'file', 'a\0b'])
        expect(await rejection(findRun(run, runs))).toBeInstanceOf(FileError);
    }));
});
