import fs from 'node:fs';
import { appendFile, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';

import { describe, expect, it, vi } from 'vitest';

import type { FolderEvents, WatchFolder } from '../../../src/runs/folderWatch.ts';
import type { MetricsRecord } from '../../../src/runs/schema.ts';
import { truncateMetrics } from '../../../src/runs/metrics.ts';
import { MetricsTail, type MetricsPoints, type TailOptions } from '../../../src/runs/tail.ts';
import { epochRecord, stepRecord, testRecord, withFolder, withRun } from './fixtures.ts';
import { ManualClock } from './manualClock.ts';

const textOf = (records: readonly unknown[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join('');

interface World {
  folder: string;
  path: string;
  clock: ManualClock;
  /** The system's word that a file of the folder has changed. */
  tell: (name: string) => void;
  open: (options?: Partial<TailOptions>) => Promise<MetricsTail>;
}

async function withMetrics(text: string | undefined, body: (world: World) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const path = join(folder, 'metrics.jsonl');
    if (text !== undefined) await writeFile(path, text);
    const clock = new ManualClock();
    const watches = new Set<FolderEvents>();
    const watchFolder: WatchFolder = (_, events) => {
      watches.add(events);
      return { dispose: () => void watches.delete(events) };
    };
    const opened: MetricsTail[] = [];
    const open = async (options: Partial<TailOptions> = {}): Promise<MetricsTail> => {
      const tail = await MetricsTail.open(folder, { isActive: true, clock, watchFolder, ...options });
      opened.push(tail);
      return tail;
    };
    try {
      const tell = (name: string): void => watches.forEach(({ onEvent }) => onEvent(name));
      await body({ folder, path, clock, tell, open });
    } finally {
      for (const tail of opened) tail.dispose();
    }
    expect([clock.waiting, watches.size]).toEqual([0, 0]);
  });
}

/** What a panel has that takes in all that it is told. */
class Panel {
  readonly told: MetricsPoints[] = [];
  steps: number[];
  epochs: number[];

  constructor(tail: MetricsTail) {
    const { steps, epochs } = tail.history();
    this.steps = [...steps.step];
    this.epochs = [...epochs.epoch];
    tail.onPoints((points) => {
      this.told.push(points);
      this.steps = [...this.steps.slice(0, points.from.steps), ...points.steps.step];
      this.epochs = [...this.epochs.slice(0, points.from.epochs), ...points.epochs.epoch];
    });
  }
}

/** Lets time pass until a panel has been told so often; returns how long that took, in milliseconds of the clock. */
async function until(clock: ManualClock, tail: MetricsTail, done: () => boolean): Promise<number> {
  const start = clock.now();
  for (let turn = 0; !done(); turn++) {
    if (turn === 1000) throw new Error('nothing came in 10 seconds');
    clock.pass(10);
    await tail.settled();
  }
  return clock.now() - start;
}

const oneEpoch = [stepRecord(1), stepRecord(2), stepRecord(3), stepRecord(4), epochRecord(1, 4)];
const second = (epochStep: number): MetricsRecord => ({ ...stepRecord(4 + epochStep), epoch: 2, epochStep });

describe('MetricsTail', () => {
  it('has the whole history in columns', () =>
    withMetrics(
      textOf([...oneEpoch, second(1), second(2), second(4), epochRecord(2, 8), testRecord(8)]),
      async (world) => {
        const { steps, epochs, problem } = (await world.open()).history();
        expect(problem).toBeUndefined();
        expect([...steps.step]).toEqual([1, 2, 3, 4, 5, 6, 8]);
        expect([...steps.epoch]).toEqual([0.25, 0.5, 0.75, 1, 1.25, 1.5, 2]);
        expect([...steps.seconds]).toEqual([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8]);
        expect([...steps.perplexity]).toEqual(Array(7).fill(100));
        expect([...steps.gradientNorm]).toEqual(Array(7).fill(2.5));
        expect([...steps.learningRate]).toEqual(Array(7).fill(1));
        expect([...steps.wordsPerSecond]).toEqual(Array(7).fill(1000));
        expect([...epochs.step]).toEqual([4, 8]);
        expect([...epochs.epoch]).toEqual([1, 2]);
        expect([...epochs.seconds]).toEqual([9, 18]);
        expect([...epochs.validPerplexity]).toEqual([110, 110]);
        expect([...epochs.trainPerplexity]).toEqual([100, 100]);
      },
    ));

  it('tells of new whole lines within 300 ms, by the word of the system and without', () =>
    withMetrics(textOf(oneEpoch), async ({ path, clock, tell, open }) => {
      const tail = await open();
      const panel = new Panel(tail);
      await until(clock, tail, () => clock.waiting > 0);
      clock.pass(1000);
      await tail.settled();
      await appendFile(path, textOf([second(1), second(2)]));
      const waited = await until(clock, tail, () => panel.told.length === 1);
      expect(waited).toBeLessThanOrEqual(300);
      expect(panel.told[0]).toMatchObject({ from: { steps: 4, epochs: 1 } });
      expect([...panel.told[0]!.steps.epoch]).toEqual([1.25, 1.5]);
      expect(panel.told[0]!.steps.step.buffer.byteLength).toBe(16);

      clock.pass(140);
      await appendFile(path, textOf([second(3)]));
      for (let event = 0; event < 10; event++) tell('metrics.jsonl');
      expect(await until(clock, tail, () => panel.told.length === 2)).toBeLessThanOrEqual(100);
      expect(panel.steps).toEqual([1, 2, 3, 4, 5, 6, 7]);
    }));

  it('never takes in a torn line, wherever it is torn', () => {
    const whole = textOf([...oneEpoch, second(1)]);
    return withMetrics('', async ({ path, open }) => {
      const tail = await open();
      for (let length = 0; length <= whole.length; length += 5) {
        await writeFile(path, whole.slice(0, length));
        await tail.refresh();
        const { steps, epochs, problem } = tail.history();
        expect(steps.step.length + epochs.step.length).toBe(whole.slice(0, length).split('\n').length - 1);
        expect(problem).toBeUndefined();
      }
    });
  });

  it('waits for a whole last line that makes no sense, until something follows it', () =>
    withMetrics(textOf(oneEpoch) + '\0\0\0\0\n', async ({ path, open }) => {
      const tail = await open();
      const panel = new Panel(tail);
      expect(tail.history()).not.toHaveProperty('problem');
      await appendFile(path, textOf([second(1)]));
      await tail.refresh();
      expect(tail.history().problem).toContain(`${path}, line 6, is damaged`);
      expect(panel.told).toMatchObject([{ from: { steps: 4, epochs: 1 }, problem: tail.history().problem }]);
      expect(panel.steps).toEqual([1, 2, 3, 4]);
      // Mended.
      await writeFile(path, textOf([...oneEpoch, second(1)]));
      await tail.refresh();
      expect(panel.steps).toEqual([1, 2, 3, 4, 5]);
      expect(tail.history()).not.toHaveProperty('problem');
    }));

  it('lets nothing of a wrong type into a column, and passes over kinds that it does not know', () =>
    withMetrics(textOf([...oneEpoch, { event: 'later', step: 'x' }, second(1)]), async ({ path, open }) => {
      expect([...(await open()).history().steps.step]).toEqual([1, 2, 3, 4, 5]);
      const wrong: object[] = [
        { perplexity: '3' },
        { perplexity: null },
        { perplexity: -1 },
        { gradientNorm: undefined },
        { step: 1.5 },
        { epochStep: 0 },
        { seconds: [1] },
        { wordsPerSecond: true },
      ];
      for (const fault of wrong) {
        await writeFile(path, textOf([stepRecord(1), { ...stepRecord(2), ...fault }, stepRecord(3)]));
        const { steps, problem } = (await open()).history();
        expect([...steps.step]).toEqual([1]);
        expect(problem).toContain(`line 2, cannot be used: ${Object.keys(fault)[0]}:`);
      }
      for (const line of [
        '[]',
        '3',
        'null',
        '"step"',
        '{}',
        '',
        '{"event":3}',
        '{"event":"step","perplexity":1e999}',
      ]) {
        await writeFile(path, `${textOf([stepRecord(1)])}${line}\n${textOf([stepRecord(3)])}`);
        const { steps, problem } = (await open()).history();
        expect([...steps.step]).toEqual([1]);
        expect(problem).toContain('line 2');
      }
    }));

  it('keeps the common rows when a resumed run has replaced the file', () =>
    withMetrics(textOf([...oneEpoch, second(1), second(2), second(3)]), async ({ folder, path, clock, open }) => {
      const tail = await open();
      const panel = new Panel(tail);
      await truncateMetrics(folder, { step: 5 });
      await tail.refresh();
      expect(panel.told).toMatchObject([{ from: { steps: 5, epochs: 1 }, steps: { step: new Float64Array(0) } }]);
      expect(panel.steps).toEqual([1, 2, 3, 4, 5]);

      // Replaced, and already longer than before; told by the poll alone.
      const other = { ...second(2), perplexity: 77 };
      const text = textOf([...oneEpoch, second(1), other, second(3), second(4), epochRecord(2, 8)]);
      await writeFile(`${path}.new`, text);
      await rename(`${path}.new`, path);
      await until(clock, tail, () => panel.told.length === 2);
      expect(panel.told[1]).toMatchObject({ from: { steps: 5, epochs: 1 } });
      expect([...panel.told[1]!.steps.perplexity]).toEqual([77, 100, 100]);
      expect([panel.steps, panel.epochs]).toEqual([
        [1, 2, 3, 4, 5, 6, 7, 8],
        [1, 2],
      ]);
    }));

  it('notices a file that was cut or overwritten in its place', () =>
    withMetrics(textOf([...oneEpoch, second(1)]), async ({ path, open }) => {
      const tail = await open();
      const panel = new Panel(tail);
      await truncate(path, textOf(oneEpoch.slice(0, 3)).length + 20);
      await tail.refresh();
      expect([panel.steps, panel.epochs]).toEqual([[1, 2, 3], []]);
      const others = Array.from({ length: 9 }, (_, index) => ({ ...stepRecord(index + 1), perplexity: 50 }));
      await writeFile(path, textOf(others));
      await tail.refresh();
      expect(panel.told.at(-1)).toMatchObject({ from: { steps: 0, epochs: 0 } });
      expect(panel.steps).toHaveLength(9);
    }));

  it('takes the length of an epoch from its caller, status.json, the records or the total', async () => {
    await using run = await withRun();
    const { store } = run;
    const progress = { epoch: 1, epochs: 4, step: 2, totalSteps: 32, fraction: 0, secondsLeft: null };
    await store.updateStatus({ state: 'done', progress });
    for (const step of [1, 2]) await store.appendMetrics(stepRecord(step));
    const epochs = async (options: Partial<TailOptions> = {}): Promise<number[]> => {
      const tail = await MetricsTail.open(store.folder, { isActive: false, ...options });
      tail.dispose();
      return [...tail.history().steps.epoch];
    };
    expect(await epochs({ stepsPerEpoch: 10 })).toEqual([0.1, 0.2]);
    expect(await epochs()).toEqual([1 / 8, 2 / 8]);
    await store.updateStatus({ progress: { ...progress, stepsPerEpoch: 5 } });
    expect(await epochs()).toEqual([0.2, 0.4]);
    await store.updateStatus({ progress: { ...progress, stepsPerEpoch: undefined } });

    // What is recorded counts more than the total: all rows are told again.
    const tail = await MetricsTail.open(store.folder, { isActive: true });
    const panel = new Panel(tail);
    for (const record of [stepRecord(4), epochRecord(1, 4)]) await store.appendMetrics(record);
    await tail.refresh();
    expect(panel.told).toHaveLength(1);
    expect(panel.told[0]).toMatchObject({ from: { steps: 0, epochs: 0 } });
    expect([...panel.told[0]!.steps.epoch]).toEqual([0.25, 0.5, 1]);
    tail.dispose();
  });

  it('begins before there is a file, and keeps what it has when the file goes', () =>
    withMetrics(undefined, async ({ path, open }) => {
      const tail = await open();
      const panel = new Panel(tail);
      expect(tail.history()).not.toHaveProperty('problem');
      await writeFile(path, textOf(oneEpoch));
      await tail.refresh();
      expect(panel.steps).toEqual([1, 2, 3, 4]);
      await rm(path);
      await tail.refresh();
      expect(panel.told.at(-1)?.problem).toContain('does not exist');
      expect(panel.steps).toEqual([1, 2, 3, 4]);
      await writeFile(path, textOf(oneEpoch));
      await tail.refresh();
      expect(tail.history()).not.toHaveProperty('problem');
      expect(panel.steps).toEqual([1, 2, 3, 4]);
    }));

  it('reads a file again that could not be read once, though it has not changed', () =>
    withMetrics(textOf(oneEpoch), async ({ path, clock, open }) => {
      const tail = await open({ isActive: false });
      const panel = new Panel(tail);
      for (let turn = 0; turn < 3; turn++) {
        clock.pass(200);
        await tail.settled();
      }
      const { promises } = fs;
      const opening = vi
        .spyOn(promises, 'open')
        .mockRejectedValue(Object.assign(new Error('too many open files'), { code: 'EMFILE' }));
      syncBuiltinESMExports();
      try {
        await appendFile(path, textOf([second(1)]));
        await until(clock, tail, () => panel.told.length === 1);
        expect(panel.told[0]?.problem).toContain('too many files are open');
      } finally {
        opening.mockRestore();
        syncBuiltinESMExports();
      }
      expect(await until(clock, tail, () => panel.told.length === 2)).toBeLessThanOrEqual(5100);
      expect(panel.told[1]).not.toHaveProperty('problem');
      expect(panel.steps).toEqual([1, 2, 3, 4, 5]);
    }));

  it('waits for nothing while nobody listens, and reads once more when the run ends', () =>
    withMetrics(textOf(oneEpoch), async ({ path, clock, open }) => {
      const tail = await open();
      expect(clock.waiting).toBe(0);
      const subscription = tail.onPoints(() => undefined);
      expect(clock.waiting).toBeGreaterThan(0);
      subscription.dispose();
      expect(clock.waiting).toBe(0);
      const panel = new Panel(tail);
      clock.pass(1000);
      await tail.settled();
      await appendFile(path, textOf([second(1)]));
      tail.setActive(false);
      expect(await until(clock, tail, () => panel.told.length === 1)).toBeLessThanOrEqual(100);
      // A run at rest costs next to nothing: it is looked at every 5 seconds.
      await appendFile(path, textOf([second(2)]));
      const waited = await until(clock, tail, () => panel.told.length === 2);
      expect(waited).toBeGreaterThan(3000);
      expect(waited).toBeLessThanOrEqual(5100);
    }));

  it('reads lines of any length, in pieces', () =>
    withMetrics(undefined, async ({ path, open }) => {
      const long = { ...stepRecord(2), note: 'é'.repeat(300_000) };
      const many = Array.from({ length: 3000 }, (_, index) => stepRecord(index + 3));
      await writeFile(path, textOf([stepRecord(1), long, ...many]));
      const { steps, problem } = (await open()).history();
      expect(problem).toBeUndefined();
      expect(steps.step).toHaveLength(3002);
      expect(steps.step.every((step, index) => step === index + 1)).toBe(true);
      await writeFile(path, Buffer.concat([await readFile(path), Buffer.alloc(9_000_000, 0x61)]));
      expect((await open()).history().problem).toContain('line 3003, is damaged');
    }));

  it('hears of a real line by the real system', async () => {
    await using run = await withRun();
    const { store } = run;
    const tail = await MetricsTail.open(store.folder, { isActive: true });
    const heard = new Promise<MetricsPoints>((settle) => tail.onPoints(settle));
    await store.appendMetrics(stepRecord(1));
    expect([...(await heard).steps.step]).toEqual([1]);
    tail.dispose();
  });
});
