import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inference, inferenceNews } from '../../src/protocol/inference.ts';
import type { ModelChoice } from '../../src/protocol/inference.ts';
import { ask, hear } from '../../src/protocol/rpc.ts';
import { saveCheckpoint } from '../../src/runs/checkpoints.ts';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import { rejection } from '../unit/runs/fixtures.ts';
import { readFixture, runOf } from './readings.ts';
import { cleanFolders, inferenceScript } from './support.ts';

/** The real model server, asked over its channel as the extension host does. */

const sampling = { temperature: 1, topK: 0, topP: 1, banUnknown: false };

describe('the model server', () => {
  cleanFolders('all');
  let server: ChildProcess;
  let connection: MessageConnection;
  const notices: string[] = [];
  const drawn: string[] = [];
  const progress: number[] = [];
  /** News that could not be used: whoever throws in a listener is not heard. */
  const problems: unknown[] = [];
  beforeAll(() => {
    server = fork(inferenceScript, { serialization: 'advanced' });
    connection = createMessageConnection(new IPCMessageReader(server), new IPCMessageWriter(server));
    const fail = (problem: unknown) => problems.push(problem);
    hear(connection, inferenceNews.notice, ({ sentence }) => notices.push(sentence), fail);
    hear(connection, inferenceNews.words, ({ words }) => drawn.push(...words), fail);
    hear(connection, inferenceNews.progress, ({ fraction }) => progress.push(fraction), fail);
    connection.listen();
  });
  afterAll(async () => {
    const ended = once(server, 'exit');
    // As when the window is gone.
    server.disconnect();
    await ended;
    expect(problems).toEqual([]);
  });

  const modelOf = async (name: string): Promise<ModelChoice & { folder: string }> => ({
    folder: await runOf(await readFixture(name)),
  });
  const next = (model: ModelChoice, text: string) =>
    ask(connection, inference.next, { model, text, after: '', top: 5, sampling });
  const score = (model: ModelChoice, text: string, signal?: AbortSignal) =>
    ask(connection, inference.score, { model, text, top: 3, ticket: 1 }, signal);

  it('tells what a model is', async () => {
    const facts = await ask(connection, inference.open, { model: await modelOf('lstm-bidirectional.json') });
    expect(facts).toEqual({
      checkpointStep: 7,
      cell: 'lstm',
      direction: 'bidirectional',
      layers: 2,
      hiddenSize: 5,
      vocabularySize: 11,
      unit: 'word',
      series: ['h', 'c', 'input', 'forget', 'output', 'candidate'],
    });
  });

  it('says the same of a text whether it was read at once or word by word', async () => {
    const model = await modelOf('gru.json');
    const words = 'the dog saw a cat on the mat . the cat sat on a mat'.split(' ');
    const grown = [];
    for (let count = 1; count <= words.length; count++) grown.push(await next(model, words.slice(0, count).join(' ')));
    await ask(connection, inference.close, { folder: model.folder });
    const whole = await next(model, words.join(' '));
    const last = grown.at(-1);
    expect(whole.next.map(({ word }) => word)).toEqual(last?.next.map(({ word }) => word));
    for (const [index, { probability }] of whole.next.entries())
      expect(Math.abs(probability - (last?.next[index]?.probability ?? NaN))).toBeLessThan(1e-6);
  });

  it('fills a gap from both sides with a bidirectional model', async () => {
    const model = await modelOf('lstm-bidirectional.json');
    const fill = (after: string) =>
      ask(connection, inference.next, { model, text: 'the cat', after, top: 11, sampling });
    const [one, other] = [await fill('on the mat'), await fill('saw a dog')];
    expect(one.next).not.toEqual(other.next);
    // What `score` gives the word in its place is what the gap is filled with.
    const { tokens } = await score(model, 'the cat sat on the mat');
    const sat = one.next.find(({ word }) => word === 'sat');
    expect(Math.abs((sat?.probability ?? NaN) - (tokens[2]?.probability ?? NaN))).toBeLessThan(1e-6);
  });

  it('streams what it draws, and ends when it is told to', async () => {
    const model = await modelOf('lstm.json');
    const request = {
      model,
      prompt: 'the cat',
      words: 1_000_000,
      sampling: { ...sampling, banUnknown: true },
      seed: 4,
      ticket: 9,
    };
    const ending = new AbortController();
    const answer = ask(connection, inference.generate, request, ending.signal);
    while (drawn.length < 20) await next(model, 'the');
    ending.abort();
    const { words, text } = await answer;
    expect(words.length).toBeGreaterThanOrEqual(20);
    expect(words.slice(0, drawn.length)).toEqual(drawn);
    expect(text).not.toBe('');
    expect(words).not.toContain('<unk>');
  });

  it.each([
    ['nothing', '', 0],
    ['white space', ' \t ', 0],
    ['no word that it knows', 'zebra unicorn', 2],
    ['emoji', '😀 👨‍👩‍👧 the', undefined],
    ['right-to-left text', 'שלום the cat مرحبا', undefined],
    ['null bytes and a lone surrogate', 'the\u0000cat \ud800 sat', undefined],
    ['one endless word', 'x'.repeat(1_000_000), 1],
  ])('takes %s', async (_, text, unknown) => {
    for (const name of ['lstm.json', 'lstm-bidirectional.json']) {
      const model = await modelOf(name);
      const { next: words, unknown: found } = await next(model, text);
      expect(words).toHaveLength(5);
      for (const { probability } of words) expect(probability).toBeGreaterThan(0);
      if (unknown !== undefined) expect(found).toHaveLength(unknown);
      const { tokens, perplexity } = await score(model, text);
      if (tokens.length === 0) expect(perplexity).toBeNull();
      for (const { token, bits, start, end } of tokens) {
        expect(bits).toBeGreaterThanOrEqual(0);
        if (token !== '<eos>') expect(text.slice(start, end)).toBe(token);
      }
      const series = [{ reading: 'forward' as const, layer: 0, name: 'h' }];
      const states = await ask(connection, inference.states, { model, text, series });
      expect(Buffer.from(states.values[0] ?? '', 'base64').length).toBe(tokens.length * 5 * 4);
      const completed = await ask(connection, inference.complete, {
        model,
        before: text,
        after: '',
        words: 3,
        minimumProbability: 0,
      });
      expect(completed.completion === null).toBe(completed.why !== '');
    }
  });

  describe('a long text', () => {
    const words = ['the', 'cat', 'sat .', 'on', 'a .'];
    const textOf = (count: number): string =>
      Array.from({ length: count }, (_, place) => words[place % words.length]).join(' ');

    // A bidirectional model reads it three times, in blocks of 4096 tokens: seven of them do.
    it.each([
      ['gru.json', 100_000],
      ['lstm-bidirectional.json', 20_000],
    ])(
      'is read by %s, which tells how far it is: %i words and their points',
      async (name, count) => {
        progress.length = 0;
        const { tokens, perplexity } = await score(await modelOf(name), textOf(count));
        expect(tokens).toHaveLength(1.4 * count);
        expect(Number.isFinite(perplexity)).toBe(true);
        expect(progress.length).toBeGreaterThan(0);
        expect([...progress].sort((a, b) => a - b)).toEqual(progress);
      },
      120_000,
    );

    it('is read no further when nobody wants it any more', async () => {
      const model = await modelOf('lstm-bidirectional.json');
      const ending = new AbortController();
      const start = performance.now();
      const unwanted = rejection(score(model, textOf(100_000), ending.signal));
      await next(model, 'the');
      ending.abort();
      await unwanted;
      // It stopped between two calls of the engine: to score all of it takes many times as long.
      expect(performance.now() - start).toBeLessThan(5000);
    });
  });

  it('refuses a request that makes no sense, in words', async () => {
    const model = await modelOf('gru.json');
    const states = (series: { reading: 'forward' | 'backward'; layer: number; name: string }) =>
      rejection(ask(connection, inference.states, { model, text: 'the', series: [series] }));
    expect((await states({ reading: 'forward', layer: 2, name: 'h' })).message).toContain('2 layers');
    expect((await states({ reading: 'forward', layer: 0, name: 'c' })).message).toContain(
      'h, reset, update, candidate',
    );
    expect((await states({ reading: 'backward', layer: 0, name: 'h' })).message).toContain('reads forwards only');
    const wrong = await rejection(connection.sendRequest('inference/next', { model, text: 7 }));
    expect(wrong.message).toContain('text');
    const series = Array.from({ length: 20 }, () => ({ reading: 'forward' as const, layer: 0, name: 'h' }));
    const long = { model, text: 'the cat '.repeat(150_000), series };
    expect((await rejection(ask(connection, inference.states, long))).message).toContain('Use a shorter text');
    expect((await next(model, 'the')).next).toHaveLength(5);
  });

  it('passes over a damaged checkpoint, and says what is wrong where there is no other', async () => {
    const model = await modelOf('lstm.json');
    const checkpoints = join(model.folder, 'checkpoints');
    const good = await next(model, 'the');
    const { tensors } = await readSafetensors(join(checkpoints, 'step-00000007.safetensors'));
    await saveCheckpoint(model.folder, { step: 9, tensors, progress: {} });
    const newer = join(checkpoints, 'step-00000009.safetensors');
    const bytes = await readFile(newer);
    bytes[bytes.length - 3]! ^= 1;
    await writeFile(newer, bytes);
    await ask(connection, inference.close, { folder: model.folder });
    expect(await next(model, 'the')).toEqual(good);
    expect(notices.some((sentence) => sentence.includes('step-00000009'))).toBe(true);

    const older = join(checkpoints, 'step-00000007.safetensors');
    await writeFile(older, (await readFile(older)).subarray(0, 100));
    await ask(connection, inference.close, { folder: model.folder });
    const { message } = await rejection(next(model, 'the'));
    expect(message).toContain('step-00000007');
    expect(message).toContain('no checkpoint');
    // Mended, it is read again without a new process.
    await saveCheckpoint(model.folder, { step: 11, tensors, progress: {} });
    expect((await next(model, 'the')).next).toEqual(good.next);
  });

  it('reads a newer checkpoint of a run that trains', async () => {
    const model = await modelOf('rnn.json');
    const before = await ask(connection, inference.open, { model });
    const { tensors } = await readSafetensors(join(model.folder, 'checkpoints/step-00000007.safetensors'));
    await saveCheckpoint(model.folder, { step: 12, tensors, progress: {} });
    expect((await ask(connection, inference.open, { model })).checkpointStep).toBe(12);
    expect(before.checkpointStep).toBe(7);
    const atStep = { ...model, checkpoint: 7 };
    expect((await ask(connection, inference.open, { model: atStep })).checkpointStep).toBe(7);
    const { message } = await rejection(ask(connection, inference.open, { model: { ...model, checkpoint: 8 } }));
    expect(message).toContain('no checkpoint of step 8; it has 7, 12');
    // Two are kept on the disk; one that somebody looks at stays at hand.
    await saveCheckpoint(model.folder, { step: 13, tensors, progress: {} });
    expect((await ask(connection, inference.open, { model })).checkpointStep).toBe(13);
    expect((await ask(connection, inference.open, { model: atStep })).checkpointStep).toBe(7);
  });

  it('says that a run is gone, and lives on', async () => {
    const model = await modelOf('gru.json');
    const other = await modelOf('lstm.json');
    await next(model, 'the');
    await rm(model.folder, { recursive: true });
    await expect
      .poll(async () => (await next(model, 'the').catch((error: Error) => error)) instanceof Error, { timeout: 10_000 })
      .toBe(true);
    expect((await rejection(next(model, 'the'))).message).toContain('is gone: the run was deleted or moved');
    expect((await next(other, 'the')).next).toHaveLength(5);
    expect(await readdir(other.folder)).toContain('checkpoints');
  });
});
