import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { isInstalled } from '../tensorflow/install.mjs';
import {
  cleanFolders,
  essenceOf,
  eventsOf,
  only,
  onlyRun,
  run,
  seqlab,
  temporaryFolder,
  tinyTraining,
  writeCorpus,
} from './support.ts';

cleanFolders('all');

/** Products that are large enough to be shared out among threads, dropout, and checkpoints at every step. */
const wide = [
  ...['model.hiddenSize=128', 'model.layers=2', 'training.batchSize=20', 'training.inputKeepProbability=0.7'],
  ...['training.outputKeepProbability=0.7', 'training.checkpointSeconds=0.01'],
].flatMap((value) => ['--set', value]);

describe.runIf(isInstalled())("the engine tensorflow on TensorFlow's own library, two threads", () => {
  let folder: string;
  let training: string[];
  let whole: Awaited<ReturnType<typeof essenceOf>>;

  beforeAll(async () => {
    folder = await temporaryFolder();
    await writeCorpus(join(folder, 'corpus'), { train: 600 });
    training = [...tinyTraining, ...wide, '--engine', 'tensorflow', '--threads', '2', '--data', 'corpus'];
    const outcome = await run([...training, '--runs', 'whole'], { cwd: folder });
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    whole = await essenceOf(only(eventsOf(outcome), 'done').directory);
    expect(whole.records.length).toBeGreaterThan(3);
  });

  it('gives the same numbers again, bit for bit', async () => {
    const outcome = await run([...training, '--runs', 'again'], { cwd: folder });
    expect(await essenceOf(only(eventsOf(outcome), 'done').directory)).toEqual(whole);
  });

  it('killed and resumed, ends with the same numbers', async () => {
    const child = seqlab([...training, '--runs', 'killed'], { cwd: folder });
    await child.line(/"event":"step".*"step":(?:[5-9]|\d\d)/);
    child.kill('SIGKILL');
    await child.outcome;
    const killed = await onlyRun(join(folder, 'killed'));
    expect(await run(['resume', killed, '--json'])).toMatchObject({ code: 0, stderr: '' });
    expect(await essenceOf(killed)).toEqual(whole);
  });

  it('costs what ONNX Runtime costs', async () => {
    const outcome = await run([...training, '--runs', 'onnx', '--engine', 'onnx'], { cwd: folder });
    const done = only(eventsOf(outcome), 'done');
    const { latest } = whole.status;
    expect((done.testPerplexity ?? NaN) / (latest.testPerplexity ?? NaN)).toBeCloseTo(1, 4);
  });
});
