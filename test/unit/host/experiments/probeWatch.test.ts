import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { ProbeWatch } from '../../../../src/host/experiments/probeWatch.ts';
import type { FolderEvents, WatchFolder } from '../../../../src/runs/folderWatch.ts';
import { appendSample, writeProbe } from '../../../../src/runs/probes.ts';
import { withFolder } from '../../runs/fixtures.ts';
import { ManualClock } from '../../runs/manualClock.ts';

interface World {
  folder: string;
  clock: ManualClock;
  watch: ProbeWatch;
  watches: Set<FolderEvents>;
  /** Lets time pass, and what falls due be done. */
  pass: (milliseconds: number) => Promise<void>;
}

async function withWatch(body: (world: World) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const clock = new ManualClock();
    const watches = new Set<FolderEvents>();
    const watchFolder: WatchFolder = (_, events) => {
      watches.add(events);
      return { dispose: () => void watches.delete(events) };
    };
    const watch = ProbeWatch.open(folder, { clock, watchFolder });
    const pass = async (milliseconds: number): Promise<void> => {
      clock.pass(milliseconds);
      await watch.settled();
    };
    try {
      await body({ folder, clock, watch, watches, pass });
    } finally {
      watch.dispose();
    }
  });
}

function write(folder: string, step: number): Promise<void> {
  const series = [{ reading: 'forward', layer: 0, name: 'h', units: 1, data: Float32Array.of(1) }] as const;
  return writeProbe(folder, { step, epoch: 1, tokens: ['a'], next: [], series });
}

describe('a watch of probes', () => {
  it('tells of new records and samples once each, by the system’s word or its own look', async () => {
    await withWatch(async ({ folder, watch, watches, pass }) => {
      let told = 0;
      watch.onDidChange(() => told++);
      await pass(0);
      expect(told).toBe(0);
      await write(folder, 1);
      for (const name of ['probe-00000001-1.safetensors.12-1.tmp', 'probe-00000001-1.safetensors'])
        for (const { onEvent } of watches) onEvent(name);
      await pass(100);
      expect(told).toBe(1);
      await appendSample(folder, { step: 1, epoch: 1, text: 'a' });
      await pass(2000);
      expect(told).toBe(2);
      await pass(10_000);
      await rm(join(folder, 'probes'), { recursive: true });
      await pass(2000);
      expect(told).toBe(3);
    });
  });

  it('is not put off by words that come without end', async () => {
    await withWatch(async ({ folder, watch, watches, pass }) => {
      let told = 0;
      watch.onDidChange(() => told++);
      await pass(0);
      await write(folder, 1);
      for (let time = 0; time < 10; time++) {
        for (const { onEvent } of watches) onEvent(undefined);
        await pass(20);
      }
      expect(told).toBe(1);
    });
  });

  it('waits for nothing while nobody listens, and after its end', async () => {
    await withWatch(async ({ clock, watch, watches, pass }) => {
      expect(clock.waiting).toBe(0);
      const listening = watch.onDidChange(() => undefined);
      await pass(0);
      expect([clock.waiting, watches.size]).toEqual([1, 1]);
      listening.dispose();
      expect([clock.waiting, watches.size]).toEqual([0, 0]);
      watch.onDidChange(() => undefined);
      await pass(0);
      watch.dispose();
      expect([clock.waiting, watches.size]).toEqual([0, 0]);
      watch.onDidChange(() => undefined);
      expect(clock.waiting).toBe(0);
    });
  });
});
