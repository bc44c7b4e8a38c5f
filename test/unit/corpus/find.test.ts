import { mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { estimateTokens, findPtb } from '../../../src/corpus/find.ts';
import { FileError } from '../../../src/util/errors.ts';
import { rejection, withFolder } from '../runs/fixtures.ts';

const names = ['ptb.train.txt', 'ptb.valid.txt', 'ptb.test.txt'];

async function ptbIn(folder: string, files = names): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const name of files) await writeFile(join(folder, name), 'a b\n');
  return folder;
}

async function withPlaces(
  body: (places: { workspaceFolders: string[]; storageFolder: string }, workspace: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (parent) => {
    const workspace = join(parent, 'workspace');
    await mkdir(workspace);
    await body({ workspaceFolders: [workspace], storageFolder: join(parent, 'storage') }, workspace);
  });
}

describe('findPtb', () => {
  it('takes the setting before the workspace, and that before what was downloaded', () =>
    withPlaces(async (places, workspace) => {
      expect(await findPtb(places)).toBeUndefined();
      await ptbIn(places.storageFolder);
      expect(await findPtb(places)).toEqual({ folder: places.storageFolder, source: 'storage' });
      const deep = await ptbIn(join(workspace, 'a', 'b', 'c'));
      expect(await findPtb(places)).toEqual({ folder: deep, source: 'workspace' });
      for (const usual of ['simple-examples/data', 'corpus', 'data/ptb', 'data', 'ptb', '.']) {
        const folder = await ptbIn(join(workspace, usual));
        expect(await findPtb(places)).toEqual({ folder, source: 'workspace' });
      }
      const named = await ptbIn(join(workspace, 'named'));
      for (const setting of [named, 'named', ' ./named/ '])
        expect(await findPtb({ ...places, setting })).toEqual({ folder: named, source: 'setting' });
    }));

  it('says which file is missing where the setting points', () =>
    withPlaces(async (places, workspace) => {
      const message = async (setting: string): Promise<string> => {
        const error = await rejection(findPtb({ ...places, setting }));
        expect(error).toBeInstanceOf(FileError);
        expect(error.message).toContain('sequenceLab.corpus.ptbFolder');
        return error.message;
      };
      const folder = await ptbIn(join(workspace, 'named'), ['ptb.train.txt', 'ptb.test.txt']);
      expect(await message(folder)).toContain(`${folder} lacks ptb.valid.txt;`);
      await writeFile(join(folder, 'ptb.valid.txt'), '');
      await mkdir(join(workspace, 'empty'));
      expect(await message(folder)).toContain('lacks ptb.valid.txt;');
      expect(await message('empty')).toContain('lacks ptb.train.txt and ptb.valid.txt and ptb.test.txt');
      expect(await message('gone')).toContain('does not exist');
      expect(await message(join(folder, 'ptb.train.txt'))).toContain('is not a folder');
    }));

  it('passes over hidden and installed folders, links, what lies too deep, and folders that lack a file', () =>
    withPlaces(async (places, workspace) => {
      for (const folder of ['.sequence-lab/x', '.git/x', 'node_modules/x', 'a/b/c/d'])
        await ptbIn(join(workspace, folder));
      await ptbIn(join(workspace, 'half'), names.slice(0, 2));
      const outside = await ptbIn(join(workspace, '..', 'outside'));
      await symlink(outside, join(workspace, 'link'), 'junction');
      expect(await findPtb(places)).toBeUndefined();
    }));

  it('gives up in a large workspace, and stops when it is told to', () =>
    withPlaces(async (places, workspace) => {
      for (let folder = 0; folder < 25; folder++) {
        await mkdir(join(workspace, `f${folder}`));
        for (let file = 0; file < 100; file++) await writeFile(join(workspace, `f${folder}`, `${file}`), '');
      }
      const last = await ptbIn(join(workspace, 'f9', 'inner'));
      expect(await findPtb(places)).toBeUndefined();
      for (let folder = 10; folder < 25; folder++) await rm(join(workspace, `f${folder}`), { recursive: true });
      expect(await findPtb(places)).toEqual({ folder: last, source: 'workspace' });
      const reason = new Error('enough');
      expect(await rejection(findPtb({ ...places, signal: AbortSignal.abort(reason) }))).toBe(reason);
    }));
});

describe('estimateTokens', () => {
  it('tells the tokens of the training text by its size', () =>
    withFolder(async (folder) => {
      await ptbIn(folder);
      await truncate(join(folder, 'ptb.train.txt'), 5_101_618);
      const path = folder;
      const words = await estimateTokens({ kind: 'ptb', path, unit: 'word' });
      expect(Math.abs(words / 929_589 - 1)).toBeLessThan(0.01);
      expect(await estimateTokens({ kind: 'ptb', path, unit: 'character' })).toBe(5_101_618);
      const file = join(folder, 'ptb.train.txt');
      expect(await estimateTokens({ kind: 'file', path: file, unit: 'word' })).toBeCloseTo(words * 0.9, -1);
      expect(await rejection(estimateTokens({ kind: 'folder', path, unit: 'word' }))).toBeInstanceOf(FileError);
      expect(await rejection(estimateTokens({ kind: 'file', path, unit: 'word' }))).toBeInstanceOf(FileError);
    }));
});
