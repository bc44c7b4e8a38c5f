import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { inference } from '../../src/protocol/inference.ts';
import type { ModelChoice } from '../../src/protocol/inference.ts';
import { ask } from '../../src/protocol/rpc.ts';
import { randomRun, randomText } from './randomRun.ts';

/**
 * How long the model server takes to answer, over its channel as the extension host asks it: next words after one more
 * word, a suggestion, the states and the scores of 500 tokens, a switch between runs. Weights are random: what is
 * computed is the same.
 *
 *     npm run bench:inference -- --requests 200
 */

const textTokens = 500;
const sampling = { temperature: 1, topK: 0, topP: 1, banUnknown: false };

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('It must be a whole number from 1.');
}

const { requests } = new Command('bench:inference')
  .option('--requests <n>', 'how often each is asked', count, 200)
  .parse()
  .opts<{ requests: number }>();

/** Milliseconds: the middle one, and the one that 95 of 100 are not slower than. */
async function timed(what: string, times: number, work: (index: number) => Promise<unknown>): Promise<void> {
  const taken: number[] = [];
  for (let index = 0; index < times; index++) {
    const start = performance.now();
    await work(index);
    taken.push(performance.now() - start);
  }
  taken.sort((a, b) => a - b);
  const at = (share: number): string => (taken[Math.min(times - 1, Math.floor(share * times))] ?? NaN).toFixed(1);
  process.stdout.write(
    `  ${what.padEnd(46)} median ${at(0.5).padStart(7)} ms   95 % ${at(0.95).padStart(7)} ms   (${times})\n`,
  );
}

async function measure(connection: MessageConnection, folder: string, other: string): Promise<void> {
  const model: ModelChoice = { folder };
  const start = performance.now();
  await ask(connection, inference.next, { model, text: 'w5', after: '', top: 10, sampling });
  process.stdout.write(
    `  ${'loaded, with the first answer'.padEnd(46)} ${(performance.now() - start).toFixed(0).padStart(14)} ms\n`,
  );
  let typed = randomText(50, 3);
  const next = (text: string) => ask(connection, inference.next, { model, text, after: '', top: 10, sampling });
  await timed('next words after one more word', requests, () => next((typed += ` ${randomText(1, typed.length)}`)));
  await timed('a suggestion of 8 words, one more word', requests, () =>
    ask(connection, inference.complete, {
      model,
      before: (typed += ` ${randomText(1, typed.length)} `),
      after: '',
      words: 8,
      minimumProbability: 0,
    }),
  );
  const slow = Math.max(5, Math.ceil(requests / 4));
  const series = [{ reading: 'forward' as const, layer: 1, name: 'h' }];
  const statesOf = (text: string) => ask(connection, inference.states, { model, text, series });
  await statesOf(randomText(textTokens, 1));
  await timed(`states of ${textTokens} tokens, one series`, slow, (index) => statesOf(randomText(textTokens, index)));
  const all = ['h', 'c', 'input', 'forget', 'output', 'candidate'].flatMap((name) =>
    [0, 1].map((layer) => ({ reading: 'forward' as const, layer, name })),
  );
  await timed(`states of ${textTokens} tokens, all twelve series`, slow, (index) =>
    ask(connection, inference.states, { model, text: randomText(textTokens, index), series: all }),
  );
  const score = (text: string) => ask(connection, inference.score, { model, text, top: 5 });
  await score(randomText(textTokens, 1));
  await timed(`scores of ${textTokens} tokens`, slow, (index) => score(randomText(textTokens, index)));
  await timed('switch to a run that is not loaded', 5, async () => {
    await ask(connection, inference.close, { folder: other });
    await ask(connection, inference.next, { model: { folder: other }, text: 'w5', after: '', top: 10, sampling });
  });
}

const folder = await mkdtemp(join(tmpdir(), 'sequence-lab-bench-'));
const server = fork(join(import.meta.dirname, 'inference.cjs'), { serialization: 'advanced' });
try {
  const connection = createMessageConnection(new IPCMessageReader(server), new IPCMessageWriter(server));
  connection.listen();
  const small = await randomRun(folder, 200);
  const medium = await randomRun(folder, 650);
  process.stdout.write('2×200, 10,000 words\n');
  await measure(connection, small, small);
  process.stdout.write('2×650, 10,000 words\n');
  await measure(connection, medium, medium);
  connection.dispose();
} finally {
  server.kill();
  await rm(folder, { recursive: true, force: true });
}
