import { appendFile, cp, mkdir, readFile, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { exportName, exportersOf } from '../../src/config/exporters.ts';
import { csvPieces } from '../../src/formats/curvesCsv.ts';
import { readConfig } from '../../src/runs/files.ts';
import { MetricsTail } from '../../src/runs/tail.ts';
import { RunData } from '../../webview/curves/runData.ts';
import { cleanFolders, eventsOf, jsonLines, only, run, temporaryFolder, tinyTraining, writeCorpus } from './support.ts';
import type { Outcome } from './support.ts';

/** `seqlab export` in each of its formats; the weights are compared with PyTorch in reading.test.ts. */

cleanFolders('all');

const formats = exportersOf('seqlab');

let folder: string;
let directory: string;
let id: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  const corpus = await writeCorpus(join(folder, 'corpus'));
  const flow = ['--set', 'training.gradientFlowSteps=50', '--name', '=a "name", of course'];
  const outcome = await run([...tinyTraining, '--direction', 'bidirectional', ...flow, '--data', corpus], {
    cwd: folder,
  });
  expect(outcome.code, outcome.stderr).toBe(0);
  ({ directory } = only(eventsOf(outcome), 'done'));
  id = basename(directory);
});

const exported = (args: readonly string[], cwd = folder): Promise<Outcome> =>
  run(['export', directory, ...args], { cwd });

async function good(args: readonly string[], cwd = folder): Promise<string> {
  const { code, stdout, stderr } = await exported(args, cwd);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

it('writes what it is asked for under a name of its own, where none is given', async () => {
  const cwd = join(folder, 'here');
  await mkdir(cwd);
  for (const format of formats) await good(['--format', format], cwd);
  const names = (await readdir(cwd)).sort();
  expect(names).toEqual(formats.map((format) => exportName(format, id)).sort());
  expect(names).toEqual(expect.arrayContaining([`${id}-lstmvis`, `${id}.csv`, `${id}.safetensors`]));
  await good([], join(cwd, `${id}-lstmvis`));
  expect(await readdir(join(cwd, `${id}-lstmvis`))).toContain(`${id}.safetensors`);
});

describe('as CSV', () => {
  it('is the file that the Loss Curves panel saves', async () => {
    const out = join(folder, 'curves.csv');
    const [said] = jsonLines(await good(['--format', 'csv', '--out', out, '--json']), z.unknown());
    const tail = await MetricsTail.open(directory, { isActive: false });
    const { steps, epochs, flow } = new RunData({ key: directory, ...tail.history() });
    tail.dispose();
    expect(said).toEqual({ format: 'csv', file: out, steps: steps.length, epochs: 2 });
    const { name } = (await readConfig(directory)).configuration;
    const ofPanel = csvPieces([
      {
        ...{ id, name, measure: 'pseudo-perplexity' },
        steps: steps.columns(),
        epochs: epochs.columns(),
        flow: flow?.rows,
      },
    ]);
    const text = await readFile(out, 'utf8');
    expect(text).toBe([...ofPanel].join(''));
    expect(text).toContain(',gradientFlow,');
    const [head, ...rows] = text.trimEnd().split('\r\n');
    expect(head).toMatch(/^run,name,event,step,.*,measure$/);
    expect(rows.every((row) => row.endsWith(',pseudo-perplexity'))).toBe(true);
    expect(rows[0]).toContain(`,"'=a ""name"", of course",step,1,`);
  });

  it('is refused where the figures are damaged: half of them would look like all', async () => {
    const broken = join(folder, 'broken');
    await cp(directory, broken, { recursive: true });
    await appendFile(join(broken, 'metrics.jsonl'), 'no record\n{"event":"later"}\n');
    const outcome = await run(['export', broken, '--format', 'csv', '--out', 'broken.csv'], { cwd: folder });
    expect(outcome).toMatchObject({ code: 3, stdout: '' });
    expect(outcome.stderr).toMatch(/metrics\.jsonl, line \d+, /);
    expect(await readdir(folder)).not.toContain('broken.csv');
  });
});

describe('for LSTMVis', () => {
  const files = ['lstm.yml', 'states.hdf5', 'train.hdf5', 'words.dict'];
  const schema = z.strictObject({
    format: z.literal('lstmvis'),
    folder: z.string(),
    tokens: z.int(),
    unknown: z.array(z.string()),
  });

  it('are the files of `states --hdf5`', async () => {
    const [out, other] = [join(folder, 'vis'), join(folder, 'states')];
    const text = ['--text', 'wa wb nowhere'];
    const [said] = jsonLines(await good(['--format', 'lstmvis', ...text, '--out', out, '--json']), schema);
    expect(said).toEqual({ format: 'lstmvis', folder: out, tokens: 3, unknown: ['nowhere'] });
    expect((await run(['states', directory, ...text, '--hdf5', other])).code).toBe(0);
    expect((await readdir(out)).sort()).toEqual(files);
    for (const file of ['states.hdf5', 'train.hdf5', 'words.dict'])
      expect((await readFile(join(out, file))).equals(await readFile(join(other, file))), file).toBe(true);
    expect(await readFile(join(out, 'lstm.yml'), 'utf8')).toContain(`name: "${id}"`);
  });

  it('are of the validation text, where no text is given', async () => {
    const out = join(folder, 'valid');
    const [said] = jsonLines(await good(['--format', 'lstmvis', '--out', out, '--json']), schema);
    // All 60 lines of 5 words, with the ends of their sentences.
    expect(said).toEqual({ format: 'lstmvis', folder: out, tokens: 60 * 6, unknown: [] });
    const words = await readFile(join(out, 'words.dict'), 'utf8');
    const first = (await readFile(join(folder, 'corpus', 'valid.txt'), 'utf8')).split(' ')[0];
    expect(words.split('\n')[0]).toBe(`${first} 0`);
  });
});

it.each([
  ['a format that there is not', ['--format', 'hdf5'], `'hdf5' is invalid. Allowed choices are ${formats.join(', ')}.`],
  ['a format of the panels', ['--format', 'png'], 'invalid. Only the panels in VS Code write PNG. Allowed choices are'],
  ['a text for the weights', ['--text', 'wa'], '--text is for the format lstmvis; safetensors writes the weights'],
  ['a checkpoint for the figures', ['--format', 'csv', '--checkpoint', 'best'], '--checkpoint is for the format safe'],
])('refuses %s, in words', async (_, args, says) => {
  const { code, stderr } = await exported(args);
  expect(stderr).toContain(says);
  expect(code).toBe(2);
});
