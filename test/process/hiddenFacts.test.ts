import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { inference, inferenceNews } from '../../src/protocol/inference.ts';
import type { FeatureName } from '../../src/protocol/inference.ts';
import { ask, hear } from '../../src/protocol/rpc.ts';
import { cleanFolders, eventsOf, inferenceScript, only, run, temporaryFolder, useCommandLine } from './support.ts';

/**
 * Issue 5, acceptance 2: units of a model that was trained on the built-in corpus follow what its grammar hides, and the
 * model server finds them. The demo with 64 units, three epochs: some six seconds on two cores.
 */

useCommandLine();
cleanFolders('all');

/**
 * Least |r| of the best unit. With the seeds 1, 2 and 3 it was 0.848, 0.915 and 0.889 of an open quotation in c, 0.731,
 * 0.754 and 0.660 in h; of the number of a verb to come 0.539, 0.815 and 0.850 in c, 0.589, 0.827 and 0.804 in h. That was
 * version 0.1.0. Whether one unit alone holds a fact is decided by the last digits of a training: with those of 0.2.0 the
 * model of seed 2 is as good and spreads the quotation over several units (0.52 in c).
 */
const floors: Readonly<Record<'h' | 'c', Partial<Record<FeatureName, number>>>> = {
  c: { grammarQuotation: 0.75, verbNumber: 0.45 },
  h: { grammarQuotation: 0.55, verbNumber: 0.45 },
};

const split = 'test';
const ticket = 7;

describe('a model of the built-in corpus', () => {
  let directory: string;
  beforeAll(async () => {
    const folder = await temporaryFolder();
    const small = ['--threads', '2', '--epochs', '3', '--seed', '3', '--no-test', '--set', 'model.hiddenSize=64'];
    const outcome = await run(['train', '--json', '--preset', 'demo', ...small, '--runs', join(folder, 'runs')]);
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    directory = only(eventsOf(outcome), 'done').directory;
  }, 240_000);

  it('has units that hold whether a quotation is open, and the number of the subject', async () => {
    const server = fork(inferenceScript, { serialization: 'advanced' });
    const connection = createMessageConnection(new IPCMessageReader(server), new IPCMessageWriter(server));
    const fractions: number[] = [];
    const problems: string[] = [];
    const stop = new AbortController();
    let onNews = (): void => undefined;
    hear(
      connection,
      inferenceNews.progress,
      (news) => {
        expect(news.ticket).toBe(ticket);
        fractions.push(news.fraction);
        onNews();
      },
      // Thrown here, it would be lost in the connection.
      (problem) => problems.push(String(problem)),
    );
    connection.listen();
    const model = { folder: directory };
    try {
      for (const name of ['h', 'c'] as const) {
        const series = { reading: 'forward', layer: 0, name } as const;
        const { features, scanned } = await ask(connection, inference.followers, {
          model,
          series,
          split,
          most: 1,
          ticket,
        });
        expect(scanned.tokens).toBe(scanned.of);
        for (const [feature, floor] of Object.entries(floors[name])) {
          const best = features.find((one) => one.feature === feature)?.units[0];
          expect(Math.abs(best?.correlation ?? NaN), `${feature} in ${name}`).toBeGreaterThan(floor);
          // What the unit likes says the same.
          const asked = { model, series, split, unit: best?.unit ?? -1, most: 3 } as const;
          const report = await ask(connection, inference.unitReport, asked);
          const own = report.correlations.find((one) => one.feature === feature)?.correlation;
          expect(own).toBeCloseTo(best?.correlation ?? NaN, 10);
        }
      }
      expect(fractions.length).toBeGreaterThan(0);

      // Where the unit of quotations is on for four tokens is inside of quotes, nearly always.
      const series = { reading: 'forward', layer: 0, name: 'c' } as const;
      const { features } = await ask(connection, inference.followers, { model, series, split, most: 1 });
      const best = features.find(({ feature }) => feature === 'grammarQuotation')?.units[0];
      const sign = (best?.correlation ?? NaN) > 0 ? 1 : -1;
      const units = [{ unit: best?.unit ?? -1, sign } as const];
      const pattern = { model, series, split, units, threshold: 0.8, length: 4, most: 20 } as const;
      const { contexts } = await ask(connection, inference.findContexts, pattern);
      expect(contexts).toHaveLength(20);
      const open = contexts.filter(({ before, span }) => {
        const words = [...before, ...span];
        return words.lastIndexOf('``') > Math.max(words.lastIndexOf("''"), words.lastIndexOf('<eos>'));
      });
      expect(open.length).toBeGreaterThanOrEqual(15);

      onNews = () => stop.abort();
      const told = fractions.length;
      const work = ask(
        connection,
        inference.followers,
        { model, series, split: 'train', most: 1, ticket },
        stop.signal,
      );
      await expect(work).rejects.toThrow('This operation was aborted');
      expect(fractions.length).toBeGreaterThan(told);
      await ask(connection, inference.open, { model });
      expect(problems).toEqual([]);
    } finally {
      const ended = once(server, 'exit');
      server.disconnect();
      await ended;
    }
  }, 120_000);
});
