import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { describe, expect, it } from 'vitest';
import { inference, inferenceNews } from '../../src/protocol/inference.ts';
import type { FeatureName, ModelChoice } from '../../src/protocol/inference.ts';
import { ask, hear } from '../../src/protocol/rpc.ts';
import { cleanFolders, eventsOf, inferenceScript, only, run, temporaryFolder } from './support.ts';

/**
 * Units of a model that was trained on the built-in corpus follow what its grammar hides, and the model server finds them.
 * The demo with 64 units, three epochs: some nine seconds of a core a model. Two threads end with the same numbers bit
 * for bit, somewhat earlier, and take nearly twice the processor's time for it, which other tests need.
 */

cleanFolders('all');

/** Least |r| of the best unit of h and of c: of an open quotation, and of the number of a verb to come. */
const floors: Readonly<Record<'h' | 'c', Partial<Record<FeatureName, number>>>> = {
  c: { grammarQuotation: 0.75, verbNumber: 0.45 },
  h: { grammarQuotation: 0.55, verbNumber: 0.45 },
};

/**
 * Whether one unit alone holds a fact, or several share it in a model that predicts as well, is decided by the last digits
 * of a training, so by the processor too: on an AMD EPYC, |r| of the quotation in c was 0.85 to 0.92 with three seeds and
 * 0.52 with one of them in another version. Of so many models one must hold all facts.
 */
const seeds = [3, 1, 2, 4];

const split = 'test';
const ticket = 7;

async function train(seed: number): Promise<string> {
  const folder = await temporaryFolder();
  const small = ['--threads', '1', '--epochs', '3', '--seed', `${seed}`, '--no-test', '--set', 'model.hiddenSize=64'];
  const outcome = await run(['train', '--json', '--preset', 'demo', ...small, '--runs', join(folder, 'runs')]);
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  return only(eventsOf(outcome), 'done').directory;
}

/** |r| of the best unit of each fact that has a floor. */
async function measureFacts(connection: MessageConnection, model: ModelChoice) {
  const found: { what: string; correlation: number; floor: number }[] = [];
  for (const name of ['h', 'c'] as const) {
    const series = { reading: 'forward', layer: 0, name } as const;
    const asked = { model, series, split, most: 1, ticket } as const;
    const { features, scanned } = await ask(connection, inference.followers, asked);
    expect(scanned.tokens).toBe(scanned.of);
    for (const [feature, floor] of Object.entries(floors[name])) {
      const best = features.find((one) => one.feature === feature)?.units[0];
      found.push({ what: `${feature} in ${name}`, correlation: Math.abs(best?.correlation ?? NaN), floor });
      // What the unit likes says the same.
      const unit = { model, series, split, unit: best?.unit ?? -1, most: 3 } as const;
      const report = await ask(connection, inference.unitReport, unit);
      const own = report.correlations.find((one) => one.feature === feature)?.correlation;
      expect(own).toBeCloseTo(best?.correlation ?? NaN, 10);
    }
  }
  return found;
}

describe('a model of the built-in corpus', () => {
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
    try {
      let model: ModelChoice | undefined;
      const measured: string[] = [];
      for (const seed of seeds) {
        model = { folder: await train(seed) };
        const facts = await measureFacts(connection, model);
        const words = facts.map(({ what, correlation }) => `${what} ${correlation.toFixed(2)}`);
        measured.push(`seed ${seed}: ${words.join(', ')}`);
        if (facts.every(({ correlation, floor }) => correlation > floor)) break;
        model = undefined;
      }
      if (model === undefined) throw new Error(`no model has a unit for each fact: ${measured.join('; ')}`);
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
  }, 300_000);
});
