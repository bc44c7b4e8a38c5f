import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { readLastStep } from '../../../src/runs/lastStep.ts';
import { runPaths } from '../../../src/runs/layout.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sequence-lab-last-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const step = (number: number): string =>
  JSON.stringify({
    event: 'step',
    epoch: 1,
    step: number,
    epochStep: number,
    perplexity: 100,
    learningRate: 1,
    gradientNorm: 2,
    wordsPerSecond: 3,
    seconds: number / 10,
  });

const write = (text: string): Promise<void> => writeFile(runPaths(folder).metrics, text);

it('is the last whole step of a long file', async () => {
  const lines = Array.from({ length: 5000 }, (_, index) => step(index + 1));
  const epoch = { event: 'epoch', epoch: 1, step: 5000, trainPerplexity: 9, validPerplexity: 9, seconds: 1 };
  await write(`${lines.join('\n')}\n${JSON.stringify(epoch)}\n${step(5001).slice(0, 30)}`);
  expect(await readLastStep(folder)).toMatchObject({ step: 5000, seconds: 500 });
});

it('is nothing of a file without steps', async () => {
  await write('');
  expect(await readLastStep(folder)).toBeUndefined();
});

it('says that there is no file', async () => {
  await expect(readLastStep(folder)).rejects.toThrow('ENOENT');
});
