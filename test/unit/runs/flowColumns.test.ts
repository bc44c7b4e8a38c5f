import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { FlowColumns, type FlowRows } from '../../../src/runs/flowColumns.ts';
import { readLastStep } from '../../../src/runs/lastStep.ts';
import { truncateMetrics } from '../../../src/runs/metrics.ts';
import { MetricsTail } from '../../../src/runs/tail.ts';
import { flowRecord, stepRecord, withFolder } from './fixtures.ts';

const columnsOf = (...steps: number[]): FlowColumns => {
  const columns = new FlowColumns();
  for (const step of steps) columns.add(flowRecord(step));
  return columns;
};
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
const textOf = (records: readonly unknown[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join('');

describe('FlowColumns', () => {
  it('has the norms record after record, layer after layer', () => {
    const { every, layers, step, epoch, norms } = columnsOf(1, 101).slice(0);
    expect(every).toBe(1);
    expect(layers).toEqual([
      { reading: 'forward', layer: 0, distances: 3 },
      { reading: 'forward', layer: 1, distances: 3 },
    ]);
    expect([...step]).toEqual([1, 101]);
    expect([...epoch]).toEqual([1, 1]);
    expect([...norms]).toEqual([0.1, 0.001, 0, 0.1, 0.001, 0, 0.1, 0.101, 0, 0.1, 0.101, 0]);
  });

  it('tells what is new once', () => {
    const columns = columnsOf(1, 2);
    expect(columns.takeNew()?.from).toBe(0);
    expect(columns.takeNew()).toBeUndefined();
    columns.add(flowRecord(3));
    expect(columns.takeNew()).toMatchObject({ from: 2, step: Float64Array.of(3) });
  });

  it('keeps 500 records at most, evenly, and the newest', () => {
    const columns = new FlowColumns();
    let shown: number[] = [];
    for (const step of upTo(3333)) {
      columns.add(flowRecord(step));
      const rows = columns.takeNew();
      // As a panel does with what it is told.
      shown = [...shown.slice(0, rows?.from), ...(rows?.step ?? [])];
      expect(shown.at(-1)).toBe(step);
      expect(shown.length).toBeLessThanOrEqual(500);
    }
    const { every, step } = columns.slice(0);
    expect(every).toBe(8);
    expect([...step]).toEqual(shown);
    // 3333 is not an eighth one.
    expect(shown).toEqual([...upTo(3333).filter((one) => (one - 1) % 8 === 0), 3333]);
  });

  it('keeps fewer of a large network, and two at least', () => {
    const columns = new FlowColumns();
    const norms = Array<number>(200_000).fill(1);
    for (const step of upTo(9)) {
      columns.add({ event: 'gradientFlow', epoch: 1, step, layers: [{ reading: 'forward', layer: 0, norms }] });
    }
    expect([...columns.slice(0).step]).toEqual([1, 9]);
  });

  it('has NaN where a norm was not finite, and leaves out a record of another network', () => {
    const columns = columnsOf(1);
    const [first, second] = flowRecord(2).layers;
    columns.add({ ...flowRecord(2), layers: [first!, { ...second!, norms: [null, 1, 2] }] });
    columns.add({ ...flowRecord(3), layers: [first!] });
    expect([...columns.slice(1).norms]).toEqual([0.1, 0.002, 0, NaN, 1, 2]);
  });
});

describe('the tail of a run with gradient flows', () => {
  const opened = async (folder: string, told: (FlowRows | undefined)[]): Promise<MetricsTail> => {
    const tail = await MetricsTail.open(folder, { isActive: true, watchFolder: () => undefined });
    tail.onPoints(({ gradientFlow }) => told.push(gradientFlow));
    return tail;
  };

  it('has them in the history, tells of new ones, and of all when a resumed run has gone back', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'metrics.jsonl');
      await writeFile(path, textOf([stepRecord(1), flowRecord(1), stepRecord(2), flowRecord(2)]));
      const told: (FlowRows | undefined)[] = [];
      const tail = await opened(folder, told);
      expect([...(tail.history().gradientFlow?.step ?? [])]).toEqual([1, 2]);
      await appendFile(path, textOf([flowRecord(3)]));
      await tail.refresh();
      await appendFile(path, textOf([stepRecord(4)]));
      await tail.refresh();
      await truncateMetrics(folder, { step: 1 });
      await tail.refresh();
      await truncateMetrics(folder, { step: 0 });
      await tail.refresh();
      tail.dispose();
      expect(told.map((rows) => rows && [rows.from, ...rows.step])).toEqual([[2, 3], undefined, [0, 1], [0]]);
      expect(tail.history()).not.toHaveProperty('gradientFlow');
    }));

  it('says what is wrong with a damaged one, and reads what others may add', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'metrics.jsonl');
      const good = { ...flowRecord(1), later: true };
      await writeFile(path, textOf([good, { ...flowRecord(2), layers: [{ reading: 'sideways' }] }, stepRecord(3)]));
      const tail = await opened(folder, []);
      tail.dispose();
      const { gradientFlow, problem } = tail.history();
      expect([...(gradientFlow?.step ?? [])]).toEqual([1]);
      expect(problem).toContain('line 2, cannot be used: layers.0.reading');
    }));

  it('does not hide the last step behind flows of a large network', () =>
    withFolder(async (folder) => {
      const norms = Array<number>(20_000).fill(0.123456);
      const large = { ...flowRecord(5), layers: [{ reading: 'forward', layer: 0, norms }] };
      await writeFile(join(folder, 'metrics.jsonl'), textOf([stepRecord(4), stepRecord(5), large]));
      expect((await readLastStep(folder))?.step).toBe(5);
    }));
});
