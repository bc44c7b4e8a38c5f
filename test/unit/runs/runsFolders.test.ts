import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { RunsFolders, runsFolderAbove } from '../../../src/runs/runsFolders.ts';
import { withFolder } from './fixtures.ts';

describe('the runs folder above a path', () => {
  const root = join('/', 'home', 'work');
  const runsIn = (...parts: string[]): string => join(root, ...parts, '.sequence-lab', 'runs');

  it.each([
    ['a run of the workspace folder', '.sequence-lab/runs/one/config.json', runsIn()],
    ['a run of a folder far below', 'a/b.c/d/.sequence-lab/runs/one/config.json', runsIn('a', 'b.c', 'd')],
    ['a run folder', 'a/.sequence-lab/runs/one', runsIn('a')],
    ['a runs folder', 'a/.sequence-lab/runs', runsIn('a')],
    ['the folder around it', 'a/.sequence-lab', runsIn('a')],
    ['something else in that', 'a/.sequence-lab/ptb/ptb.train.txt', undefined],
    ['a folder of another name', 'a/runs/one/config.json', undefined],
    ['a package', 'node_modules/p/.sequence-lab/runs/one/config.json', undefined],
    ['a package of a package', 'a/node_modules/p/.sequence-lab/runs/one/config.json', undefined],
    ['what is outside', '../.sequence-lab/runs/one/config.json', undefined],
  ])('of %s', (_, path, expected) => {
    expect(runsFolderAbove(join(root, path), root)).toBe(expected);
  });

  it('is that of a workspace that lies in a package', () => {
    const inPackage = join(root, 'node_modules', 'p');
    expect(runsFolderAbove(join(inPackage, 'a', '.sequence-lab'), inPackage)).toBe(runsIn('node_modules', 'p', 'a'));
  });
});

describe('the runs folders of a window', () => {
  const everything = (): boolean => true;

  /** A workspace on the disk, whose search finds what `found` says by then. */
  const withWorkspace = (
    body: (workspace: {
      folders: RunsFolders;
      found: string[];
      /** The lists that were told, one after another. */
      told: string[][];
      make: (name: string) => Promise<string>;
      place: (name: string) => string;
    }) => Promise<void>,
  ): Promise<void> =>
    withFolder(async (root) => {
      const found: string[] = [];
      const told: string[][] = [];
      const folders = new RunsFolders(() => Promise.resolve([...found]));
      folders.onChange(() => told.push([...folders.list]));
      const place = (name: string): string => join(root, name, '.sequence-lab', 'runs');
      const make = async (name: string): Promise<string> => {
        await mkdir(place(name), { recursive: true });
        return place(name);
      };
      await body({ folders, found, told, make, place });
    });

  it('are those of the settings, and those that the search finds behind them', () =>
    withWorkspace(async ({ folders, found, told, make, place }) => {
      const named = place('.');
      folders.reset([named, named], everything);
      expect(told).toEqual([[named]]);
      found.push(await make('a'), await make('b'), await make('.'));
      await folders.refresh();
      expect(folders.list).toEqual([named, place('a'), place('b')]);
      await folders.refresh();
      expect(told).toHaveLength(2);
    }));

  it('gain one that appears, also while the search is under way or does not see it', () =>
    withWorkspace(async ({ folders, found, make, place }) => {
      folders.reset([place('.')], everything);
      found.push(await make('a'));
      const searching = folders.refresh();
      await folders.add(await make('late'));
      await searching;
      expect(new Set(folders.list)).toEqual(new Set([place('.'), place('a'), place('late')]));
      await folders.refresh();
      expect(folders.list).toContain(place('late'));
    }));

  it('lose one that was removed, at the next search', () =>
    withWorkspace(async ({ folders, found, make, place }) => {
      folders.reset([place('.')], everything);
      found.push(await make('a'));
      await folders.add(await make('b'));
      await folders.refresh();
      found.pop();
      for (const name of ['a', 'b']) await rm(join(place(name), '..', '..'), { recursive: true });
      await folders.refresh();
      expect(folders.list).toEqual([place('.')]);
    }));

  it('have a folder once that two paths lead to', () =>
    withWorkspace(async ({ folders, found, make, place }) => {
      const named = await make('a');
      await symlink(join(named, '..', '..'), join(named, '..', '..', '..', 'link'));
      folders.reset([named], everything);
      found.push(place('link'), named);
      await folders.refresh();
      expect(folders.list).toEqual([named]);
    }));

  it('are others in another workspace, but for what lies in both; what is still being looked for is dropped', () =>
    withWorkspace(async ({ folders, found, make, place }) => {
      folders.reset([place('.')], everything);
      for (const name of ['before', 'kept', 'b']) await folders.add(await make(name));
      found.push(await make('a'));
      const searching = folders.refresh();
      folders.reset([place('other'), place('b')], (folder) => folder !== place('before'));
      await searching;
      expect(folders.list).toEqual([place('other'), place('b'), place('kept')]);
    }));

  it('stay as they are where the search fails, and are told no more at the end', async () => {
    const folders = new RunsFolders(() => Promise.reject(new Error('no search')));
    let told = 0;
    folders.onChange(() => told++);
    folders.reset(['/runs'], everything);
    await expect(folders.refresh()).rejects.toThrow('no search');
    expect(folders.list).toEqual(['/runs']);
    folders.dispose();
    await folders.add('/more');
    expect(told).toBe(1);
  });
});
