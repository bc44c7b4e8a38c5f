import { execFileSync } from 'node:child_process';
import { mkdir, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { describe, expect, it } from 'vitest';
import * as z from 'zod';

import { listCheckpoints, loadCheckpoint, saveCheckpoint } from '../../../src/runs/checkpoints.ts';
import { readConfig, readStatus, readVocabulary } from '../../../src/runs/files.ts';
import { readLastStep } from '../../../src/runs/lastStep.ts';
import { runPaths } from '../../../src/runs/layout.ts';
import { listRuns } from '../../../src/runs/list.ts';
import { readMetrics } from '../../../src/runs/metrics.ts';
import { renameRun } from '../../../src/runs/rename.ts';
import { readSafetensors } from '../../../src/formats/safetensors.ts';
import { MetricsTail } from '../../../src/runs/tail.ts';
import { RunsWatcher } from '../../../src/runs/watcher.ts';
import { FileError } from '../../../src/util/errors.ts';
import { rejection, stepRecord, withRun } from './fixtures.ts';

const fiveGigabytes = 5 * 1024 ** 3;

/** What a repository may put in the place of a file, and what is said of it. */
const kinds: Readonly<Record<string, { make: (path: string) => Promise<void>; says: RegExp }>> = {
  'a link to /dev/zero': { make: (path) => symlink('/dev/zero', path), says: /it is a device, not a file/ },
  'a link to a terminal': { make: (path) => symlink('/dev/ptmx', path), says: /it is a device, not a file/ },
  'a named pipe': {
    make: (path) => Promise.resolve(void execFileSync('mkfifo', [path])),
    says: /it is a named pipe, not a file/,
  },
  'a folder': { make: async (path) => void (await mkdir(path)), says: /it is a folder, not a file/ },
  'a file of 5 GB': {
    make: async (path) => {
      await writeFile(path, '');
      await truncate(path, fiveGigabytes);
    },
    says: /it has 5368709120 bytes, and at most \d+ are read of such a file/,
  },
  'a link to itself': { make: (path) => symlink(basename(path), path), says: /symbolic links form a loop/ },
};

interface World {
  runs: string;
  folder: string;
  /** Puts the kind in a file's place. */
  replace: (path: string) => Promise<void>;
}

async function withWorld(kind: string, body: (world: World) => Promise<void>): Promise<void> {
  await using run = await withRun();
  const { runs, store } = run;
  await store.appendMetrics(stepRecord(1));
  await store.updateStatus({ state: 'interrupted' });
  await store.close();
  const replace = async (path: string): Promise<void> => {
    await rm(path);
    await kinds[kind]?.make(path);
  };
  await body({ runs, folder: store.folder, replace });
}

describe.skipIf(process.platform !== 'linux').each(Object.entries(kinds))('%s', (kind, { says }) => {
  const refused = async (reading: Promise<unknown>): Promise<void> => {
    const error = await rejection(reading);
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toMatch(says);
  };

  it.each(['config', 'status'] as const)('in the place of %s.json makes a broken run of it', (name) =>
    withWorld(kind, async ({ runs, folder, replace }) => {
      await replace(runPaths(folder)[name]);
      const listed = { kind: 'broken', problem: expect.stringMatching(says) as string };
      expect(await listRuns(runs)).toMatchObject([listed]);
      const watcher = new RunsWatcher(runs);
      await watcher.ready;
      const isLoop = kind === 'a link to itself' && name === 'config';
      // A config.json that cannot be looked at may still be on its way.
      expect(watcher.runs).toMatchObject(isLoop ? [] : [listed]);
      watcher.dispose();
      await refused(name === 'config' ? readConfig(folder) : readStatus(folder));
      if (name === 'config') await refused(renameRun(folder, 'other'));
    }),
  );

  it('in the place of vocabulary.json is refused', () =>
    withWorld(kind, async ({ folder, replace }) => {
      await replace(runPaths(folder).vocabulary);
      await refused(readVocabulary(folder));
    }));

  it('in the place of metrics.jsonl is a problem, and its followers keep what they have', () =>
    withWorld(kind, async ({ folder, replace }) => {
      const tail = await MetricsTail.open(folder, { isActive: true });
      await replace(runPaths(folder).metrics);
      await tail.refresh();
      expect(tail.history().problem).toMatch(says);
      expect(tail.history().steps.step).toHaveLength(1);
      tail.dispose();
      const late = await MetricsTail.open(folder, { isActive: false });
      expect(late.history().problem).toMatch(says);
      late.dispose();
      await refused(readMetrics(folder));
      if (kind !== 'a file of 5 GB') await refused(readLastStep(folder));
      else expect(await readLastStep(folder)).toBeUndefined();
    }));

  it('in the place of a part of a checkpoint is no checkpoint', () =>
    withWorld(kind, async ({ folder, replace }) => {
      const { checkpoints } = runPaths(folder);
      const tensors = [{ name: 'w', shape: [2], data: new Float32Array(2) }];
      await saveCheckpoint(folder, { step: 1, tensors, progress: {} });
      const [manifest = '', numbers = ''] = (await readdir(checkpoints)).sort();
      await replace(join(checkpoints, numbers));
      const why = await rejection(readSafetensors(join(checkpoints, numbers)));
      expect(why.message).toMatch(kind === 'a file of 5 GB' ? /is damaged: / : says);
      await replace(join(checkpoints, manifest));
      expect(await listCheckpoints(folder)).toEqual([]);
      await refused(loadCheckpoint(folder, z.unknown()));
    }));
});

it.skipIf(process.platform !== 'linux')('a system file that says that it has no bytes is not waited for', () =>
  withWorld('a folder', async ({ runs, folder }) => {
    const { config } = runPaths(folder);
    await rm(config);
    await symlink('/proc/kmsg', config);
    expect(await listRuns(runs)).toMatchObject([{ kind: 'broken' }]);
  }),
);
