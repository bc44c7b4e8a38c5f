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

/** Loads a run's model, works with it and frees it. @throws FileError, EngineError; InterruptedError after Ctrl-C */
export async function withModel(
  run: string,
  { runs, checkpoint, threads = 0 }: ModelOptions,
  work: (model: LoadedModel, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const folder = await findRun(run, runs);
  await interruptibly('ending', async (signal) => {
    const models = new Models({ threads, onNotice });
    try {
      await models.use({ folder, checkpoint }, (model) => work(model, signal));
    } finally {
      models.close();
    }
  });
}

/** What `--text` says: a text, or standard input for `-`. */
export async function textOf(given: string): Promise<string> {
  return given === '-' ? readAll(process.stdin) : given;
}
