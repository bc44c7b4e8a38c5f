import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { cleanFolders, essenceOf, eventsOf, only, run, temporaryFolder, tinyTraining, writeCorpus } from './support.ts';

cleanFolders('all');

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  await writeCorpus(join(folder, 'corpus'), { train: 600 });
});

async function trained(...options: string[]) {
  const outcome = await run([...tinyTraining, '--data', 'corpus', ...options], { cwd: folder });
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  return essenceOf(only(eventsOf(outcome), 'done').directory);
}

const dropout = ['--set', 'training.inputKeepProbability=0.7', '--set', 'training.outputKeepProbability=0.7'];
// Products that are large enough to be shared out among threads.
const wide = [
  '--set',
  'model.hiddenSize=128',
  '--set',
  'model.layers=2',
  '--set',
  'training.batchSize=20',
  '--epochs',
  '1',
];

it.each([
  ['one thread', []],
  ['dropout', dropout],
  ['two threads, two wide layers and dropout', [...wide, ...dropout, '--threads', '2']],
])('the same configuration, seed and threads give the same numbers bit for bit: %s', async (_, options) => {
  const first = await trained(...options);
  expect(await trained(...options)).toEqual(first);
  expect(first.records.length).toBeGreaterThan(3);
});

it('another seed gives other numbers', async () => {
  const [one, other] = [await trained('--seed', '1'), await trained('--seed', '2')];
  expect(other.status.latest.testPerplexity).not.toBe(one.status.latest.testPerplexity);
  expect(other.weights).not.toEqual(one.weights);
  expect(other.weights.map((weight) => weight.replace(/ \w+$/, ''))).toEqual(
    one.weights.map((weight) => weight.replace(/ \w+$/, '')),
  );
});
