import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { cellIds } from '../../src/config/cells.ts';
import { configurationSchema } from '../../src/config/schema.ts';
import { parameterSpecifications } from '../../src/model/languageModel.ts';
import { saveCheckpoint } from '../../src/runs/checkpoints.ts';
import { createRun } from '../../src/runs/store.ts';
import { newRun } from '../unit/runs/fixtures.ts';
import { temporaryFolder } from './support.ts';

/** Runs with the small networks that test/fixtures/pytorch_readings.py has read a sentence with. */

export const fixtures = join(import.meta.dirname, '../fixtures/pytorch_readings');
const row = z.array(z.number());
const rows = z.array(row);
const fixtureSchema = z.object({
  model: z.object({
    cell: z.enum(cellIds),
    layers: z.int(),
    direction: z.enum(['forward', 'bidirectional']),
    tiedEmbeddings: z.boolean(),
    hiddenSize: z.int(),
  }),
  words: z.array(z.string()),
  text: z.string(),
  tensors: z.record(z.string(), row),
  layers: z.array(z.object({ direction: z.string(), layer: z.int() }).catchall(rows)),
  probabilities: row,
  ranks: z.array(z.int()),
  perplexity: z.number(),
  next: row,
});
export type Fixture = z.output<typeof fixtureSchema>;

/** A run whose newest checkpoint has the fixture's weights. */
export async function runOf(fixture: Fixture): Promise<string> {
  const runsFolder = await temporaryFolder();
  const { words, tensors } = fixture;
  const configuration = configurationSchema.parse({ model: fixture.model });
  const corpus = { ...newRun(runsFolder).corpus, vocabulary: words.length };
  const vocabulary = { words, counts: words.map(() => 1) };
  const store = await createRun(newRun(runsFolder, { configuration, corpus, vocabulary }));
  const named = parameterSpecifications(configuration.model, words.length).map(({ name, shape }) => ({
    name,
    shape: [...shape],
    data: Float32Array.from(tensors[name] ?? []),
  }));
  await saveCheckpoint(store.folder, { step: 7, tensors: named, progress: {} });
  await store.close();
  return store.folder;
}

/** @param name of the fixture's file */
export async function readFixture(name: string): Promise<Fixture> {
  return fixtureSchema.parse(JSON.parse(await readFile(join(fixtures, name), 'utf8')));
}
