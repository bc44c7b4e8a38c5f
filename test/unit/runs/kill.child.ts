/** A stand-in for the trainer: goes on from the last checkpoint and writes everything that a run writes, for ever. */
import * as z from 'zod';

import { loadCheckpoint, saveCheckpoint } from '../../../src/runs/checkpoints.ts';
import { openRun } from '../../../src/runs/store.ts';
import { FileError } from '../../../src/util/errors.ts';
import { epochRecord, stepRecord } from './fixtures.ts';

const folder = process.argv[2] ?? '';
const stepsPerEpoch = 5;
const progressSchema = z.object({ step: z.int(), epochs: z.int() });

async function lastStep(): Promise<number> {
  try {
    return (await loadCheckpoint(folder, progressSchema)).step;
  } catch (error) {
    if (error instanceof FileError && error.message.includes('has no checkpoint')) return 0;
    throw error;
  }
}

const start = await lastStep();
const store = await openRun(folder, { step: start });
process.stdout.write('going on\n');
const weights = new Float32Array(50_000);
for (let step = start + 1; ; step++) {
  await Promise.all([store.appendMetrics(stepRecord(step)), store.appendLog(`step ${step}`)]);
  if (step % stepsPerEpoch === 0) await store.appendMetrics(epochRecord(step / stepsPerEpoch, step));
  const progress = { epoch: 1, epochs: 1, step, totalSteps: step, fraction: 0.5, secondsLeft: 1 };
  await store.updateStatus({ progress, latest: { trainPerplexity: step } });
  if (step % 2 === 0) {
    const tensors = [{ name: 'w', shape: [50, 1000], data: weights.fill(step) }];
    await saveCheckpoint(folder, { step, tensors, progress: { step, epochs: Math.floor(step / stepsPerEpoch) } });
  }
}
