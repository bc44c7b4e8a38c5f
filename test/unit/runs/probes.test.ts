import { appendFile, mkdir, readFile, readdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import {
  appendSample,
  listProbes,
  readProbe,
  readSamples,
  truncateProbes,
  writeProbe,
  type ProbeRecord,
} from '../../../src/runs/probes.ts';
import { writeSafetensors } from '../../../src/formats/safetensors.ts';
import { FileError } from '../../../src/util/errors.ts';
import { withFolder } from './fixtures.ts';

function record(step: number, epoch = 1): ProbeRecord {
  return {
    step,
    epoch,
    tokens: ['<eos>', 'die'],
    next: [{ word: 'Katze "', probability: 0.25 }],
    series: [
      { reading: 'forward', layer: 0, name: 'h', units: 3, data: Float32Array.of(1, 2, 3, 4, 5, step) },
      { reading: 'backward', layer: 1, name: 'forget', units: 2, data: Float32Array.of(0, 0, 0, -1) },
    ],
  };
}

const fileOf = (folder: string, step: number, epoch = 1): string =>
  join(folder, 'probes', `probe-${String(step).padStart(8, '0')}-${epoch}.safetensors`);
const samplesOf = (folder: string): string => join(folder, 'probes', 'samples.jsonl');

describe('records of a probe', () => {
  it('come back as they were written, rising by step, as the panels expect them', async () => {
    await withFolder(async (folder) => {
      for (const step of [20, 0, 100_000_000]) await writeProbe(folder, record(step, step === 0 ? 1 : 2));
      expect(await listProbes(folder)).toEqual([
        { step: 0, epoch: 1 },
        { step: 20, epoch: 2 },
        { step: 100_000_000, epoch: 2 },
      ]);
      const probe = await readProbe(folder, 20);
      expect(probe).toMatchObject({ step: 20, epoch: 2 });
      expect(probe).toMatchObject({ step: 20, epoch: 2, tokens: ['<eos>', 'die'] });
      expect(probe.next).toEqual([{ word: 'Katze "', probability: 0.25 }]);
      expect(probe.series).toEqual([
        { reading: 'forward', layer: 0, name: 'h', units: 3 },
        { reading: 'backward', layer: 1, name: 'forget', units: 2 },
      ]);
      const bytes = Buffer.from(probe.values[0] ?? '', 'base64');
      expect([...Array(6).keys()].map((index) => bytes.readFloatLE(4 * index))).toEqual([1, 2, 3, 4, 5, 20]);
    });
  });

  it('of a run without a folder for them are none', async () => {
    await withFolder(async (folder) => {
      expect(await listProbes(folder)).toEqual([]);
      expect(await readSamples(folder)).toEqual([]);
      await truncateProbes(folder, { step: 5 });
      await expect(readProbe(folder, 5)).rejects.toThrow(/no record of its probe at step 5/);
    });
  });

  it.each<[string, (path: string) => Promise<void>, RegExp]>([
    ['is cut short', (path) => truncate(path, 300), /damaged/],
    ['is empty', (path) => truncate(path, 0), /damaged/],
    ['is a folder', () => Promise.resolve(), /it is a folder, not a file/],
    [
      'has a tensor of another shape',
      async (path) => {
        const data = new Float32Array(4);
        await writeSafetensors(path, [{ name: 'forward.0.h', shape: [1, 4], data }], {
          format: '1',
          tokens: '["a","b"]',
          next: '[]',
        });
      },
      /"forward.0.h" of shape \[1, 4\] is not a series of 2 tokens/,
    ],
    [
      'has numbers that are not finite',
      async (path) => {
        const data = Float32Array.of(1, NaN);
        const texts = { format: '1', tokens: '["a"]', next: '[]' };
        await writeSafetensors(path, [{ name: 'forward.0.h', shape: [1, 2], data }], texts);
      },
      /not finite/,
    ],
    [
      'has no numbers',
      (path) => writeSafetensors(path, [], { format: '1', tokens: '["a"]', next: '[]' }).then(() => undefined),
      /no numbers/,
    ],
    [
      'is of a newer version',
      (path) => writeSafetensors(path, [], { format: '2', tokens: '["a"]', next: '[]' }).then(() => undefined),
      /newer version/,
    ],
  ])('that %s is refused with the reason, and the others are read', async (what, damage, reason) => {
    await withFolder(async (folder) => {
      await writeProbe(folder, record(1));
      const path = fileOf(folder, 2);
      if (what === 'is a folder') await mkdir(path);
      else await writeProbe(folder, record(2));
      await damage(path);
      const error: unknown = await readProbe(folder, 2).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(FileError);
      expect(String(error)).toMatch(reason);
      expect((await readProbe(folder, 1)).step).toBe(1);
    });
  });
});

describe('samples', () => {
  it('come back as they were written; damaged lines are left out with the reason, a torn one without', async () => {
    await withFolder(async (folder) => {
      await appendSample(folder, { step: 10, epoch: 1, text: 'a “b”\n' });
      await appendFile(samplesOf(folder), '{"step":1}\nnot JSON\n');
      await appendSample(folder, { step: 20, epoch: 2, text: 'c' });
      await appendFile(samplesOf(folder), '{"step":30,"epoch":3,');
      const problems: string[] = [];
      const samples = await readSamples(folder, (problem) => problems.push(problem));
      expect(samples.map(({ text }) => text)).toEqual(['a “b”\n', 'c']);
      expect(problems).toHaveLength(2);
      expect(problems[0]).toMatch(/line 2, cannot be used: epoch/);
      expect(problems[1]).toMatch(/line 3, is damaged/);
    });
  });
});

describe('going on from a checkpoint', () => {
  it('removes the records and samples of later steps, of ends of epochs that it does not have, and torn lines', async () => {
    await withFolder(async (folder) => {
      for (const step of [0, 10, 20, 30]) await writeProbe(folder, record(step));
      for (const [step, epoch] of [
        [10, 1],
        [20, 2],
        [30, 3],
      ] as const)
        await appendSample(folder, { step, epoch, text: `${step}` });
      await appendFile(samplesOf(folder), 'torn');
      await truncateProbes(folder, { step: 20, finishedEpochs: 1 });
      expect((await listProbes(folder)).map(({ step }) => step)).toEqual([0, 10, 20]);
      expect(await readFile(samplesOf(folder), 'utf8')).toBe('{"step":10,"epoch":1,"text":"10"}\n');
    });
  });

  it('touches nothing where all is before it, nor files that it does not know', async () => {
    await withFolder(async (folder) => {
      await writeProbe(folder, record(10));
      await appendSample(folder, { step: 10, epoch: 1, text: 'a' });
      await writeFile(join(folder, 'probes', 'notes.txt'), 'mine');
      const before = await readFile(samplesOf(folder), 'utf8');
      await truncateProbes(folder, { step: 10, finishedEpochs: 1 });
      expect(await readFile(samplesOf(folder), 'utf8')).toBe(before);
      expect((await readdir(join(folder, 'probes'))).sort()).toEqual([
        'notes.txt',
        'probe-00000010-1.safetensors',
        'samples.jsonl',
      ]);
    });
  });
});
