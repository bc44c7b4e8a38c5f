import { text as readAll } from 'node:stream/consumers';
import type { LoadedModel } from '../inference/loadedModel.ts';
import { Models } from '../inference/models.ts';
import type { CheckpointKind } from '../runs/checkpoints.ts';
import { findRun } from '../runs/layout.ts';
import { interruptibly } from './interrupt.ts';
import { onNotice } from './output.ts';

/** What commands that ask a model are given. */
export interface ModelOptions {
  runs: string;
  checkpoint?: CheckpointKind;
  threads?: number;
}

/** Loads a run's model, works with it and frees it. @returns what the work comes to @throws FileError, EngineError; InterruptedError after Ctrl-C */
export async function withModel<Result>(
  run: string,
  { runs, checkpoint, threads = 0 }: ModelOptions,
  work: (model: LoadedModel, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const folder = await findRun(run, runs);
  return interruptibly('ending', async (signal) => {
    const models = new Models({ threads, onNotice });
    try {
      return await models.use({ folder, checkpoint }, (model) => work(model, signal));
    } finally {
      models.close();
    }
  });
}

/** What `--text` says: a text, or standard input for `-`, without the line break that ends it as it ends every file. */
export async function textOf(given: string): Promise<string> {
  return given === '-' ? (await readAll(process.stdin)).replace(/\r?\n$/, '') : given;
}

/** The words of a text that the model does not know, each once. */
export function unknownOf(tokens: readonly { readonly token: string; readonly known: boolean }[]): string[] {
  return [...new Set(tokens.flatMap(({ token, known }) => (known ? [] : [token])))];
}

const maxTold = 20;
const longestTold = 60;

/** Tells a person, on stderr, which words the model does not know; of many the first. */
export function tellUnknown(unknown: readonly string[]): void {
  if (unknown.length === 0) return;
  const told = unknown
    .slice(0, maxTold)
    .map((word) => (word.length > longestTold ? `${word.slice(0, longestTold)}…` : word));
  const more = unknown.length > maxTold ? ` and ${(unknown.length - maxTold).toLocaleString('en-US')} more` : '';
  onNotice(`not in the vocabulary: ${told.join(', ')}${more}`);
}
