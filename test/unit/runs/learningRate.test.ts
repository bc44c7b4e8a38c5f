import { readFile, writeFile } from 'node:fs/promises';

import { expect, it } from 'vitest';

import { readConfig } from '../../../src/runs/files.ts';
import { changeLearningRate } from '../../../src/runs/learningRate.ts';
import { withRun } from './fixtures.ts';

it('config.json has the learning rate of the steps to come, and those of the steps before', async () => {
  await using run = await withRun();
  const { folder, paths } = run.store;
  const change = async (step: number, learningRate: number) => {
    await changeLearningRate(folder, { step, learningRate });
    const { configuration, learningRates } = await readConfig(folder);
    expect(configuration.training.learningRate).toBe(learningRate);
    return learningRates?.map(({ untilStep, learningRate: rate }) => [untilStep, rate]);
  };
  const text = await readFile(paths.config, 'utf8');
  await writeFile(paths.config, text.replace('"training": {', '"training": {\n"later": 1,'));

  expect(await change(600, 0.5)).toEqual([[600, 1]]);
  expect(await change(900, 0.25)).toEqual([
    [600, 1],
    [900, 0.5],
  ]);
  // It diverged again, and goes on from a checkpoint of before the last change, or of before both.
  expect(await change(600, 0.2)).toEqual([[600, 1]]);
  expect(await change(700, 0.1)).toEqual([
    [600, 1],
    [700, 0.2],
  ]);
  expect(await change(100, 0.05)).toEqual([[100, 1]]);
  expect(await change(0, 0.01)).toEqual([]);
  expect(await readFile(paths.config, 'utf8')).toContain('"later": 1');
});
