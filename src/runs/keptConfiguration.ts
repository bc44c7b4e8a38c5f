import { isDeepStrictEqual } from 'node:util';

import { isValues, type Values } from '../config/layers.ts';
import { readStoredConfiguration } from '../config/parse.ts';
import type { Configuration } from '../config/schema.ts';
import { writeFileAtomically } from '../util/atomicFile.ts';
import { FileError } from '../util/errors.ts';
import { asFileError } from '../util/fileErrors.ts';
import { maxBytes, readRegular } from '../util/regularFile.ts';
import type { Checkpoint } from './checkpoints.ts';
import { runPaths } from './layout.ts';
import { rewriteConfig } from './rewriteConfig.ts';
import type { RunConfig } from './schema.ts';

/** Keys of which a run does not hang: a person may rename it, and move its text, whose content is checked. */
const free: readonly string[] = ['name', 'corpus.path'];

/** Where config.json is copied to before what it was changed to is replaced. */
const changedEnding = '.changed';

/**
 * The configuration with which a run goes on from a checkpoint: the one that the checkpoint keeps, whatever became of
 * config.json since, unless that is accepted.
 *
 * @param options.accept takes that of config.json
 * @returns also a sentence that names the keys that differ; undefined where none does
 * @throws FileError where config.json cannot be written, or a newer version has saved the checkpoint
 */
export async function configurationToResume(
  folder: string,
  config: RunConfig,
  { checkpoint, accept }: { checkpoint: Pick<Checkpoint<unknown>, 'step' | 'configuration'>; accept: boolean },
): Promise<{ config: RunConfig; sentence?: string }> {
  if (checkpoint.configuration === undefined) return { config };
  const { configuration: kept, unknownKeys } = readStoredConfiguration(checkpoint.configuration);
  if (unknownKeys.length > 0)
    throw new FileError(
      `${folder}: the checkpoint was saved with ${unknownKeys.join(', ')}, which this version of Sequence Lab does not know; continue the run with the version that made it, or a newer one`,
    );
  const changed = changedKeys(kept, config, checkpoint.step);
  if (changed.length === 0) return { config };
  const keys = changed.map(({ path, before, now }) => `${path} (${said(before)}, now ${said(now)})`).join(', ');
  const { config: path } = runPaths(folder);
  if (accept) return { config, sentence: `${path} was changed since the checkpoint and is used as it is: ${keys}.` };
  const used = {
    ...kept,
    name: config.configuration.name,
    corpus: { ...kept.corpus, path: config.configuration.corpus.path },
  };
  await asFileError(`cannot copy ${path}`, async () =>
    writeFileAtomically(`${path}${changedEnding}`, await readRegular(path, maxBytes.json)),
  );
  await rewriteConfig(folder, (raw) => ({ ...raw, configuration: used }));
  return {
    config: { ...config, configuration: used },
    sentence:
      `${path} was changed since the checkpoint: ${keys}. The run goes on with what it was trained with, and the file has that ` +
      `again; the changed one is ${path}${changedEnding}. To train on with the changed values: seqlab resume --accept-config.`,
  };
}

interface Change {
  readonly path: string;
  readonly before: unknown;
  readonly now: unknown;
}

function changedKeys(kept: Configuration, { configuration, learningRates = [] }: RunConfig, step: number): Change[] {
  // A rate that was given for the steps after this checkpoint stands in config.json before the next checkpoint does.
  const hasNewRate = step === 0 || learningRates.some(({ untilStep }) => untilStep === step);
  const isFree = (path: string) => free.includes(path) || (hasNewRate && path === 'training.learningRate');
  return [...differences(kept, configuration, '')].filter(({ path }) => !isFree(path));
}

function* differences(before: Values, now: Values, place: string): Generator<Change> {
  for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const path = place === '' ? key : `${place}.${key}`;
    const [old, fresh] = [before[key], now[key]];
    if (isValues(old) && isValues(fresh)) yield* differences(old, fresh, path);
    else if (!isDeepStrictEqual(old, fresh)) yield { path, before: old, now: fresh };
  }
}

function said(value: unknown): string {
  return value === undefined ? 'not there' : JSON.stringify(value);
}
