import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { resolveConfiguration } from '../../../src/config/parse.ts';
import { createRun } from '../../../src/runs/store.ts';
import type { NewRun, RunStore } from '../../../src/runs/store.ts';
import type { MetricsRecord } from '../../../src/runs/schema.ts';
import { messageOf } from '../../../src/util/errors.ts';

/** An empty folder that is gone when the test ends. */
export async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sequence-lab-'));
  try {
    await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A run in a folder of its own, closed and removed at the end of the scope: `await using run = await withRun();` */
export interface TestRun extends AsyncDisposable {
  /** The folder for runs, in which it is the only one. */
  readonly runs: string;
  readonly store: RunStore;
}

/** @param more what differs from `newRun` */
export async function withRun(more: Partial<NewRun> = {}): Promise<TestRun> {
  const runs = await mkdtemp(join(tmpdir(), 'sequence-lab-'));
  const remove = () => rm(runs, { recursive: true, force: true });
  try {
    const store = await createRun(newRun(runs, more));
    return { runs, store, [Symbol.asyncDispose]: () => store.close().finally(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

export function newRun(runsFolder: string, more: Partial<NewRun> = {}): NewRun {
  return {
    runsFolder,
    configuration: resolveConfiguration({ preset: 'small' }),
    versions: { sequenceLab: '0.1.0', node: process.version, engine: 'none' },
    corpus: { kind: 'builtin', digest: 'abc', tokens: { train: 3, valid: 2, test: 1 }, vocabulary: 2 },
    vocabulary: { words: ['<eos>', '<unk>'], counts: [2, 0] },
    ...more,
  };
}

export function stepRecord(step: number): MetricsRecord {
  return {
    event: 'step',
    epoch: 1,
    step,
    epochStep: step,
    perplexity: 100,
    learningRate: 1,
    gradientNorm: 2.5,
    wordsPerSecond: 1000,
    seconds: step / 10,
  };
}

export function epochRecord(epoch: number, step: number): MetricsRecord {
  return { event: 'epoch', epoch, step, trainPerplexity: 100, validPerplexity: 110, seconds: 9 };
}

export function testRecord(step: number): MetricsRecord {
  return { event: 'test', step, testPerplexity: 105, validPerplexity: 110 };
}

/** Two layers of three steps. */
export function flowRecord(step: number): Extract<MetricsRecord, { event: 'gradientFlow' }> {
  const layer = (index: number) => ({ reading: 'forward' as const, layer: index, norms: [0.1, step / 1000, 0] });
  return { event: 'gradientFlow', epoch: 1, step, layers: [layer(0), layer(1)] };
}

/** Numbers from 0 up to 1 that are the same at each run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Does something as on a machine in another time zone, named as `Europe/Berlin`. */
export async function inZone(zone: string, body: () => void | Promise<void>): Promise<void> {
  const before = process.env['TZ'];
  process.env['TZ'] = zone;
  try {
    await body();
  } finally {
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  }
}

/** What a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('expected an error, but there was none');
}

/** A file system of a few kilobytes in `folder`, or undefined (and a line that says why) where none can be made. */
export function mountTinyDisk(
  folder: string,
  kilobytes: number,
): { unmount(): void; grow(kilobytes: number): void } | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    console.log(`skipped: no small disk can be mounted here (it takes root on Linux): ${messageOf(error)}`);
    return undefined;
  }
  return {
    unmount: () => execFileSync('umount', [folder], { stdio: 'pipe' }),
    grow: (size) => execFileSync('mount', ['-o', `remount,size=${size}k`, folder], { stdio: 'pipe' }),
  };
}
