import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { averageSlot, slotName } from '../../src/config/optimisers.ts';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import { loadCheckpoint } from '../../src/runs/checkpoints.ts';
import { progressSchema } from '../../src/training/events.ts';
import {
  cleanFolders,
  essenceOf,
  eventsOf,
  only,
  run,
  seqlab,
  temporaryFolder,
  tinyTraining,
  writeCorpus,
} from './support.ts';

cleanFolders('all');

/** A rate at which the second validation is worse than the first, so that averaging begins with the third epoch. */
const options = [
  ...['--epochs', '5', '--set', 'training.learningRate=4', '--set', 'training.optimizer.kind=asgd'],
  ...['--set', 'training.optimizer.triggerEpochs=0', '--set', 'training.weightKeepProbability=0.8'],
  ...['--set', 'training.embeddingKeepProbability=0.9', '--set', 'training.activationRegularization=2'],
  ...['--set', 'training.temporalActivationRegularization=1', '--set', 'model.embeddingSize=6'],
  ...['--set', 'model.tiedEmbeddings=true'],
];

let folder: string;
let directory: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  await writeCorpus(join(folder, 'corpus'), { train: 600 });
  const outcome = await run([...tinyTraining, '--data', 'corpus', ...options], { cwd: folder });
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  ({ directory } = only(eventsOf(outcome), 'done'));
});

it('stands for the model wherever it is evaluated or exported, and not in training', async () => {
  const { tensors } = await loadCheckpoint(directory, progressSchema);
  const tensor = (name: string) => tensors.find((one) => one.name === name)?.data;
  const average = tensor(slotName(averageSlot, 'embedding'));
  expect(average).toBeDefined();
  expect(average).not.toEqual(tensor('embedding'));

  const file = join(folder, 'weights.safetensors');
  expect(await run(['export', directory, '--out', file])).toMatchObject({ code: 0, stderr: '' });
  const exported = await readSafetensors(file);
  expect(exported.tensors.find(({ name }) => name === 'embedding')?.data).toEqual(average);
  expect(exported.tensors.map(({ name }) => name).filter((name) => name.startsWith('optimizer'))).toEqual([]);

  const { status } = await essenceOf(directory);
  const { stdout } = await run(['eval', directory, '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ perplexity: status.latest.testPerplexity });
});

it('goes on after an interruption as if there had been none', async () => {
  const child = seqlab([...tinyTraining, '--data', 'corpus', ...options, '--runs', 'again'], { cwd: folder });
  await child.line(/"event":"epoch","epoch":3/);
  child.kill('SIGTERM');
  const { directory: again } = only(eventsOf(await child.outcome), 'start');
  expect(await run(['resume', again, '--json'], { cwd: folder })).toMatchObject({ code: 0, stderr: '' });
  expect(await essenceOf(again)).toEqual(await essenceOf(directory));
});
