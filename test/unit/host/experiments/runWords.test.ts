import { describe, expect, it } from 'vitest';

import {
  describePercent,
  describePerplexity,
  stoppedByHand,
  summaryOf,
  sumsOf,
} from '../../../../src/host/experiments/runWords.ts';
import { resolveConfiguration } from '../../../../src/config/parse.ts';
import type { ListedRun } from '../../../../src/runs/list.ts';
import type { RunStatus } from '../../../../src/runs/schema.ts';

type Whole = Extract<ListedRun, { kind: 'run' }>;

function run(state: Whole['state'], status: Partial<RunStatus> = {}): Whole {
  const moment = '2026-11-23T10:15:00.000Z';
  return {
    kind: 'run',
    id: '20261123-101500Z-demo-0000',
    folder: '/runs/20261123-101500Z-demo-0000',
    createdAt: Date.parse(moment),
    state,
    config: {
      format: 1,
      createdAt: moment,
      configuration: resolveConfiguration({ preset: 'demo' }),
      versions: { sequenceLab: '0', node: '0', engine: 'none' },
      corpus: { kind: 'builtin', digest: '0', tokens: { train: 1, valid: 1, test: 1 }, vocabulary: 3 },
    },
    status: {
      format: 1,
      state,
      pid: 1,
      host: 'here',
      startedAt: moment,
      heartbeatAt: moment,
      progress: { epoch: 1, epochs: 6, step: 10, totalSteps: 30, fraction: 1 / 3, secondsLeft: 720 },
      latest: { trainPerplexity: 123.456 },
      best: {},
      ...status,
    },
  };
}

describe('what stands behind the name of a run', () => {
  it('of one that trains: perplexity, progress and time left', () => {
    expect(summaryOf(run('running'))).toBe('train 123.5 · 33 % · 12 min left');
    expect(summaryOf(run('running', { best: { validPerplexity: 99.5 } }))).toBe(
      'validation 99.50 · 33 % · 12 min left',
    );
  });

  it('of one that validates or tests: that', () => {
    const progress = { ...run('running').status.progress, phase: 'valid' as const };
    expect(summaryOf(run('running', { progress }))).toBe('train 123.5 · 33 % · validating');
  });

  it('of one that is not training: why not', () => {
    expect(summaryOf(run('paused'))).toBe('paused · train 123.5 · 33 %');
    expect(summaryOf(run('interrupted'))).toBe('interrupted · train 123.5 · 33 %');
    for (const by of ['user', 'window'] as const) {
      const stopped = run('interrupted', { message: 'Stopped after step 10.', ended: { by } });
      expect(stoppedByHand(stopped)).toBe(true);
      expect(summaryOf(stopped)).toBe('stopped · train 123.5 · 33 %');
    }
    for (const by of ['signal', 'accident'] as const) {
      const interrupted = run('interrupted', { message: 'Stopped, in words that nobody reads.', ended: { by } });
      expect(stoppedByHand(interrupted)).toBe(false);
      expect(summaryOf(interrupted)).toBe('interrupted · train 123.5 · 33 %');
    }
  });

  it('of one that is done: what it reached', () => {
    const latest = { trainPerplexity: 14, validPerplexity: 15.2, testPerplexity: 15.326 };
    expect(summaryOf(run('done', { latest, best: { validPerplexity: 15.2 } }))).toBe('validation 15.20 · test 15.33');
    expect(summaryOf(run('done', { latest: {} }))).toBe('done');
  });

  it('of a bidirectional model: pseudo-perplexities alone', () => {
    const best = { validPerplexity: 9.2 };
    const one = run('done', { latest: { validPerplexity: 9.2, testPerplexity: 9.5 }, best });
    const configuration = resolveConfiguration({ preset: 'demo', values: { model: { direction: 'bidirectional' } } });
    const bidirectional = { ...one, config: { ...one.config, configuration } };
    expect(summaryOf(bidirectional)).toBe('pseudo-perplexity validation 9.20 · pseudo-perplexity test 9.50');
  });

  it('of one that cannot be read: that', () => {
    expect(summaryOf({ kind: 'broken', id: 'x', folder: '/x', createdAt: 0, problem: 'no' })).toBe('damaged');
  });

  it('has a hint where sums of an earlier version are in doubt, and panels are told why', () => {
    const one = run('done', { best: { validPerplexity: 15.2 }, latest: {} });
    expect(sumsOf(one)).toEqual({});
    const versions = { sequenceLab: '0.1.0', node: 'v24.0.0', engine: 'onnxruntime-node 1.30.0 (cpu, 2 threads)' };
    const doubtful = { ...one, config: { ...one.config, versions } };
    expect(summaryOf(doubtful)).toBe('validation 15.20 · sums may be wrong');
    expect(sumsOf(doubtful).sumsNotice).toContain('a version whose sums could be wrong with several threads');
  });
});

it('shows a perplexity with the digits that matter', () => {
  expect([1.5, 99.999, 253.857, 10_040.923, 2.5e7].map(describePerplexity)).toEqual([
    '1.50',
    '100.00',
    '253.9',
    '10,041',
    '2.5e+7',
  ]);
});

it('never says 100 % of a run that is not done', () => {
  expect(describePercent(0.9999)).toBe('99 %');
});
