import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { listCheckpoints, loadCheckpoint } from '../../../src/runs/checkpoints.ts';
import { openRun } from '../../../src/runs/store.ts';
import type { RunStore } from '../../../src/runs/store.ts';
import { progressSchema } from '../../../src/training/events.ts';
import { Steering } from '../../../src/training/steering.ts';
import { DivergedError } from '../../../src/util/errors.ts';
import { rejection, withRun } from '../runs/fixtures.ts';
import { scriptedConfiguration, stepOfWeights, trainScripted } from './scripted.ts';
import type { Script } from './scripted.ts';

const newest = (store: RunStore) => loadCheckpoint(store.folder, progressSchema);
const savedSteps = async ({ folder }: RunStore) => (await listCheckpoints(folder)).map(({ step }) => step);

it('leaves the checkpoint that it goes on from as it was', async () => {
  await using run = await withRun();
  const { store } = run;
  const script = { costOf: () => 1, stepsPerEpoch: 20 };
  await trainScripted(store, script);
  const checkpoint = await newest(store);
  expect(checkpoint).toMatchObject({ step: 20, progress: { finishedEpochs: 1 } });

  const before = structuredClone(checkpoint.progress);
  const configuration = scriptedConfiguration({ epochs: 3 });
  await trainScripted(store, script, { configuration, checkpoint });
  expect(checkpoint.progress).toEqual(before);
  expect((await newest(store)).progress).toMatchObject({ finishedEpochs: 3 });
});

/** Learns for 2,000 steps, and from step 2,001 on has the costs that were seen of a network whose gates are saturated. */
const late: Script = {
  costOf: (step) => (step > 2000 ? 60 + 15 * Math.sin(step) : 1 + Math.exp(-step / 300)),
  stepsPerEpoch: 4000,
};

/** Asks for a checkpoint of some steps, or for the end after one. */
function at(steps: readonly number[], stopAfter?: number) {
  const steering = new Steering();
  const onStep = (step: number) => {
    // Whoever asks is told why none is saved; that is not what is tested.
    if (steps.includes(step)) steering.checkpoint().catch(() => undefined);
    if (step === stopAfter) void steering.stop();
  };
  return { steering, onStep };
}

describe('a run that diverges late in an epoch', () => {
  it('is ended about a hundred steps later, and its last sound checkpoint is then the newest', async () => {
    await using run = await withRun();
    const { store } = run;
    // The weights of step 2,000 are those that the first bad cost is of.
    const error = await rejection(trainScripted(store, late, at([1990, 2000, 2001, 2050])));
    expect(error).toBeInstanceOf(DivergedError);
    const [, step] = /diverged by step (\d+) \(epoch 1\): the mean of the last 100 steps/.exec(error.message) ?? [];
    expect(Number(step)).toBeGreaterThan(2050);
    expect(Number(step)).toBeLessThanOrEqual(2110);
    expect(error.message).toContain('It began at step 2001.');
    expect(error.message).toContain('The last good checkpoint was saved at step 1990.');
    const checkpoint = await newest(store);
    expect([checkpoint.step, stepOfWeights(checkpoint)]).toEqual([1990, 1990]);
    expect(store.status).toMatchObject({ state: 'diverged', message: error.message, lowerLearningRate: 0.25 });
    expect(error).toMatchObject({ lowerLearningRate: 0.25, exitCode: 4 });
  });

  it.each([
    { moment: 'in doubt', stop: 2050, kept: [2050, 1990] },
    { moment: 'just before it begins', stop: 2000, kept: [2000, 1999] },
  ])('is judged alike when it was interrupted $moment, and has a sound checkpoint all the time', async (given) => {
    const { stop, kept } = given;
    await using whole = await withRun();
    const expected = await rejection(trainScripted(whole.store, late, at([1990, 2000, 2050])));

    await using run = await withRun();
    const { store } = run;
    await rejection(trainScripted(store, late, at([1990, stop - 1], stop)));
    expect(await savedSteps(store)).toEqual(kept);
    await store.close();
    const checkpoint = await newest(store);
    await using resumed = await openRun(store.folder, checkpoint);
    const error = await rejection(trainScripted(resumed, late, { ...at([2060, 2070]), checkpoint }));
    // But for the step of the last good checkpoint, which depends on when some were saved.
    const judgement = ({ message }: Error) => message.replace(/ The last good checkpoint.*/, '');
    expect(judgement(error)).toBe(judgement(expected));
    expect(await savedSteps(resumed)).toEqual(kept.slice(1));
  });

  it('by weights that are no numbers keeps the checkpoint before', async () => {
    await using run = await withRun();
    const { store } = run;
    const script = { costOf: () => 1, weightOf: (step: number) => (step < 12 ? step : NaN), stepsPerEpoch: 20 };
    const error = await rejection(trainScripted(store, script, at([5, 10, 12])));
    expect(error).toBeInstanceOf(DivergedError);
    expect(await savedSteps(store)).toEqual([10, 5]);
    expect(error.message).toContain('The last good checkpoint was saved at step 10.');
  });
});

describe('a run goes on', () => {
  it.each([
    ['after a burst of bad steps', (step: number) => (step > 500 && step <= 550 ? 80 : 1)],
    ['with a bad step now and then', (step: number) => (step % 30 === 0 ? 80 : 1)],
    ['at the costs of an even guess and somewhat above', () => Math.log(10) + 2],
  ])('%s', async (_, costOf) => {
    await using run = await withRun();
    const { store } = run;
    await trainScripted(store, { costOf, stepsPerEpoch: 1000 });
    expect(store.status.state).toBe('done');
  });

  it('from a checkpoint of before costs were watched', async () => {
    await using run = await withRun();
    const { store } = run;
    await rejection(trainScripted(store, { costOf: () => 1, stepsPerEpoch: 40 }, at([10], 20)));
    const { progress, ...rest } = await newest(store);
    const { costs, soundStep, ...earlier } = progress;
    expect(costs).toBeDefined();
    expect(soundStep).toBe(10);
    const checkpoint = { ...rest, progress: progressSchema.parse(earlier) };
    await trainScripted(store, { costOf: () => 1, stepsPerEpoch: 40 }, { checkpoint });
    expect(store.status.state).toBe('done');
  });

  it('with the last checkpoint, whatever else, where the sound one has gone', async () => {
    await using run = await withRun();
    const { store } = run;
    const { steering, onStep } = at([1990, 2050]);
    const removed: Promise<void>[] = [];
    await rejection(
      trainScripted(store, late, {
        steering,
        onStep: (step) => {
          onStep(step);
          if (step === 2060) removed.push(rm(join(store.paths.checkpoints, 'step-00001990.json')));
        },
      }),
    );
    await Promise.all(removed);
    expect(await savedSteps(store)).toEqual([2050]);
  });
});
