import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { configurationSchema } from '../../../src/config/schema.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { createEngine } from '../../../src/engine/index.ts';
import { loadCorpus } from '../../../src/corpus/corpus.ts';
import { LoadedModel } from '../../../src/inference/loadedModel.ts';
import { idsOf, tokensOf } from '../../../src/inference/nextWords.ts';
import { corpusOf, passage } from '../../../src/inference/passage.ts';
import { describeCorpus } from '../../../src/trainedModel/runCorpus.ts';
import { initialParameters } from '../../../src/training/parameters.ts';
import { saveCheckpoint } from '../../../src/runs/checkpoints.ts';
import { createRun } from '../../../src/runs/store.ts';
import { newRun, rejection, withFolder } from '../runs/fixtures.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine({ name: 'onnx', device: 'cpu', threads: 1 });
});
const loaded: LoadedModel[] = [];
afterAll(async () => {
  for (const model of loaded) await model.dispose();
});

/** A model, untrained, of a text. */
async function modelOf(folder: string, text: string, unit: 'word' | 'character' = 'word'): Promise<LoadedModel> {
  const path = join(folder, 'corpus');
  await mkdir(path);
  for (const split of ['train', 'valid', 'test']) await writeFile(join(path, `${split}.txt`), text);
  const configuration = configurationSchema.parse({
    corpus: { kind: 'folder', path, unit },
    model: { hiddenSize: 4, layers: 1 },
  });
  const corpus = await loadCorpus(configuration.corpus);
  const { vocabulary } = corpus;
  const store = await createRun(
    newRun(join(folder, 'runs'), {
      configuration,
      corpus: describeCorpus(configuration, corpus),
      vocabulary: vocabulary.toJSON(),
    }),
  );
  await store.close();
  const parameters = [...initialParameters(configuration.model, vocabulary.size, 1)];
  const tensors = parameters.map(([name, { shape, data }]) => ({ name, shape: [...shape], data }));
  await saveCheckpoint(store.folder, { step: 0, tensors, progress: {} });
  const model = await LoadedModel.load({ folder: store.folder }, { engine });
  loaded.push(model);
  return model;
}

/** Asserts that a passage holds the position and reads back token for token. */
async function check(model: LoadedModel, position: number, length: number): Promise<string> {
  const { valid } = (await corpusOf(model)).splits;
  const found = await passage(model, { split: 'valid', position, length });
  const ids = idsOf(tokensOf(model, found.text));
  expect(found.position).toBeLessThanOrEqual(position);
  expect(found.position + ids.length).toBeGreaterThan(position);
  expect(ids).toEqual([...valid.subarray(found.position, found.position + ids.length)]);
  return found.text;
}

describe('a piece of the corpus', () => {
  it('is whole sentences around a position', () =>
    withFolder(async (folder) => {
      const lines = Array.from({ length: 40 }, (_, line) => `the cat number${line} sat on a mat`);
      const model = await modelOf(folder, `${lines.join('\n')}\n`);
      const text = await check(model, 100, 20);
      for (const line of text.trimEnd().split('\n')) expect(lines).toContain(line);
      await check(model, 0, 20);
      await check(model, 319, 20);
    }));

  it('holds a position that lies deep in a long line', () =>
    withFolder(async (folder) => {
      const model = await modelOf(folder, `${'a b c d e f g '.repeat(300).trim()}\n`);
      for (const position of [0, 700, 1500, 2099]) await check(model, position, 50);
    }));

  it('keeps the blanks of a text of characters, and begins with a word', () =>
    withFolder(async (folder) => {
      const model = await modelOf(folder, `${' the  cat sat \n'.repeat(60)}`, 'character');
      for (const position of [5, 203, 700]) await check(model, position, 30);
      const endless = await modelOf(join(folder, 'runs'), `${'one two three four '.repeat(200).trim()}\n`, 'character');
      expect(await check(endless, 1000, 40)).toMatch(/^(?:one|two|three|four) /);
    }));

  it('reads a corpus with capitals and abbreviations back as it is', () =>
    withFolder(async (folder) => {
      const lines = ['Mr. Smith saw etc.', 'He met Dr. Jones and Co.', 'The U.S. Firm saw Mr. He .'];
      const model = await modelOf(folder, `${lines.join('\n')}\n`.repeat(8));
      for (const position of [0, 4, 9, 30]) await check(model, position, 12);
    }));

  it('is read for all who ask: one who has gone does not take it from the others', () =>
    withFolder(async (folder) => {
      const model = await modelOf(folder, 'the cat sat\n'.repeat(30));
      const gone = new AbortController();
      const unwanted = rejection(passage(model, { split: 'valid', length: 5 }, gone.signal));
      const wanted = passage(model, { split: 'valid', position: 3, length: 5 });
      gone.abort(new Error('gone'));
      expect((await unwanted).message).toBe('gone');
      expect((await wanted).text).toContain('the cat sat');
    }));
});
