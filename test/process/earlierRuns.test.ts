import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { inference, inferenceNews } from '../../src/protocol/inference.ts';
import { ask, hear } from '../../src/protocol/rpc.ts';
import { causeOf, readStatus } from '../../src/runs/files.ts';
import { runPaths } from '../../src/runs/layout.ts';
import { listRuns } from '../../src/runs/list.ts';
import { sumsNotice } from '../../src/runs/sumsNotice.ts';
import { expectClose } from '../numeric/close.ts';
import { copyEarlierRuns, earlierRunNames, expectedOfEarlier, sumsNoticeOf } from './earlierRuns.ts';
import type { Outcome } from './support.ts';
import { cleanFolders, eventsOf, inferenceScript, jsonLines, only, run } from './support.ts';
import { resumeTrainer } from './trainers.ts';

/**
 * The runs that version 0.1.0 left are opened, evaluated, asked and resumed to what that version itself computed of them.
 * Sums may be taken in another order since, which costs last digits: TensorFlow.js ends these runs within 2e-6 of ONNX
 * Runtime.
 */
const tolerance = 1e-4;

cleanFolders('all');

let runs: string;

beforeAll(async () => {
  runs = await copyEarlierRuns();
});

const evaluated = z.looseObject({ perplexity: z.number() });
const predicted = z.looseObject({ next: z.array(z.object({ word: z.string(), probability: z.number() })) });

/** What is said of a run's sums; nothing of one that is right. */
const noticesOf = (name: string): string[] => [sumsNoticeOf(name)].filter((notice) => notice !== undefined);
/** As a command tells it on stderr. */
const told = (name: string): string =>
  noticesOf(name)
    .map((notice) => `seqlab: ${notice}\n`)
    .join('');

/** The only JSON line of a command on a run that ended well, and told of the run's sums where they are in doubt. */
function answerOf<T>(name: string, outcome: Outcome, schema: z.ZodType<T>): T {
  expect(outcome).toMatchObject({ code: 0, stderr: told(name) });
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
      if (one.kind !== 'run') continue;
      expect(one.status.progress.step).toBe(expectedOfEarlier[one.id]?.step);
      // Their status has nothing but the message.
      expect(causeOf(one)).toBe('signal');
    }
  });

  it('are marked in lists where several threads computed them', async () => {
    const { stdout } = await run(['runs', '--runs', runs, '--json']);
    const listed = jsonLines(stdout, z.looseObject({ run: z.string(), sumsNotice: z.string().optional() }));
    expect(listed).toHaveLength(earlierRunNames.length);
    for (const { run: id, sumsNotice: notice } of listed) expect(notice, id).toBe(sumsNoticeOf(id));
    const lines = (await run(['runs', '--runs', runs])).stdout.trimEnd().split('\n');
    for (const line of lines) {
      const id = line.split(' ')[0] ?? '';
      expect(line.endsWith(`  ${sumsNoticeOf(id)}`), line).toBe(sumsNoticeOf(id) !== undefined);
    }
  });

  it.each([
    ['score', ['--text', 'the cat sleeps']],
    ['states', ['--text', 'the cat sleeps']],
    ['generate', ['--prompt', 'the cat', '--words', '3']],
    ['export', ['--out', 'weights.safetensors']],
  ])('are marked by %s', async (command, options) => {
    for (const name of ['lstm-forward', 'two-threads']) {
      const outcome = await run([command, join(runs, name), '--json', ...options], { cwd: runs });
      expect(outcome, name).toMatchObject({ code: 0, stderr: told(name) });
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
      const { perplexity } = answerOf(name, outcome, evaluated);
      expectClose([perplexity], [expected.perplexity[split]], { tolerance, what: split });
    }
  });

  it('expects the words that it expected', async () => {
    const { prompt, next } = expected.predict;
    const outcome = await run(['predict', folder(), '--json', '--threads', '1', '--top', '5', ...prompt]);
    const found = answerOf(name, outcome, predicted).next;
    expect(found.map(({ word }) => word)).toEqual(next.map(({ word }) => word));
    // Each by itself: a share of the likeliest word's would hide the others'.
    for (const [place, { word, probability }] of next.entries())
      expectClose([found[place]?.probability ?? NaN], [probability], { tolerance, what: word });
  });

  it('is resumed to the figures that it would have ended with', async () => {
    const outcome = await run(['resume', folder(), '--json']);
    expect(outcome).toMatchObject({ code: 0 });
    expect(outcome.stderr).toContain(told(name));
    const events = eventsOf(outcome);
    expect(only(events, 'start')).toMatchObject({ resumedAt: expected.step });
    const { validPerplexity, testPerplexity } = only(events, 'done');
    const last = events.filter((event) => event.event === 'epoch').at(-1);
    expect(last?.epoch).toBe(expected.end.epochs);
    const figures = { trainPerplexity: last?.trainPerplexity, validPerplexity, testPerplexity };
    for (const [what, value] of Object.entries(figures))
      expectClose([value ?? NaN], [expected.end[what as keyof typeof figures]], { tolerance, what });
    expect(await readStatus(folder())).toMatchObject({ state: 'done' });
    // What was computed before stays in doubt, and what was not does not become so.
    const log = (await readFile(runPaths(folder()).log, 'utf8')).split('\n');
    expect(log.filter((line) => line.includes('could be wrong'))).toEqual(noticesOf(name));
    const [listed] = (await listRuns(runs)).filter(({ id }) => id === name);
    expect(listed?.kind === 'run' && sumsNotice(listed)).toBe(sumsNoticeOf(name));
  });
});

describe('the processes of VS Code', () => {
  let copy: string;

  beforeAll(async () => {
    copy = await copyEarlierRuns();
  });

  it('tell it of a run that a trainer goes on with', async () => {
    for (const name of ['two-threads', 'rnn-forward']) {
      const { notices, ended } = await resumeTrainer(join(copy, name));
      expect(notices.filter((sentence) => sentence.includes('could be wrong'))).toEqual(noticesOf(name));
      expect((await ended).code).toBe(0);
    }
  });

  it('tell it of a run whose weights the model server loads', async () => {
    const server = fork(inferenceScript, { serialization: 'advanced' });
    const connection = createMessageConnection(new IPCMessageReader(server), new IPCMessageWriter(server));
    const notices: string[] = [];
    const fail = (problem: unknown): never => expect.fail(String(problem));
    hear(connection, inferenceNews.notice, ({ sentence }) => notices.push(sentence), fail);
    connection.listen();
    try {
      for (const name of ['all-cores', 'lstm-bidirectional']) {
        notices.length = 0;
        await ask(connection, inference.open, { model: { folder: join(copy, name) } });
        expect(notices).toEqual(noticesOf(name));
      }
    } finally {
      const ended = once(server, 'exit');
      server.disconnect();
      await ended;
    }
  });
});
