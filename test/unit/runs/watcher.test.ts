import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it, vi } from 'vitest';

import { resolveConfiguration } from '../../../src/config/parse.ts';
import type { Machine } from '../../../src/runs/files.ts';
import type { FolderEvents, WatchFolder } from '../../../src/runs/folderWatch.ts';
import type { ListedRun } from '../../../src/runs/list.ts';
import { renameRun } from '../../../src/runs/rename.ts';
import { createRun, openRun, type RunStore } from '../../../src/runs/store.ts';
import { RunsWatcher, type RunsChange, type RunsWatcherOptions } from '../../../src/runs/watcher.ts';
import { newRun, withFolder } from './fixtures.ts';
import { ManualClock } from './manualClock.ts';

/** The system's word, as tests give it. */
class FakeWatches {
  readonly open = new Map<string, FolderEvents>();
  isPossible = true;

  readonly watchFolder: WatchFolder = (folder, events) => {
    if (!this.isPossible) return undefined;
    this.open.set(folder, events);
    return { dispose: () => void this.open.delete(folder) };
  };

  tell(folder: string, name?: string): void {
    this.open.get(folder)?.onEvent(name);
  }

  lose(folder: string): void {
    const events = this.open.get(folder);
    this.open.delete(folder);
    events?.onLost();
  }
}

async function make(runsFolder: string, name: string, second: number): Promise<RunStore> {
  const configuration = { ...resolveConfiguration({ preset: 'small' }), name };
  return createRun(newRun(runsFolder, { configuration, date: new Date(2026, 0, 1, 0, 0, second) }));
}

async function finished(runsFolder: string, name: string, second: number): Promise<string> {
  const store = await make(runsFolder, name, second);
  await store.updateStatus({ state: 'done' });
  await store.close();
  return store.folder;
}

/** The next change that fits; time passes in steps until it comes. */
async function changeAs(
  watcher: RunsWatcher,
  clock: ManualClock,
  fits: (change: RunsChange) => boolean = () => true,
): Promise<RunsChange & { waited: number }> {
  const start = clock.now();
  let found: RunsChange | undefined;
  const subscription = watcher.onChange((change) => {
    if (fits(change)) found ??= change;
  });
  for (let turn = 0; found === undefined && turn < 1000; turn++) {
    clock.pass(100);
    await watcher.settled();
  }
  subscription.dispose();
  if (found === undefined) throw new Error('no such change came in 100 seconds');
  return { ...found, waited: clock.now() - start };
}

const alive: Machine = { host: hostname(), isAlive: () => true };

interface World {
  folder: string;
  clock: ManualClock;
  watches: FakeWatches;
  start: (options?: RunsWatcherOptions) => Promise<RunsWatcher>;
}

async function withWorld(body: (world: World) => Promise<void>): Promise<void> {
  await withFolder(async (parent) => {
    const [clock, watches] = [new ManualClock(), new FakeWatches()];
    const started: RunsWatcher[] = [];
    const folder = join(parent, 'runs');
    const start = async (options: RunsWatcherOptions = {}): Promise<RunsWatcher> => {
      const { watchFolder } = watches;
      const watcher = new RunsWatcher(folder, { clock, watchFolder, machine: alive, ...options });
      started.push(watcher);
      await watcher.ready;
      return watcher;
    };
    try {
      await body({ folder, clock, watches, start });
    } finally {
      for (const watcher of started) watcher.dispose();
    }
  });
}

const names = (runs: readonly ListedRun[]): string[] =>
  runs.map((run) => (run.kind === 'run' ? run.config.configuration.name : 'broken'));
const problemOf = (run: ListedRun | undefined): string | undefined =>
  run?.kind === 'broken' ? run.problem : undefined;
const only = (watcher: RunsWatcher): ListedRun => {
  expect(watcher.runs).toHaveLength(1);
  return watcher.runs[0]!;
};

describe('RunsWatcher', () => {
  it('lists the runs newest first, with broken ones, and passes over files, links and hidden folders', () =>
    withWorld(async ({ folder, start }) => {
      await finished(folder, 'older', 1);
      await finished(folder, 'newer', 2);
      await mkdir(join(folder, 'broken'));
      await writeFile(join(folder, 'broken', 'config.json'), '{"format": 1');
      await mkdir(join(folder, '.hidden'));
      await writeFile(join(folder, 'notes.txt'), '');
      await symlink(folder, join(folder, 'link'));
      const watcher = await start();
      expect(names(watcher.runs)).toEqual(['broken', 'newer', 'older']);
      expect(problemOf(watcher.runs[0])).toContain('config.json');
      expect(watcher.problem).toBeUndefined();
    }));

  it('finds a folder that is made later, the run in it, and that both are gone', () =>
    withWorld(async ({ folder, clock, watches, start }) => {
      const watcher = await start();
      expect(watcher.runs).toEqual([]);
      const run = await finished(folder, 'first', 1);
      const { appeared, waited } = await changeAs(watcher, clock);
      expect(appeared).toEqual([run]);
      expect(waited).toBeLessThanOrEqual(2000);
      expect(watches.open.has(folder)).toBe(true);

      await rm(folder, { recursive: true });
      watches.lose(folder);
      expect((await changeAs(watcher, clock)).vanished).toEqual([run]);
      const again = await finished(folder, 'again', 2);
      expect((await changeAs(watcher, clock)).appeared).toEqual([again]);
    }));

  it('notices a runs folder that was removed and made again between two looks', () =>
    withWorld(async ({ folder, clock, watches, start }) => {
      await finished(folder, 'first', 1);
      const watcher = await start();
      const before = watches.open.get(folder);
      await rename(folder, `${folder}-away`);
      await finished(folder, 'second', 2);
      const { appeared, vanished, waited } = await changeAs(watcher, clock);
      expect([appeared.length, vanished.length]).toEqual([1, 1]);
      expect(waited).toBeLessThanOrEqual(5000);
      expect(watches.open.get(folder)).not.toBe(before);
    }));

  it('tells within half a second what an active run writes, a few times a second', () =>
    withWorld(async ({ folder, clock, watches, start }) => {
      const store = await make(folder, 'active', 1);
      const watcher = await start();
      expect(only(watcher)).toMatchObject({ state: 'running' });
      expect([...watches.open.keys()]).toEqual([folder, store.folder]);
      const { config } = only(watcher) as Extract<ListedRun, { kind: 'run' }>;
      clock.pass(1000);
      await watcher.refresh();

      await store.updateStatus({ latest: { validPerplexity: 123 } });
      for (let event = 0; event < 50; event++) watches.tell(store.folder, 'status.json');
      let told = 0;
      watcher.onChange(() => told++);
      const { changed, waited } = await changeAs(watcher, clock);
      expect(changed).toEqual([store.folder]);
      expect(waited).toBeLessThanOrEqual(500);
      expect(told).toBe(1);
      expect(only(watcher)).toMatchObject({ status: { latest: { validPerplexity: 123 } } });
      // Not read again.
      expect((only(watcher) as Extract<ListedRun, { kind: 'run' }>).config).toBe(config);

      await store.updateStatus({ state: 'done' });
      watches.tell(store.folder, 'status.json');
      await changeAs(watcher, clock);
      expect(only(watcher)).toMatchObject({ state: 'done' });
      expect([...watches.open.keys()]).toEqual([folder]);
      await store.close();
    }));

  it('polls an active run each second where the system has no watches left', () =>
    withWorld(async ({ folder, clock, watches, start }) => {
      const store = await make(folder, 'active', 1);
      watches.isPossible = false;
      const watcher = await start();
      await store.updateStatus({ latest: { validPerplexity: 123 } });
      expect((await changeAs(watcher, clock)).waited).toBeLessThanOrEqual(1100);
      await store.updateStatus({ latest: { validPerplexity: 120 } });
      expect((await changeAs(watcher, clock)).waited).toBeLessThanOrEqual(1100);
      // And takes them again once there are some.
      watches.isPossible = true;
      await store.updateStatus({ latest: { validPerplexity: 110 } });
      await changeAs(watcher, clock);
      expect(watches.open.has(store.folder)).toBe(true);
      await store.close();
    }));

  it('shows a run as interrupted within 3 seconds of the death of its process, and as running when it goes on', () =>
    withWorld(async ({ folder, clock, start }) => {
      const store = await make(folder, 'killed', 1);
      let isAlive = true;
      const watcher = await start({ machine: { host: hostname(), isAlive: () => isAlive } });
      await store.close();
      isAlive = false;
      const { waited } = await changeAs(watcher, clock);
      expect(waited).toBeLessThanOrEqual(3000);
      expect(only(watcher)).toMatchObject({ state: 'interrupted' });

      isAlive = true;
      const resumed = await openRun(store.folder);
      expect((await changeAs(watcher, clock)).waited).toBeLessThanOrEqual(6000);
      expect(only(watcher)).toMatchObject({ state: 'running' });
      await resumed.close();
    }));

  it('never shows a run that has ended well as interrupted', () =>
    withWorld(async ({ folder, clock, start }) => {
      const store = await make(folder, 'ends', 1);
      let isAlive = true;
      const watcher = await start({ machine: { host: hostname(), isAlive: () => isAlive } });
      const states: string[] = [];
      watcher.onChange(() => states.push((only(watcher) as Extract<ListedRun, { kind: 'run' }>).state));
      await store.updateStatus({ state: 'done' });
      await store.close();
      isAlive = false;
      await changeAs(watcher, clock);
      expect(states).toEqual(['done']);
    }));

  it('shows no run that is still being made, or removed; and a folder that stays without config.json as broken', () =>
    withWorld(async ({ folder, clock, watches, start }) => {
      const run = await finished(folder, 'made slowly', 1);
      await rename(join(run, 'config.json'), join(folder, 'config.json'));
      const watcher = await start();
      expect(watcher.runs).toEqual([]);
      await rename(join(folder, 'config.json'), join(run, 'config.json'));
      watches.tell(run, 'config.json');
      expect(await changeAs(watcher, clock)).toMatchObject({ appeared: [run] });

      await rm(join(run, 'config.json'));
      await watcher.refresh();
      expect(names(watcher.runs)).toEqual(['made slowly']);
      const { changed, waited } = await changeAs(watcher, clock);
      expect(changed).toEqual([run]);
      expect(waited).toBeGreaterThan(8000);
      expect(problemOf(only(watcher))).toContain('does not exist');
    }));

  it('looks twice before it calls a run broken that was whole, and finds it mended', () =>
    withWorld(async ({ folder, clock, start }) => {
      const run = await finished(folder, 'edited', 1);
      const watcher = await start();
      const path = join(run, 'status.json');
      await rename(path, `${path}.whole`);
      await writeFile(path, '{"format": 1, "sta');
      await watcher.refresh();
      expect(only(watcher).kind).toBe('run');
      await rm(path);
      await rename(`${path}.whole`, path);
      await watcher.refresh();
      expect(only(watcher).kind).toBe('run');

      await writeFile(path, 'nothing');
      await changeAs(watcher, clock, ({ changed }) => changed.includes(run) && only(watcher).kind === 'broken');
      await writeFile(path, '{}');
      await changeAs(watcher, clock);
      expect(problemOf(only(watcher))).toContain('status.json');
    }));

  it('looks twice again at a run that was mended: by one that has the files of before', () =>
    withWorld(async ({ folder, start }) => {
      const run = await finished(folder, 'away', 1);
      const watcher = await start();
      await rename(run, `${folder}-whole`);
      await mkdir(run);
      await writeFile(join(run, 'config.json'), '{"format": 1, "con');
      await watcher.refresh();
      await rm(run, { recursive: true });
      await rename(`${folder}-whole`, run);
      await watcher.refresh();
      await writeFile(join(run, 'status.json'), '{"format": 1, "sta');
      await watcher.refresh();
      expect(only(watcher).kind).toBe('run');
      await watcher.refresh();
      expect(only(watcher).kind).toBe('broken');
    }));

  it('shows no folder that is gone as a broken run, whatever the system told last', () =>
    withWorld(async ({ folder, clock, watches, start }) => {
      const run = await finished(folder, 'removed', 1);
      const watcher = await start();
      const told: RunsChange[] = [];
      watcher.onChange((change) => told.push(change));
      await mkdir(join(folder, 'unfinished'));
      await watcher.refresh();
      expect(watches.open.has(join(folder, 'unfinished'))).toBe(true);
      await rm(join(folder, 'unfinished'), { recursive: true });
      watches.tell(join(folder, 'unfinished'), 'config.json');
      await rm(run, { recursive: true });
      await changeAs(watcher, clock, ({ vanished }) => vanished.includes(run));
      expect(told).toEqual([{ appeared: [], changed: [], vanished: [run] }]);
      expect(watcher.runs).toEqual([]);
    }));

  it('tells soon what is written of a run in a folder of any name', () =>
    withWorld(async ({ folder, clock, watches, start }) => {
      const store = await make(folder, 'moved', 1);
      await store.close();
      const run = join(folder, 'folder');
      await rename(store.folder, run);
      const watcher = await start();
      await writeFile(
        join(run, 'status.json'),
        JSON.stringify({ ...store.status, latest: { ...store.status.latest, validPerplexity: 123 } }),
      );
      watches.tell(run, 'status.json');
      const { changed, waited } = await changeAs(watcher, clock);
      expect(changed).toEqual([run]);
      expect(waited).toBeLessThanOrEqual(500);
    }));

  it('sees another name, and finds it without a word of the system within half a minute', () =>
    withWorld(async ({ folder, clock, start }) => {
      const run = await finished(folder, 'old name', 1);
      const watcher = await start();
      await renameRun(run, '  new name ');
      const { waited } = await changeAs(watcher, clock);
      expect(waited).toBeLessThanOrEqual(31_000);
      expect(names(watcher.runs)).toEqual(['new name']);
      await renameRun(run, 'newest name');
      await watcher.refresh();
      expect(names(watcher.runs)).toEqual(['newest name']);
    }));

  it('keeps what it has and says why, where the folder cannot be read', () =>
    withWorld(async ({ folder, clock, start }) => {
      await finished(folder, 'kept', 1);
      const watcher = await start();
      await rename(folder, `${folder}-away`);
      await writeFile(folder, '');
      await changeAs(watcher, clock);
      expect(watcher.problem).toContain('a part of its path is a file');
      expect(names(watcher.runs)).toEqual(['kept']);
      await rm(folder);
      await rename(`${folder}-away`, folder);
      await changeAs(watcher, clock);
      expect(watcher.problem).toBeUndefined();
    }));

  it('tells nothing and waits for nothing when nothing changes, or after it was disposed of', () =>
    withWorld(async ({ folder, clock, watches, start }) => {
      await finished(folder, 'still', 1);
      const watcher = await start();
      let told = 0;
      watcher.onChange(() => told++);
      const { runs } = watcher;
      await watcher.refresh();
      expect(told).toBe(0);
      expect(watcher.runs).toBe(runs);
      const late = watcher.refresh();
      watcher.dispose();
      await late;
      expect([clock.waiting, watches.open.size, told]).toEqual([0, 0, 0]);
    }));

  it('goes on when a listener throws', () =>
    withWorld(async ({ folder, start }) => {
      const watcher = await start();
      let told = 0;
      const report = vi.spyOn(console, 'error').mockImplementation(() => undefined);
      watcher.onChange(() => {
        throw new Error('expected by the test');
      });
      watcher.onChange(() => told++);
      await finished(folder, 'run', 1);
      await watcher.refresh();
      expect(told).toBe(1);
      expect(report).toHaveBeenCalledOnce();
      report.mockRestore();
    }));

  it('hears of a real run by the real system', () =>
    withFolder(async (parent) => {
      const folder = join(parent, 'runs');
      await mkdir(folder);
      const watcher = new RunsWatcher(folder);
      try {
        await watcher.ready;
        const heard = (fits: () => boolean): Promise<void> =>
          new Promise((settle) => {
            const subscription = watcher.onChange(() => {
              if (!fits()) return;
              subscription.dispose();
              settle();
            });
          });
        const appears = heard(() => watcher.runs.length === 1);
        const store = await make(folder, 'real', 1);
        await appears;
        const changes = heard(() =>
          watcher.runs.some((run) => run.kind === 'run' && run.status.latest.trainPerplexity === 5),
        );
        await store.updateStatus({ latest: { trainPerplexity: 5 } });
        await changes;
        const ends = heard(() => watcher.runs.some((run) => run.kind === 'run' && run.state === 'done'));
        await store.updateStatus({ state: 'done' });
        await store.close();
        await ends;
        const goes = heard(() => watcher.runs.length === 0);
        await rm(store.folder, { recursive: true });
        await goes;
      } finally {
        watcher.dispose();
      }
    }));
});
