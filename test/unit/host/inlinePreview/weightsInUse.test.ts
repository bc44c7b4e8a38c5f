import { basename } from 'node:path';

import { expect, it } from 'vitest';

import { resolveConfiguration } from '../../../../src/config/parse.ts';
import { WeightsInUse } from '../../../../src/host/inlinePreview/weightsInUse.ts';
import { saveCheckpoint } from '../../../../src/runs/checkpoints.ts';
import { readRun } from '../../../../src/runs/list.ts';
import { createRun } from '../../../../src/runs/store.ts';
import { newRun, withFolder } from '../../runs/fixtures.ts';

/** A new run, what saves a checkpoint of it, and what asks whether its weights are others now. */
async function watched(runsFolder: string, earlyStoppingEpochs: number | null) {
  const configuration = resolveConfiguration({ preset: 'small', values: { training: { earlyStoppingEpochs } } });
  const { folder } = await createRun(newRun(runsFolder, { configuration }));
  const weights = new WeightsInUse();
  const look = async (): Promise<boolean> => {
    const run = await readRun(basename(folder), folder);
    if (run.kind !== 'run') throw new Error(run.problem);
    return weights.haveChanged(run);
  };
  const save = (kind: 'newest' | 'best', step: number): Promise<void> =>
    saveCheckpoint(folder, { step, tensors: [], progress: {} }, kind);
  return { look, save };
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
