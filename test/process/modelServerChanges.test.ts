import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inference } from '../../src/protocol/inference.ts';
import type { ModelChoice } from '../../src/protocol/inference.ts';
import { ask } from '../../src/protocol/rpc.ts';
import { saveCheckpoint } from '../../src/runs/checkpoints.ts';
import type { TensorData } from '../../src/formats/safetensors.ts';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import { rejection } from '../unit/runs/fixtures.ts';
import { readFixture, runOf } from './readings.ts';
import { cleanFolders, inferenceScript } from './support.ts';

/** The real model server where files change under it, and where many ask at once. */

describe('the model server', () => {
  cleanFolders('all');
  let server: ChildProcess;
  let connection: MessageConnection;
  beforeAll(() => {
    server = fork(inferenceScript, { serialization: 'advanced' });
    connection = createMessageConnection(new IPCMessageReader(server), new IPCMessageWriter(server));
    connection.listen();
  });
  afterAll(async () => {
    const ended = once(server, 'exit');
    server.disconnect();
    await ended;
  });

  const modelOf = async (name: string): Promise<{ folder: string }> => ({
    folder: await runOf(await readFixture(name)),
  });
  const next = async (model: ModelChoice): Promise<{ word: string; probability: number }[]> => {
    const params = inference.next.params.parse({ model, text: 'the', top: 3 });
    return (await ask(connection, inference.next, params)).next;
  };
  /** The tensors of a run's checkpoint with other numbers. */
  const otherTensors = async (folder: string, change: (value: number) => number): Promise<TensorData[]> => {
    const { tensors } = await readSafetensors(join(folder, 'checkpoints', 'step-00000007.safetensors'));
    return tensors.map((tensor) =>
      tensor.data instanceof Float32Array ? { ...tensor, data: tensor.data.map(change) } : tensor,
    );
  };

  it.each([{}, { checkpoint: 'newest' }, { checkpoint: 7 }] as const)(
    'answers by a run that was put in the place of another with its name and steps, asked for %o',
    async (choice) => {
      const { folder } = await modelOf('lstm.json');
      const model: ModelChoice = { folder, ...choice };
      const before = await next(model);
      const copy = `${folder}-copy`;
      await cp(folder, copy, { recursive: true });
      await saveCheckpoint(copy, {
        step: 7,
        tensors: await otherTensors(folder, (value) => 3 * value),
        progress: {},
      });
      const expected = await next({ ...model, folder: copy });
      expect(expected).not.toEqual(before);
      await rm(folder, { recursive: true });
      await rename(copy, folder);
      await ask(connection, inference.open, { model });
      expect(await next(model)).toEqual(expected);
    },
  );

  it('says of weights that are no numbers that the training diverged, and lives on', async () => {
    const model = await modelOf('gru.json');
    const before = await next(model);
    const tensors = await otherTensors(model.folder, (value) => value);
    for (const strange of [NaN, Infinity]) {
      const [first] = tensors;
      if (first?.data instanceof Float32Array) first.data[0] = strange;
      await saveCheckpoint(model.folder, { step: 9, tensors, progress: {} });
      const { message } = await rejection(ask(connection, inference.open, { model }));
      expect(message).toMatch(/weights of step 9 .* not numbers\. The training diverged: use another checkpoint/);
    }
    expect(await next({ ...model, checkpoint: 7 })).toEqual(before);
  });

  it('answers those who ask at once as it answers them one after the other', async () => {
    const models = await Promise.all(['lstm.json', 'gru.json'].map(modelOf));
    const requests = models.flatMap((model) =>
      ['the cat sat', 'the dog sat', 'on a mat', 'the mat'].flatMap((text) => [
        // Several of one length: they are ready to be read at the same moment.
        ...Array.from({ length: 5 }, () => () => ask(connection, inference.cell, { model, sentence: text })),
        () => ask(connection, inference.score, { model, text, top: 3 }),
        () =>
          ask(
            connection,
            inference.generate,
            inference.generate.params.parse({ model, prompt: text, words: 9, seed: 1 }),
          ),
      ]),
    );
    const alone = [];
    for (const request of requests) alone.push(await request());
    expect(await Promise.all(requests.map((request) => request()))).toEqual(alone);
  });
});
