import { describe, expect, it } from 'vitest';
import { comparisons, jsonLines, reportText } from '../../bench/report.ts';
import type { Report } from '../../bench/report.ts';
import type { SideResult } from '../../bench/rounds.ts';
import { benchShape, flopsPerStep } from '../../bench/shapes.ts';

const side = (name: string, milliseconds: number, more: Partial<SideResult> = {}): SideResult => ({
  name,
  description: name,
  hugePages: name.endsWith('huge pages'),
  medianMilliseconds: milliseconds,
  roundMilliseconds: [milliseconds, milliseconds],
  natsPerWord: 6.5,
  peakMemoryBytes: 2e8,
  steps: 16,
  cores: 1.9,
  idleShare: 0,
  ...more,
});

const ours = side('Sequence Lab', 70);
const slow = side('PyTorch, 1 thread', 140);
const fast = side('PyTorch, 2 threads', 84);

function report(sides: SideResult[], othersShare = 0): Report {
  const shape = benchShape('200', { threads: 2 });
  return {
    machine: {
      cpu: 'A processor',
      cores: 2,
      versions: { 'Sequence Lab': '0.1.0', Node: '24.1.0', PyTorch: '2.15.0' },
      peaks: [
        { description: 'ours', flopsPerSecond: 2e11 },
        { description: 'theirs', flopsPerSecond: 3e11 },
      ],
      warnings: ['JAX is not here'],
    },
    turns: [{ shape, threads: 2, turns: { rounds: 2, sides, othersShare } }],
    sessions: [{ shape, threads: 2, milliseconds: 300, compileMilliseconds: 250, peakMemoryBytes: 1e8 }],
    profiles: [
      {
        shape,
        threads: 2,
        steps: 10,
        milliseconds: 80,
        operators: [
          { operator: 'Gemm', milliseconds: 60, calls: 150 },
          { operator: 'Mul', milliseconds: 20, calls: 1000 },
        ],
      },
    ],
  };
}

describe('the report of the benchmark', () => {
  it('compares ours with the fastest peer', () => {
    expect(comparisons([ours, slow, fast])).toEqual([
      { ours: 'Sequence Lab', best: 'PyTorch, 2 threads', ratio: 1.2, low: 1.2, high: 1.2 },
    ]);
    expect(comparisons([ours])).toEqual([]);
  });

  it('compares each of our sides with the best without and the best with huge pages', () => {
    const found = comparisons([ours, side('Sequence Lab, huge pages', 60), fast, side('PyTorch, huge pages', 80)]);
    expect(found.map(({ ours: mine, best }) => [mine, best])).toEqual([
      ['Sequence Lab', 'PyTorch, 2 threads'],
      ['Sequence Lab', 'PyTorch, huge pages'],
      ['Sequence Lab, huge pages', 'PyTorch, 2 threads'],
      ['Sequence Lab, huge pages', 'PyTorch, huge pages'],
    ]);
  });

  it('says in words what was measured, on what, and how it compares', () => {
    const text = reportText(report([ours, slow, fast]));
    expect(text).toContain('A processor, 2 cores');
    expect(text).toContain('Sequence Lab 0.1.0, Node 24.1.0, PyTorch 2.15.0');
    expect(text).toContain('JAX is not here');
    expect(text).toContain('LSTM 2×200, training, at most 2 threads: batch 20, 35 steps, vocabulary 10,000');
    expect(text).toMatch(/Sequence Lab +70\.0 +10,000 +200 MB +53 % +1\.9 +6\.50/);
    expect(text).toContain('Sequence Lab is 1.20 × PyTorch, 2 threads (1.20 to 1.20');
    expect(text).toMatch(/Gemm +60\.00 +75 % +150/);
    expect(text).not.toContain('Note:');
  });

  it('says that there is no peer, and what makes figures noisy', () => {
    const text = reportText(report([ours], 0.4));
    expect(text).toContain('No comparison: there is no peer.');
    expect(text).toContain('other programs used 40 % of the processor');
    expect(reportText(report([ours, side('JAX', 90, { idleShare: 0.3 })]))).toContain('JAX kept 30 % of a core busy');
  });

  it('writes one object a line for programs', () => {
    const objects = jsonLines(report([ours, fast])).map((line) => JSON.parse(line) as { kind: string });
    expect(objects.map(({ kind }) => kind)).toEqual(
      'machine side side turns comparison session profile operator operator'.split(' '),
    );
    expect(objects[4]).toMatchObject({ shape: 'LSTM 2×200', work: 'training', threads: 2, ratio: 1.2 });
  });
});

describe('the work of a shape', () => {
  it('is that of its products', () => {
    // RECIPES: 15.8 MFLOP a word of the small network, 55.6 GFLOP a step of the medium one.
    const [small, medium] = [benchShape('200'), benchShape('650')];
    expect(flopsPerStep(small) / small.wordsPerStep / 1e6).toBeCloseTo(15.84, 2);
    expect(flopsPerStep(medium) / 1e9).toBeCloseTo(55.7, 1);
    const evaluation = benchShape('200', { work: 'evaluation' });
    expect(flopsPerStep(evaluation) / evaluation.wordsPerStep / 1e6).toBeCloseTo(5.28, 2);
  });
});
