import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { describe, expect, it, vi } from 'vitest';

import {
  causeOf,
  effectiveState,
  readConfig,
  readStatus,
  readVocabulary,
  thisMachine,
} from '../../../src/runs/files.ts';
import { listRuns } from '../../../src/runs/list.ts';
import { readMetrics } from '../../../src/runs/metrics.ts';
import { createRun, openRun } from '../../../src/runs/store.ts';
import { FileError } from '../../../src/util/errors.ts';
import { LineWriter } from '../../../src/util/lineWriter.ts';
import { epochRecord, mountTinyDisk, newRun, rejection, stepRecord, withFolder, withRun } from './fixtures.ts';

const sameId = { date: new Date(2026, 10, 23, 10, 15, 0), random: () => '0000' };

async function edit(path: string, change: (value: Record<string, unknown>) => unknown): Promise<void> {
  const value: unknown = JSON.parse(await readFile(path, 'utf8'));
  if (typeof value !== 'object' || value === null) throw new Error(`${path} is no object`);
  await writeFile(path, JSON.stringify(change({ ...value })));
}

describe('createRun', () => {
  it('makes a folder that reads back', () =>
    withFolder(async (runs) => {
      const run = newRun(join(runs, 'new', 'folder'));
      await using store = await createRun(run);
      expect((await readdir(store.folder)).sort()).toEqual([
        'checkpoints',
        'config.json',
        'log.txt',
        'metrics.jsonl',
        'probes',
        'status.json',
        'vocabulary.json',
      ]);
      const { configuration, versions, corpus } = await readConfig(store.folder);
      expect({ configuration, versions, corpus }).toEqual({
        configuration: run.configuration,
        versions: run.versions,
        corpus: run.corpus,
      });
      expect(await readVocabulary(store.folder)).toMatchObject(run.vocabulary);
      expect(await readStatus(store.folder)).toMatchObject({
        state: 'running',
        pid: process.pid,
        progress: { step: 0 },
      });
      await store.close();
    }));

  it('keeps runs out of version control where the folder is ours by name, and leaves what a person wrote', () =>
    withFolder(async (folder) => {
      const ignored = (name: string): string => join(folder, name, '.sequence-lab', '.gitignore');
      for (const place of ['new', 'other', 'own']) {
        const lab = join(folder, place, '.sequence-lab');
        if (place === 'own') await mkdir(lab, { recursive: true });
        if (place === 'own') await writeFile(ignored('own'), 'checkpoints\n');
        await using store = await createRun(newRun(place === 'other' ? join(lab, 'a', 'runs') : join(lab, 'runs')));
        expect((await readdir(store.folder)).includes('config.json')).toBe(true);
      }
      expect(await readFile(ignored('new'), 'utf8')).toBe('*\n');
      expect(await readFile(ignored('own'), 'utf8')).toBe('checkpoints\n');
      expect(await readdir(join(folder, 'other', '.sequence-lab'))).toEqual(['a']);
      await using elsewhere = await createRun(newRun(join(folder, 'elsewhere')));
      expect((await readdir(folder)).sort()).toEqual(['elsewhere', 'new', 'other', 'own']);
      expect(await readdir(join(folder, 'elsewhere'))).toEqual([basename(elsewhere.folder)]);
    }));

  it('never shares a folder between two runs', () =>
    withFolder(async (runs) => {
      let next = 0;
      const random = (): string => String(Math.floor(next++ / 4)).padStart(4, '0');
      const stores = await Promise.all(Array.from({ length: 8 }, () => createRun(newRun(runs, { ...sameId, random }))));
      expect(new Set(stores.map(({ folder }) => folder)).size).toBe(8);
      for (const store of stores) await store.close();
    }));

  it('gives up, with a FileError, where every id is taken', () =>
    withFolder(async (runs) => {
      await (await createRun(newRun(runs, sameId))).close();
      expect((await rejection(createRun(newRun(runs, sameId)))).message).toMatch(
        /cannot create a run folder in .*already there/,
      );
      expect(await readdir(runs)).toHaveLength(1);
    }));

  it('says so where the folder cannot be made', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'file');
      await writeFile(file, '');
      const inPlace = await rejection(createRun(newRun(file)));
      expect(inPlace).toBeInstanceOf(FileError);
      expect(inPlace.message).toContain('there is a file with that name; move it or choose another folder');
      const below = await rejection(createRun(newRun(join(file, 'runs'))));
      expect(below).toBeInstanceOf(FileError);
      expect(below.message).toContain('a part of its path is a file, not a folder (ENOTDIR)');
      if (process.platform === 'linux')
        expect(await rejection(createRun(newRun('/proc/runs')))).toBeInstanceOf(FileError);
    }));

  it('begins the log, and leaves nothing behind where that cannot be written', async () => {
    await using run = await withRun({ log: ['one', 'two'] });
    const { store, runs } = run;
    expect(await readFile(store.paths.log, 'utf8')).toBe('one\ntwo\n');
    await store.close();
    await rm(store.folder, { recursive: true });
    if (process.platform !== 'linux') return;
    const onFolder = (folder: string) => symlink('/dev/full', join(folder, 'log.txt'));
    const error = await rejection(createRun(newRun(runs, { log: ['one'], onFolder })));
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toMatch(/log\.txt.*the disk is full/);
    expect(await readdir(runs)).toEqual([]);
  });

  it('leaves nothing behind on a full disk', (context) =>
    withFolder(async (folder) => {
      const disk = mountTinyDisk(folder, 16);
      if (disk === undefined) return context.skip();
      try {
        const words = Array.from({ length: 10_000 }, (_, index) => `word${index}`);
        const vocabulary = { words, counts: words.map(() => 1) };
        const error = await rejection(createRun(newRun(folder, { vocabulary })));
        expect(error).toBeInstanceOf(FileError);
        expect(error.message).toMatch(/cannot write .*vocabulary.json: the disk is full; free some space/);
        expect(await readdir(folder)).toEqual([]);
      } finally {
        disk.unmount();
      }
    }));
});

describe('RunStore', () => {
  it('keeps the order of writes that overlap', async () => {
    await using run = await withRun();
    const { store } = run;
    const steps = Array.from({ length: 200 }, (_, index) => index + 1);
    await Promise.all(
      steps.flatMap((step) => [store.appendMetrics(stepRecord(step)), store.appendLog(`step ${step}`)]),
    );
    await Promise.all(steps.slice(0, 10).map((step) => store.updateStatus({ latest: { trainPerplexity: step } })));
    await store.updateStatus({ state: 'done', best: { validPerplexity: 3 }, message: 'well done' });
    await store.close();
    expect((await readMetrics(store.folder)).map((record) => record.step)).toEqual(steps);
    expect((await readFile(store.paths.log, 'utf8')).split('\n')).toEqual([...steps.map((step) => `step ${step}`), '']);
    expect(await readStatus(store.folder)).toMatchObject({
      state: 'done',
      latest: { trainPerplexity: 10 },
      best: { validPerplexity: 3 },
      message: 'well done',
    });
  });

  it('records a perplexity beyond all numbers and refuses what is not a number', async () => {
    await using run = await withRun();
    const { store } = run;
    await store.appendMetrics({ ...epochRecord(1, 5), trainPerplexity: Infinity });
    expect(await readMetrics(store.folder)).toMatchObject([{ trainPerplexity: Number.MAX_VALUE }]);
    expect(await rejection(store.updateStatus({ latest: { trainPerplexity: NaN } }))).toBeInstanceOf(RangeError);
    await store.updateStatus({ latest: { trainPerplexity: 2 } });
    expect((await readStatus(store.folder)).latest).toEqual({ trainPerplexity: 2 });
    await store.close();
    expect(await rejection(store.appendMetrics(stepRecord(6)))).toBeInstanceOf(FileError);
  });

  it('takes back a line for which the disk has no room', (context) =>
    withFolder(async (folder) => {
      const disk = mountTinyDisk(folder, 8);
      if (disk === undefined) return context.skip();
      try {
        const path = join(folder, 'log.txt');
        const writer = await LineWriter.open(path);
        await writer.append('a short line');
        const error = await rejection(writer.append('x'.repeat(20_000)));
        expect(error.message).toContain(`cannot append to ${path}: the disk is full`);
        await writer.append('another short line');
        await writer.close();
        expect(await readFile(path, 'utf8')).toBe('a short line\nanother short line\n');
      } finally {
        disk.unmount();
      }
    }));

  it.skipIf(process.platform !== 'linux')('says ENOSPC in words of a device that is always full', async () => {
    const writer = await LineWriter.open('/dev/full');
    expect(await rejection(writer.append('x'))).toBeInstanceOf(FileError);
    expect((await rejection(writer.append('x'))).message).toContain('the disk is full; free some space');
    await writer.close().catch(() => undefined);
  });
});

describe('openRun', () => {
  it('drops what was left half written and what came after the checkpoint', () =>
    withFolder(async (runs) => {
      const first = await createRun(newRun(runs));
      for (const step of [1, 2, 3]) await first.appendMetrics(stepRecord(step));
      await first.updateStatus({ state: 'interrupted', message: 'stopped', best: { validPerplexity: 9 } });
      await first.close();
      const temporary = join(first.folder, 'status.json.123-4.tmp');
      await writeFile(temporary, 'half');
      await writeFile(first.paths.metrics, '{"event":"st', { flag: 'a' });
      const second = await openRun(first.folder, { step: 2 });
      await second.appendMetrics(stepRecord(3));
      await second.close();
      expect((await readMetrics(first.folder)).map(({ step }) => step)).toEqual([1, 2, 3]);
      expect(await readdir(first.folder)).not.toContain('status.json.123-4.tmp');
      const status = await readStatus(first.folder);
      expect(status).toMatchObject({ state: 'running', best: { validPerplexity: 9 } });
      expect(status).not.toHaveProperty('message');
    }));

  it('refuses a run that another machine trains, until it is silent for long', async () => {
    await using run = await withRun();
    const { store } = run;
    const { folder, paths } = store;
    await store.close();
    await edit(paths.status, (status) => ({ ...status, host: 'elsewhere', pid: 77 }));
    expect((await rejection(openRun(folder))).message).toBe(
      `${folder} is still being trained by process 77 on elsewhere; stop that one first`,
    );
    const heartbeatAt = new Date(Date.now() - 11 * 60_000).toISOString();
    await edit(paths.status, (status) => ({ ...status, heartbeatAt }));
    await (await openRun(folder)).close();
  });

  it('opens a run whose process number has gone to another program, as after the restart of a container', async () => {
    await using run = await withRun();
    const { store } = run;
    await store.close();
    const heartbeatAt = new Date(Date.now() - 120_000).toISOString();
    await edit(store.paths.status, (status) => ({ ...status, pid: process.ppid, heartbeatAt }));
    expect(effectiveState(await readStatus(store.folder), Date.now())).toBe('running');
    const resumed = await openRun(store.folder);
    expect(resumed.status.pid).toBe(process.pid);
    await resumed.close();
  });

  it('refuses a run whose trainer, of another user perhaps, beat its heart just now', async () => {
    await using run = await withRun();
    const { store } = run;
    await store.close();
    await edit(store.paths.status, (status) => ({ ...status, pid: process.ppid }));
    const refused = rejection(openRun(store.folder));
    expect((await refused).message).toContain(`still being trained by process ${process.ppid}`);
  });

  it('refuses a run that a newer version configured', async () => {
    await using run = await withRun();
    const { store } = run;
    const { folder, paths } = store;
    await store.close();
    await edit(paths.config, (config) => ({ ...config, configuration: { ...newRun('').configuration, probes: 1 } }));
    expect((await rejection(openRun(folder))).message).toContain('does not know probes');
    expect((await readConfig(folder)).configuration.name).toBe('small');
  });
});

describe('the files of a run', () => {
  it('may have keys of a newer version, but not another format or a wrong value', async () => {
    await using run = await withRun();
    const { store } = run;
    await store.close();
    const { status, config } = store.paths;
    await edit(status, (value) => ({ ...value, later: 1, state: 'done' }));
    expect((await readStatus(store.folder)).state).toBe('done');
    await edit(status, (value) => ({ ...value, progress: { epoch: 'one' } }));
    expect((await rejection(readStatus(store.folder))).message).toContain(`${status} cannot be used: progress.epoch`);
    await edit(config, (value) => ({ ...value, format: 2 }));
    expect((await rejection(readConfig(store.folder))).message).toContain('written by a newer Sequence Lab (format 2');
    await edit(config, (value) => ({ ...value, format: 1, configuration: { seed: 'x' } }));
    expect((await rejection(readConfig(store.folder))).message).toContain('seed: expected a whole number');
    await writeFile(config, '{"format": 1');
    const torn = await rejection(readConfig(store.folder));
    expect(torn).toBeInstanceOf(FileError);
    expect(torn.message).toContain(`${config} is damaged: not valid JSON: line 1, column 13`);
    await writeFile(config, Buffer.from([0x7b, 0xff, 0x7d]));
    expect((await rejection(readConfig(store.folder))).message).toContain('is damaged: not UTF-8');
  });
});

describe('why a run ended', () => {
  const causeIn = async (change: Record<string, unknown>) => {
    await using run = await withRun();
    const { store } = run;
    await store.updateStatus({ state: 'interrupted' });
    await store.close();
    await edit(store.paths.status, (value) => ({ ...value, ...change }));
    const status = await readStatus(store.folder);
    return causeOf({ status, state: effectiveState(status, Date.now(), { ...thisMachine, isAlive: () => false }) });
  };

  it.each(['user', 'signal', 'window', 'accident'])('is in its status: %s', async (by) => {
    expect(await causeIn({ ended: { by, later: 1 }, message: 'In whichever words.' })).toBe(by);
  });

  it.each([
    ['Stopped after step 12.', 'user'],
    ['Stopped after step 12: the VS Code window that it belonged to has closed.', 'window'],
    ['Interrupted after step 12.', 'signal'],
    ['In other words.', undefined],
    [undefined, undefined],
  ])('is read in the message of a run of before it was recorded: %s', async (message, by) => {
    expect(await causeIn({ message })).toBe(by);
  });

  it('is not known where a newer version has another reason, and the run is read all the same', async () => {
    expect(await causeIn({ ended: { by: 'schedule' }, message: 'Stopped after step 12.' })).toBeUndefined();
    expect(await causeIn({ ended: 'soon' })).toBeUndefined();
  });

  it('is an accident where the process is gone without a word, and none where the run is not interrupted', async () => {
    expect(await causeIn({ state: 'paused', message: 'Paused after step 12.' })).toBe('accident');
    expect(await causeIn({ state: 'done', message: 'Stopped after step 12.' })).toBeUndefined();
    expect(await causeIn({ state: 'failed' })).toBeUndefined();
  });
});

describe('effectiveState', () => {
  const base = {
    format: 1 as const,
    startedAt: '2026-01-01T00:00:00Z',
    heartbeatAt: '2026-01-01T00:00:00Z',
    latest: {},
    best: {},
  };
  const progress = { epoch: 1, epochs: 2, step: 3, totalSteps: 4, fraction: 0.75, secondsLeft: null };
  const status = { ...base, state: 'running' as const, pid: 5, host: 'here', progress };
  const start = Date.parse(base.heartbeatAt);
  const machine = (isAlive: boolean) => ({ host: 'here', isAlive: () => isAlive });

  it.each([
    ['alive and heard of', status, 1, true, 'running'],
    ['dead', status, 1, false, 'interrupted'],
    ['alive but silent for long', status, 3600, true, 'interrupted'],
    ['on another machine and heard of', { ...status, host: 'there' }, 1, false, 'running'],
    ['on another machine and silent', { ...status, host: 'there' }, 3600, true, 'interrupted'],
    ['paused and alive', { ...status, state: 'paused' as const }, 1, true, 'paused'],
    ['paused and dead', { ...status, state: 'paused' as const }, 1, false, 'interrupted'],
    ['paused and silent for long', { ...status, state: 'paused' as const }, 3600, true, 'interrupted'],
    ['done', { ...status, state: 'done' as const }, 3600, false, 'done'],
  ])('of a process that is %s', (_, given, seconds, isAlive, state) => {
    expect(effectiveState(given, start + seconds * 1000, machine(isAlive))).toBe(state);
  });

  it('asks the real machine', () => {
    expect(thisMachine.isAlive(process.pid)).toBe(true);
    expect(thisMachine.isAlive(2 ** 22 + 1)).toBe(false);
  });

  it.skipIf(process.platform !== 'linux')('takes a dead process that nobody waited for as dead', async () => {
    // The shell becomes a sleep, which never waits for the child that the shell had.
    const parent = spawn('sh', ['-c', 'sleep 0.5 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const data: unknown = await once(parent.stdout, 'data');
      const pid = Number(String(data));
      await vi.waitFor(() => expect(thisMachine.isAlive(pid)).toBe(false));
      // Still in the table of processes.
      expect(process.kill(pid, 0)).toBe(true);
    } finally {
      parent.kill();
    }
  });
});

describe('listRuns', () => {
  it('is newest first and reports broken folders', () =>
    withFolder(async (runs) => {
      expect(await listRuns(join(runs, 'none'))).toEqual([]);
      const stores = [];
      for (const day of [2, 1, 3])
        stores.push(await createRun(newRun(runs, { date: new Date(2020, 0, day), random: () => `000${day}` })));
      for (const store of stores) await store.close();
      await mkdir(join(runs, 'empty'));
      await mkdir(join(runs, '.hidden'));
      await writeFile(join(runs, 'notes.txt'), '');
      const [third] = stores.slice(2);
      await rm(third?.paths.status ?? '');
      const listed = await listRuns(runs);
      expect(listed.map((run) => run.kind)).toEqual(expect.arrayContaining(['broken', 'broken', 'run', 'run']));
      expect(listed.filter((run) => run.kind === 'run').map(({ id }) => id.slice(0, 8))).toEqual([
        '20200102',
        '20200101',
      ]);
      const broken = listed.find((run) => run.id === 'empty');
      expect(broken?.kind === 'broken' && broken.problem).toContain(
        'config.json: it does not exist; check the path (ENOENT)',
      );
      expect(await rejection(listRuns(join(runs, 'notes.txt')))).toBeInstanceOf(FileError);
    }));
});
