import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { version } from '../../../package.json';
import { resolveConfiguration } from '../../../src/config/parse.ts';
import { readStatus } from '../../../src/runs/files.ts';
import { createRun, openRun } from '../../../src/runs/store.ts';
import { hasDoubtfulSums, sumsNotice } from '../../../src/runs/sumsNotice.ts';
import { newRun, withFolder } from './fixtures.ts';

const createdAt = '2026-11-23T10:15:00.000Z';
const onnx = (computes: string): string => `onnxruntime-node 1.30.0 (${computes})`;

function configOf(engine: string, sequenceLab = '0.1.0') {
  return { createdAt, versions: { sequenceLab, node: 'v24.0.0', engine } };
}

const doubtful = (engine: string, sequenceLab?: string): boolean =>
  hasDoubtfulSums({ config: configOf(engine, sequenceLab), status: { startedAt: '2026-11-23T10:15:00.100Z' } });

describe('a run whose sums may be wrong', () => {
  it.each(['cpu, 2 threads', 'cpu, 16 threads', 'cpu', 'cpu, ? threads'])(
    'was computed on %s before 0.2.0',
    (engine) => {
      expect(doubtful(onnx(engine))).toBe(true);
      expect(doubtful(onnx(engine), '0.1.7-beta')).toBe(true);
      expect(doubtful(onnx(engine), 'unknown')).toBe(true);
    },
  );

  it.each(['0.2.0', '0.2.0-beta.1', '0.10.0', '1.0.0', version])('is none of version %s', (sequenceLab) => {
    expect(doubtful(onnx('cpu, 2 threads'), sequenceLab)).toBe(false);
  });

  it.each([
    onnx('cpu, 1 thread'),
    onnx('webgpu'),
    '@tensorflow/tfjs-node 4.22.0 (tensorflow 2.9.1, 2 threads)',
    '@tensorflow/tfjs-backend-wasm 4.22.0 (wasm, 2 threads)',
    'none',
  ])('was not computed by %s', (engine) => {
    expect(doubtful(engine)).toBe(false);
  });

  it('is one of one thread that an earlier version went on with, for its threads stand nowhere', () => {
    const config = configOf(onnx('cpu, 1 thread'));
    const resumed = { startedAt: '2026-11-23T11:00:00.000Z' };
    expect(hasDoubtfulSums({ config, status: resumed })).toBe(true);
    expect(hasDoubtfulSums({ config, status: undefined })).toBe(false);
    expect(hasDoubtfulSums({ config: configOf(onnx('webgpu')), status: resumed })).toBe(false);
    expect(hasDoubtfulSums({ config: configOf(onnx('cpu, 1 thread'), '0.2.0'), status: resumed })).toBe(false);
  });

  it('is what it was when a later version went on with it', () => {
    const config = configOf(onnx('cpu, 1 thread'));
    const later = { startedAt: '2026-12-01T00:00:00.000Z' };
    expect(hasDoubtfulSums({ config, status: { ...later, hadDoubtfulSums: false } })).toBe(false);
    expect(hasDoubtfulSums({ config, status: { ...later, hadDoubtfulSums: true } })).toBe(true);
  });
});

describe('the notice of doubtful sums', () => {
  it('names the run, and says what it was trained with and what helps', () => {
    const configuration = resolveConfiguration({ preset: 'demo' });
    expect(sumsNotice({ config: { ...configOf(onnx('cpu, 2 threads')), configuration } })).toBe(
      'The run demo was trained with a version whose sums could be wrong with several threads: train it again to be sure of its figures.',
    );
    expect(sumsNotice({ config: { ...configOf(onnx('cpu, 1 thread')), configuration } })).toBeUndefined();
  });
});

describe('the name of a run in the notice', () => {
  it('moves no cursor and begins no line', () => {
    const configuration = { ...resolveConfiguration({ preset: 'demo' }), name: 'a\n\u001b[2Jb' };
    const notice = sumsNotice({ config: { ...configOf(onnx('cpu, 2 threads')), configuration } });
    expect(notice).toMatch(/^The run a \[2Jb was trained with a version/);
  });
});

describe('a run that is resumed', () => {
  const versions = (engine: string) => ({ sequenceLab: '0.1.0', node: 'v24.0.0', engine });
  /** A run that was created long before it is resumed now. */
  async function oldRun(runs: string, engine: string): Promise<string> {
    await using store = await createRun(newRun(runs, { versions: versions(engine), date: new Date(createdAt) }));
    await store.updateStatus({ state: 'interrupted' });
    await store.close();
    const path = join(store.folder, 'status.json');
    const status: unknown = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...(status as object), startedAt: createdAt }));
    return store.folder;
  }

  it.each([
    [onnx('cpu, 2 threads'), true],
    [onnx('cpu, 1 thread'), false],
  ])('of %s keeps what is known of its sums, however often', (engine, expected) =>
    withFolder(async (runs) => {
      const folder = await oldRun(runs, engine);
      for (const time of [1, 2]) {
        await (await openRun(folder)).close();
        const status = await readStatus(folder);
        expect(status.hadDoubtfulSums, `resumed ${time} times`).toBe(expected);
        expect(hasDoubtfulSums({ config: configOf(engine), status })).toBe(expected);
      }
    }),
  );
});
