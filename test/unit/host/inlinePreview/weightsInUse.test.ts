import { rename, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';

import { expect, it, vi } from 'vitest';

import { resolveConfiguration } from '../../../../src/config/parse.ts';
import { WeightsInUse } from '../../../../src/host/inlinePreview/weightsInUse.ts';
import { saveCheckpoint } from '../../../../src/runs/checkpoints.ts';
import type { WholeRun } from '../../../../src/host/experiments/experiments.ts';
import { runPaths } from '../../../../src/runs/layout.ts';
import { readRun } from '../../../../src/runs/list.ts';
import { createRun } from '../../../../src/runs/store.ts';
import { newRun, withFolder } from '../../runs/fixtures.ts';

/** A new run, what saves a checkpoint of it, and what asks whether its weights are others now. */
async function watched(runsFolder: string, earlyStoppingEpochs: number | null) {
  const configuration = resolveConfiguration({ preset: 'small', values: { training: { earlyStoppingEpochs } } });
  const store = await createRun(newRun(runsFolder, { configuration }));
  const { folder } = store;
  await store.close();
  const weights = new WeightsInUse();
  const look = async (): Promise<boolean> => {
    const run = await readRun(basename(folder), folder);
    if (run.kind !== 'run') throw new Error(run.problem);
    return weights.haveChanged(run);
  };
  const save = (kind: 'newest' | 'best', step: number): Promise<void> =>
    saveCheckpoint(folder, { step, tensors: [], progress: {} }, kind);
  return { look, save, folder };
}

it('a newer checkpoint is noticed once', () =>
  withFolder(async (folder) => {
    const { look, save } = await watched(folder, null);
    expect(await look()).toBe(false);
    await save('newest', 1);
    expect(await look()).toBe(true);
    expect(await look()).toBe(false);
    await save('best', 1);
    expect(await look()).toBe(false);
    await save('newest', 2);
    expect(await look()).toBe(true);
  }));

it('of a run that stops early the best counts, once there is one', () =>
  withFolder(async (folder) => {
    const { look, save } = await watched(folder, 3);
    await save('newest', 1);
    expect(await look()).toBe(false);
    await save('best', 1);
    expect(await look()).toBe(true);
    await save('newest', 2);
    expect(await look()).toBe(false);
    await save('best', 2);
    expect(await look()).toBe(true);
  }));

it('looks again at a run whose checkpoints could not be listed', () =>
  withFolder(async (runsFolder) => {
    const { save, folder } = await watched(runsFolder, null);
    await save('newest', 1);
    const weights = new WeightsInUse();
    const read = async () => {
      const run = await readRun(basename(folder), folder);
      if (run.kind !== 'run') throw new Error(run.problem);
      return run;
    };
    expect(await weights.haveChanged(await read())).toBe(false);
    await save('newest', 2);
    const run = await read();
    const { checkpoints } = runPaths(folder);
    await rename(checkpoints, `${checkpoints}-away`);
    await writeFile(checkpoints, '');
    expect(await weights.haveChanged(run)).toBe(false);
    await rm(checkpoints);
    await rename(`${checkpoints}-away`, checkpoints);
    expect(await weights.haveChanged(run)).toBe(true);
  }));

it('keeps the newer of two looks that overlap', async () => {
  const answers: ((stamp: string) => void)[] = [];
  const weights = new WeightsInUse(() => new Promise((resolve) => answers.push(resolve)));
  const run = (step: number) => ({ step }) as unknown as WholeRun;
  const answer = async (place: number, stamp: string): Promise<void> => {
    await vi.waitFor(() => expect(answers.length).toBeGreaterThan(place));
    answers[place]?.(stamp);
  };
  const first = weights.haveChanged(run(1));
  await answer(0, 'newest 1');
  expect(await first).toBe(false);
  const [older, newer] = [weights.haveChanged(run(2)), weights.haveChanged(run(3))];
  // The later of two reads that ran beside each other could end first.
  await Promise.all([answer(2, 'newest 3'), answer(1, 'newest 2')]);
  expect([await older, await newer]).toEqual([true, true]);
  const again = weights.haveChanged(run(4));
  await answer(3, 'newest 3');
  expect(await again).toBe(false);
});
