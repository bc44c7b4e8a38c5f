import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { build } from 'esbuild';
import { expect, it } from 'vitest';
import * as z from 'zod';

import { loadCheckpoint } from '../../../src/runs/checkpoints.ts';
import { effectiveState, readStatus } from '../../../src/runs/files.ts';
import { readMetrics } from '../../../src/runs/metrics.ts';
import { createRun, openRun } from '../../../src/runs/store.ts';
import { newRun, seededRandom, withFolder } from './fixtures.ts';

const kills = 24;
const progressSchema = z.object({ step: z.int(), epochs: z.int() });

/** Starts the child, kills it without warning some milliseconds after a moment and gives what it complained of. */
async function runAndKill(
  [script, folder]: [string, string],
  { after, milliseconds }: { after: 'start' | 'opening'; milliseconds: number },
): Promise<string> {
  const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (data: Buffer) => (complaint += data.toString()));
  const ended = once(child, 'close');
  if (after === 'opening') await Promise.race([once(child.stdout, 'data'), ended]);
  await wait(milliseconds);
  child.kill('SIGKILL');
  await ended;
  return complaint;
}

it(`a run folder survives ${kills} kills at random moments`, () =>
  withFolder(async (runs) => {
    const script = join(runs, 'child.mjs');
    const entry = join(import.meta.dirname, 'kill.child.ts');
    await build({
      entryPoints: [entry],
      bundle: true,
      platform: 'node',
      // The main file of jsonc-parser is UMD, which no bundler can follow.
      mainFields: ['module', 'main'],
      format: 'esm',
      target: 'node20',
      outfile: script,
      logLevel: 'error',
    });
    await using store = await createRun(newRun(join(runs, 'runs')));
    await store.updateStatus({ state: 'interrupted' });
    await store.close();

    const random = seededRandom(3);
    let reached = 0;
    for (let kill = 1; kill <= kills; kill++) {
      // How long Node takes to start depends on the machine and its load: every other kill waits for the work itself.
      const after = kill % 2 === 0 ? 'opening' : 'start';
      const moment = { after, milliseconds: random() * (after === 'start' ? 360 : 120) } as const;
      expect(await runAndKill([script, store.folder], moment)).toBe('');
      const status = await readStatus(store.folder);
      expect(effectiveState(status, Date.now())).toBe('interrupted');
      const steps = (await readMetrics(store.folder)).flatMap((record) =>
        record.event === 'step' ? [record.step] : [],
      );
      expect(steps).toEqual(steps.map((_, index) => index + 1));
      const checkpoint = await loadCheckpoint(store.folder, progressSchema).catch(() => undefined);
      if (checkpoint === undefined) {
        expect(reached).toBe(0);
        continue;
      }
      expect(checkpoint.warnings).toEqual([]);
      expect(checkpoint.step).toBeGreaterThanOrEqual(reached);
      expect(checkpoint.progress.step).toBe(checkpoint.step);
      expect(new Set(checkpoint.tensors[0]?.data)).toEqual(new Set([checkpoint.step]));
      expect(steps.length).toBeGreaterThanOrEqual(checkpoint.step);
      reached = checkpoint.step;
    }
    expect(reached).toBeGreaterThan(kills / 2);

    const resumed = await openRun(store.folder, { step: reached });
    await resumed.close();
    const records = await readMetrics(store.folder);
    expect(records.filter(({ event }) => event === 'step')).toHaveLength(reached);
    const epochs = records.filter(({ event }) => event === 'epoch').map(({ step }) => step);
    expect(epochs).toEqual(Array.from({ length: Math.floor(reached / 5) }, (_, index) => 5 * (index + 1)));
    const left = [...(await readdir(store.folder)), ...(await readdir(store.paths.checkpoints))];
    expect(left.filter((name) => name.endsWith('.tmp'))).toEqual([]);
  }));
