import { expect, it } from 'vitest';

import { loadCheckpoint } from '../../../src/runs/checkpoints.ts';
import { progressSchema } from '../../../src/training/events.ts';
import { withRun } from '../runs/fixtures.ts';
import { scriptedConfiguration, trainScripted } from './scripted.ts';

it('leaves the checkpoint that it goes on from as it was', async () => {
  await using run = await withRun();
  const { store } = run;
  const script = { costOf: () => 1, stepsPerEpoch: 20 };
  await trainScripted(store, script);
  const checkpoint = await loadCheckpoint(store.folder, progressSchema);
  expect(checkpoint).toMatchObject({ step: 20, progress: { finishedEpochs: 1 } });

  const before = structuredClone(checkpoint.progress);
  const configuration = scriptedConfiguration({ epochs: 3 });
  await trainScripted(store, script, { configuration, checkpoint });
  expect(checkpoint.progress).toEqual(before);
  expect((await loadCheckpoint(store.folder, progressSchema)).progress).toMatchObject({ finishedEpochs: 3 });
});
