import { cp, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { temporaryFolder } from './support.ts';

const fixture = resolve(import.meta.dirname, '../fixtures/runs-0.1.0');

const figure = z.number().positive();
const nextWords = z.array(z.object({ word: z.string(), probability: z.number().positive() })).length(5);

const expectedSchema = z.record(
  z.string(),
  z.object({
    /** Steps done when the run was interrupted. */
    step: z.int().positive(),
    /** Of the checkpoint at the interruption. */
    perplexity: z.object({ valid: figure, test: figure }),
    predict: z.object({ prompt: z.array(z.string()), next: nextWords }),
    /** After version 0.1.0 had resumed the run. */
    end: z.object({
      epochs: z.int().positive(),
      trainPerplexity: figure,
      validPerplexity: figure,
      testPerplexity: figure,
    }),
  }),
);

/** What version 0.1.0 computed of each run of the fixture, by the run's name. */
export const expectedOfEarlier = expectedSchema.parse(
  JSON.parse(await readFile(join(fixture, 'expected.json'), 'utf8')),
);

export const earlierRunNames = Object.keys(expectedOfEarlier);

/** Those that were computed with several threads, and what is said of each. */
export function sumsNoticeOf(name: string): string | undefined {
  if (!['two-threads', 'all-cores'].includes(name)) return undefined;
  return `The run ${name} was trained with a version whose sums could be wrong with several threads: train it again to be sure of its figures.`;
}

/** Copies the runs that version 0.1.0 made, with their corpus, to a temporary folder. @returns the folder for runs */
export async function copyEarlierRuns(): Promise<string> {
  const folder = await temporaryFolder();
  await cp(fixture, folder, { recursive: true });
  const corpus = JSON.stringify(join(folder, 'corpus'));
  for (const name of earlierRunNames) {
    const path = join(folder, 'runs', name, 'config.json');
    await writeFile(
      path,
      (await readFile(path, 'utf8')).replaceAll('"@corpus@"', () => corpus),
    );
  }
  return join(folder, 'runs');
}
