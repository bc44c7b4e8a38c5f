import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';
import * as z from 'zod';

import { loadCheckpoint, saveCheckpoint } from '../../../src/runs/checkpoints.ts';
import type { TensorData } from '../../../src/formats/safetensors.ts';
import { FileError } from '../../../src/util/errors.ts';
import { mountTinyDisk, rejection, seededRandom, withFolder } from './fixtures.ts';

const progressSchema = z.strictObject({ epoch: z.int(), note: z.string().nullable(), best: z.number().nullable() });

const content = (step: number, fill = step) => ({
  step,
  tensors: [
    { name: 'w', shape: [10, 10], data: new Float32Array(100).fill(fill) },
    { name: 'i', shape: [3], data: new Int32Array(3).fill(fill) },
  ] satisfies TensorData[],
  progress: { epoch: step, note: 'ü', best: 1 / 3 },
});

const save = (folder: string, step: number, fill = step): Promise<void> => saveCheckpoint(folder, content(step, fill));
const load = (folder: string) => loadCheckpoint(folder, progressSchema);
const names = async (folder: string): Promise<string[]> => (await readdir(join(folder, 'checkpoints'))).sort();

describe('checkpoints', () => {
  it('load what was saved and keep two generations', () =>
    withFolder(async (folder) => {
      for (const step of [1, 20, 300]) await save(folder, step);
      expect(await names(folder)).toEqual([
        'step-00000020.json',
        'step-00000020.safetensors',
        'step-00000300.json',
        'step-00000300.safetensors',
      ]);
      const { savedAt, ...loaded } = await load(folder);
      expect(loaded).toEqual({ ...content(300), warnings: [] });
      expect(Date.parse(savedAt)).toBeGreaterThan(Date.now() - 60_000);
    }));

  it('say so where there is none', () =>
    withFolder(async (folder) => {
      expect((await rejection(load(folder))).message).toContain('has no checkpoint');
      await mkdir(join(folder, 'checkpoints'));
      expect(await rejection(load(folder))).toBeInstanceOf(FileError);
    }));

  it('save the same step again without a moment in which it is not whole', () =>
    withFolder(async (folder) => {
      await save(folder, 1);
      await save(folder, 2);
      await save(folder, 2, 7);
      expect(await names(folder)).toHaveLength(4);
      expect((await load(folder)).tensors[0]?.data[0]).toBe(7);
    }));

  it('remove later generations of before a resumption, orphans and temporaries', () =>
    withFolder(async (folder) => {
      for (const step of [10, 20]) await save(folder, step);
      const checkpoints = join(folder, 'checkpoints');
      await writeFile(join(checkpoints, 'step-00000005.safetensors'), 'orphan');
      await writeFile(join(checkpoints, 'step-00000030.json.12-1.tmp'), 'half');
      await writeFile(join(checkpoints, 'notes.txt'), 'mine');
      await save(folder, 15);
      expect(await names(folder)).toEqual([
        'notes.txt',
        'step-00000010.json',
        'step-00000010.safetensors',
        'step-00000015.json',
        'step-00000015.safetensors',
      ]);
    }));

  it('do not count a damaged generation as one of the two', () =>
    withFolder(async (folder) => {
      for (const step of [10, 20]) await save(folder, step);
      await writeFile(join(folder, 'checkpoints', 'step-00000020.json'), '{');
      await save(folder, 30);
      expect((await names(folder)).filter((name) => name.endsWith('.json'))).toEqual([
        'step-00000010.json',
        'step-00000030.json',
      ]);
    }));

  it('fall back to the generation before, with a warning', () =>
    withFolder(async (folder) => {
      for (const step of [10, 20]) await save(folder, step);
      const newest = join(folder, 'checkpoints', 'step-00000020.safetensors');
      await writeFile(newest, (await readFile(newest)).subarray(0, 300));
      const { step, warnings } = await load(folder);
      expect(step).toBe(10);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain(newest);
      expect(warnings[0]).toContain('the previous checkpoint is used');

      await rm(join(folder, 'checkpoints', 'step-00000010.safetensors'));
      const none = await rejection(load(folder));
      expect(none).toBeInstanceOf(FileError);
      expect(none.message).toContain(newest);
      expect(none.message).toContain('step-00000010.safetensors: it does not exist');
    }));

  it('of a step are taken from among the best where the newer copy is damaged', () =>
    withFolder(async (folder) => {
      await save(folder, 20);
      await saveCheckpoint(folder, content(20, 7), 'best');
      const ofStep = (step: number) => loadCheckpoint(folder, progressSchema, step);
      expect(await ofStep(20)).toMatchObject({ step: 20, warnings: [] });
      const damaged = join(folder, 'checkpoints', 'step-00000020.safetensors');
      await writeFile(damaged, (await readFile(damaged)).subarray(0, 300));
      const { tensors, warnings } = await ofStep(20);
      expect(tensors[0]?.data[0]).toBe(7);
      expect(warnings).toEqual([
        expect.stringMatching(/step-00000020\.safetensors.*the other one of this step is used/),
      ]);

      await rm(join(folder, 'checkpoints', 'best', 'step-00000020.safetensors'));
      const none = await rejection(ofStep(20));
      expect(none).toBeInstanceOf(FileError);
      expect(none.message).toContain(damaged);
      expect(none.message).toContain('step-00000020.safetensors: it does not exist');
      expect((await rejection(ofStep(3))).message).toContain('no checkpoint of step 3; it has 20');
    }));

  it('notice every flipped bit and every truncation, or are not harmed by it', () =>
    withFolder(async (folder) => {
      await save(folder, 10);
      const good = await load(folder);
      const random = seededRandom(2);
      let noticed = 0;
      for (const name of await names(folder)) {
        const path = join(folder, 'checkpoints', name);
        const whole = await readFile(path);
        for (let trial = 0; trial < 250; trial++) {
          const at = Math.floor(random() * whole.length);
          const damaged = trial % 10 === 0 ? whole.subarray(0, at) : Buffer.from(whole);
          if (trial % 10 > 0) damaged[at] = (damaged[at] ?? 0) ^ (1 << Math.floor(random() * 8));
          await writeFile(path, damaged);
          const result = await load(folder).catch((error: unknown) => error);
          if (result instanceof Error) {
            expect(result).toBeInstanceOf(FileError);
            noticed++;
          } else expect(result).toEqual(good);
        }
        await writeFile(path, whole);
      }
      // Of the manifest only blanks may change without harm.
      expect(noticed).toBeGreaterThan(450);
      expect(await load(folder)).toEqual(good);
    }));

  it('check the progress with the schema of the caller', () =>
    withFolder(async (folder) => {
      await save(folder, 1);
      const error = await rejection(loadCheckpoint(folder, z.object({ epoch: z.string() })));
      expect(error).toBeInstanceOf(FileError);
      expect(error.message).toContain('progress: epoch:');
    }));

  it('refuse progress that JSON would change', () =>
    withFolder(async (folder) => {
      const bad = { ...content(1), progress: { best: { perplexity: Infinity } } };
      await expect(saveCheckpoint(folder, bad)).rejects.toThrow('perplexity is Infinity, which JSON cannot hold');
    }));

  it('do not follow a manifest out of the folder', () =>
    withFolder(async (folder) => {
      await save(folder, 1);
      const path = join(folder, 'checkpoints', 'step-00000001.json');
      await writeFile(path, (await readFile(path, 'utf8')).replace('"step-0', '"../step-0'));
      expect((await rejection(load(folder))).message).toContain('file:');
    }));

  it('say so where they cannot be written, and keep what was there', (context) =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'checkpoints'), 'a file');
      expect(await rejection(save(folder, 1))).toBeInstanceOf(FileError);
      await rm(join(folder, 'checkpoints'));

      const disk = mountTinyDisk(folder, 64);
      if (disk === undefined) return context.skip();
      try {
        await save(folder, 1);
        const big = { ...content(2), tensors: [{ name: 'w', shape: [50_000], data: new Float32Array(50_000) }] };
        const error = await rejection(saveCheckpoint(folder, big));
        expect(error).toBeInstanceOf(FileError);
        expect(error.message).toContain('the disk is full');
        expect((await load(folder)).step).toBe(1);
        expect(await names(folder)).toHaveLength(2);
      } finally {
        disk.unmount();
      }
    }));
});
