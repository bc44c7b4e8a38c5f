import { describe, expect, it } from 'vitest';

import { resolveConfiguration } from '../../../../src/config/parse.ts';
import { endingOf } from '../../../../src/host/experiments/runEnding.ts';
import type { WholeRun } from '../../../../src/host/experiments/experiments.ts';
import type { RunStatus } from '../../../../src/runs/schema.ts';

const moment = '2026-11-23T10:15:00.000Z';

function run(state: WholeRun['state'], status: Partial<RunStatus> = {}): WholeRun {
  return {
    kind: 'run',
    id: '20261123-101500-demo-0000',
    folder: '/runs/20261123-101500-demo-0000',
    createdAt: Date.parse(moment),
    state,
    config: {
      format: 1,
      createdAt: moment,
      configuration: resolveConfiguration({ preset: 'demo', values: { name: 'mine' } }),
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
      progress: { epoch: 1, epochs: 6, step: 1200, totalSteps: 3000, fraction: 0.4, secondsLeft: 720 },
      latest: {},
      best: {},
      ...status,
    },
  };
}

describe('what is said of a run that ended early', () => {
  const ended = (by: 'user' | 'signal' | 'window' | 'accident', message = 'Interrupted after step 1200.') =>
    endingOf(run('interrupted', { ended: { by }, message }), 1200);

  it('by its user, its window or a signal: by whom, and that a checkpoint stands', () => {
    expect(ended('user')).toMatchObject({
      text: '“mine” was stopped at step 1,200 of 3,000; a checkpoint was saved.',
      isProblem: false,
    });
    expect(ended('window')).toMatchObject({
      text: '“mine” was stopped at step 1,200 of 3,000, because the VS Code window that it belonged to has closed; a checkpoint was saved.',
      isProblem: false,
    });
    expect(ended('signal')).toMatchObject({
      text: '“mine” was interrupted at step 1,200 of 3,000 by a signal (Ctrl-C, a termination request or a closed terminal); a checkpoint was saved.',
      isProblem: false,
    });
  });

  it('by an accident: which, and what the newest checkpoint is', () => {
    const message = 'Interrupted after step 1200: cannot write to standard output: the disk is full.';
    expect(ended('accident', message)).toMatchObject({
      text: `“mine” was interrupted at step 1,200 of 3,000; the last checkpoint is of step 1,200. ${message}`,
      isProblem: true,
    });
    // Its process is gone without a word: the file still says that it trains, or is paused.
    const gone = run('interrupted', { state: 'paused', message: 'Paused after step 1200.' });
    expect(endingOf(gone, 1100)).toMatchObject({
      text: '“mine” was interrupted at step 1,200 of 3,000; the last checkpoint is of step 1,100. Its process ended unexpectedly.',
      isProblem: true,
    });
  });

  it('for a reason that is not known: that alone', () => {
    expect(endingOf(run('interrupted'), undefined).text).toBe(
      '“mine” was interrupted at step 1,200 of 3,000; there is no checkpoint.',
    );
  });

  it('by a failure: its words', () => {
    expect(endingOf(run('failed', { message: 'The disk is full.' }), 1100)).toMatchObject({
      text: '“mine” failed at step 1,200 of 3,000. The disk is full.',
      actions: ['Resume', 'Open Log'],
    });
    expect(endingOf(run('done', { latest: { testPerplexity: 15 } }), 1100).text).toBe(
      '“mine” has finished training: test perplexity 15.00.',
    );
  });
});
