import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import { listProbes, readProbe } from '../../src/runs/probes.ts';
import {
  cleanFolders,
  essenceOf,
  eventsOf,
  jsonLines,
  only,
  run,
  seqlab,
  temporaryFolder,
  writeCorpus,
} from './support.ts';

/** Networks whose layers have sizes of their own, through every command; what they compute is compared with PyTorch's. */

cleanFolders('all');

const training = [
  ...['train', '--json', '--threads', '1', '--epochs', '2', '--hidden-size', '6,9,4'],
  ...['training.batchSize=4', 'training.steps=4'].flatMap((value) => ['--set', value]),
];

const statesSchema = z.object({
  layers: z.array(z.object({ direction: z.string(), h: z.array(z.array(z.number())) })),
});

describe.each(['forward', 'bidirectional'])('layers of 6, 9 and 4 units, %s', (direction) => {
  let folder: string;
  let directory: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    await writeCorpus(join(folder, 'corpus'));
    const outcome = await run([...training, '--direction', direction, '--data', 'corpus'], { cwd: folder });
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    ({ directory } = only(eventsOf(outcome), 'done'));
  });

  const read = async <T>(args: readonly string[], schema: z.ZodType<T>): Promise<T> => {
    const { code, stdout, stderr } = await run([...args, '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [answer] = jsonLines(stdout, schema);
    if (answer === undefined) throw new Error('nothing was printed');
    return answer;
  };

  it('are as many as was asked for, in the weights', async () => {
    const file = join(folder, 'weights.safetensors');
    expect(await run(['export', directory, '--out', file])).toMatchObject({ code: 0, stderr: '' });
    const { tensors } = await readSafetensors(file);
    const shapes = Object.fromEntries(tensors.map(({ name, shape }) => [name, shape]));
    const directions = direction === 'bidirectional' ? 2 : 1;
    expect(shapes).toMatchObject({
      'layers.0.input': [6, 24],
      'layers.0.recurrent': [6, 24],
      'layers.1.input': [6, 36],
      'layers.1.recurrent': [9, 36],
      'layers.2.input': [9, 16],
      'layers.2.bias': [16],
    });
    expect(shapes['output.weights']?.[0]).toBe(4 * directions);
  });

  it('are evaluated as they were after training, on both engines', async () => {
    const { status } = await essenceOf(directory);
    const evaluated = z.object({ perplexity: z.number() });
    for (const engine of ['onnx', 'tensorflow']) {
      const { perplexity } = await read(['eval', directory, '--engine', engine], evaluated);
      expect(perplexity / (status.latest.testPerplexity ?? NaN)).toBeCloseTo(1, 5);
    }
  });

  it('are read with as many units each', async () => {
    const { layers } = await read(['states', directory, '--text', 'ba bo'], statesSchema);
    const sizes = layers.map(({ h }) => h.map((row) => row.length));
    const once = [6, 9, 4].map((units) => sizes[0]?.map(() => units));
    expect(sizes).toEqual(direction === 'bidirectional' ? [...once, ...once] : once);
    const [{ step } = { step: NaN }] = await listProbes(directory);
    const { series, values, tokens } = await readProbe(directory, step);
    for (const [index, { layer, units }] of series.entries()) {
      expect(units).toBe([6, 9, 4][layer]);
      expect(Buffer.from(values[index] ?? '', 'base64').length).toBe(4 * units * tokens.length);
    }
  });

  it('score and predict a text, and go into the files of LSTMVis', async () => {
    const scored = await read(['score', directory, '--text', 'ba bo ba'], z.looseObject({ perplexity: z.number() }));
    expect(scored.perplexity).toBeGreaterThan(1);
    const out = join(folder, 'lstmvis');
    const text = ['--text', 'ba bo'];
    expect(await run(['export', directory, '--format', 'lstmvis', '--out', out, ...text])).toMatchObject({ code: 0 });
    expect(await readFile(join(out, 'lstm.yml'), 'utf8')).toContain('states3');
  });
});

it('go on after an interruption as if there had been none', async () => {
  const folder = await temporaryFolder();
  const corpus = await writeCorpus(join(folder, 'corpus'));
  const whole = await run([...training, '--data', corpus, '--runs', 'whole'], { cwd: folder });
  const child = seqlab([...training, '--data', corpus, '--runs', 'half'], { cwd: folder });
  await child.line(/"event":"epoch","epoch":1/);
  child.kill('SIGTERM');
  const { directory } = only(eventsOf(await child.outcome), 'start');
  expect(await run(['resume', directory, '--json'], { cwd: folder })).toMatchObject({ code: 0, stderr: '' });
  expect(await essenceOf(directory)).toEqual(await essenceOf(only(eventsOf(whole), 'done').directory));
});
