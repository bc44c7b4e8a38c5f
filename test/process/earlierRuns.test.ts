import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readStatus } from '../../src/runs/files.ts';
import { listRuns } from '../../src/runs/list.ts';
import { expectClose } from '../numeric/close.ts';
import { copyEarlierRuns, earlierRunNames, expectedOfEarlier } from './earlierRuns.ts';
import type { Outcome } from './support.ts';
import { cleanFolders, eventsOf, jsonLines, only, run, useCommandLine } from './support.ts';

/**
 * The runs that version 0.1.0 left are opened, evaluated, asked and resumed to what that version itself computed of them.
 * Sums may be taken in another order since: a float32 has 7 digits, of which 280 steps cost about two.
 */
const tolerance = 1e-4;

useCommandLine();
cleanFolders('all');

let runs: string;

beforeAll(async () => {
  runs = await copyEarlierRuns();
});

const evaluated = z.looseObject({ perplexity: z.number() });
const predicted = z.looseObject({ next: z.array(z.object({ word: z.string(), probability: z.number() })) });

/** The only JSON line of a command that ended well. */
function answerOf<T>(outcome: Outcome, schema: z.ZodType<T>): T {
  expect(outcome).toMatchObject({ code: 0 });
  const [answer, ...more] = jsonLines(outcome.stdout, schema);
  if (answer === undefined || more.length > 0) throw new Error(`not one line: ${outcome.stdout}`);
  return answer;
}

describe('the runs of version 0.1.0', () => {
  it('are listed as they were left', async () => {
    const listed = await listRuns(runs);
    expect(listed.map(({ id }) => id).sort()).toEqual([...earlierRunNames].sort());
    for (const one of listed) {
      expect(one).toMatchObject({ kind: 'run', state: 'interrupted' });
      if (one.kind === 'run') expect(one.status.progress.step).toBe(expectedOfEarlier[one.id]?.step);
    }
  });

  it('cover every cell and direction', () => {
    const cells = ['rnn', 'gru', 'lstm'].flatMap((cell) => [`${cell}-forward`, `${cell}-bidirectional`]);
    expect(earlierRunNames).toEqual(expect.arrayContaining([...cells, 'two-threads', 'all-cores']));
  });
});

describe.each(Object.entries(expectedOfEarlier))('%s of version 0.1.0', (name, expected) => {
  const folder = () => join(runs, name);

  it('has the perplexities that it had', async () => {
    for (const split of ['valid', 'test'] as const) {
      const outcome = await run(['eval', folder(), '--json', '--threads', '1', '--split', split]);
      const { perplexity } = answerOf(outcome, evaluated);
      expectClose([perplexity], [expected.perplexity[split]], { tolerance, what: split });
    }
  });

  it('expects the words that it expected', async () => {
    const { prompt, next } = expected.predict;
    const outcome = await run(['predict', folder(), '--json', '--threads', '1', '--top', '5', ...prompt]);
    const found = answerOf(outcome, predicted).next;
    expect(found.map(({ word }) => word)).toEqual(next.map(({ word }) => word));
    // Each by itself: a share of the likeliest word's would hide the others'.
    for (const [place, { word, probability }] of next.entries())
      expectClose([found[place]?.probability ?? NaN], [probability], { tolerance, what: word });
  });

  it('is resumed to the figures that it would have ended with', async () => {
    const outcome = await run(['resume', folder(), '--json']);
    expect(outcome).toMatchObject({ code: 0 });
    const events = eventsOf(outcome);
    expect(only(events, 'start')).toMatchObject({ resumedAt: expected.step });
    const { validPerplexity, testPerplexity } = only(events, 'done');
    const last = events.filter((event) => event.event === 'epoch').at(-1);
    expect(last?.epoch).toBe(expected.end.epochs);
    const figures = { trainPerplexity: last?.trainPerplexity, validPerplexity, testPerplexity };
    for (const [what, value] of Object.entries(figures))
      expectClose([value ?? NaN], [expected.end[what as keyof typeof figures]], { tolerance, what });
    expect(await readStatus(folder())).toMatchObject({ state: 'done' });
  });
});
