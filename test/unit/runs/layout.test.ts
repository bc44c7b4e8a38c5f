import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { findRun, newRunId, slugOf } from '../../../src/runs/layout.ts';
import { FileError } from '../../../src/util/errors.ts';
import { rejection, withFolder, withRun } from './fixtures.ts';

describe('newRunId', () => {
  it('is local time, name and chance', () => {
    const date = new Date(2026, 10, 23, 10, 15, 0);
    expect(newRunId({ date, name: 'PTB small', random: '3f2a' })).toBe('20261123-101500-ptb-small-3f2a');
    expect(newRunId({ date, name: 'x' })).toMatch(/^20261123-101500-x-[0-9a-f]{4}$/);
  });

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
