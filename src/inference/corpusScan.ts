import { layerSize } from '../config/sizes.ts';
import { setImmediate as turn } from 'node:timers/promises';

import type { TokenIds } from '../corpus/batches.ts';
import type { SplitName } from '../corpus/splits.ts';
import { cells } from '../model/cells/index.ts';
import type { Series } from '../protocol/inference.ts';
import { ConfigurationError } from '../util/errors.ts';
import type { LoadedModel } from './loadedModel.ts';
import { corpusOf } from './passage.ts';
import { SharedWork } from './sharedWork.ts';
import type { WorkOptions } from './sharedWork.ts';
import { requireSeries } from './states.ts';

/** One series of a model over the text of a split, or the beginning of it. */
export interface Scan {
  /** The tokens that were read, in the order of the text. */
  readonly ids: TokenIds;
  readonly units: number;
  /** [tokens, units]: after each token was read. */
  readonly values: Float32Array;
  /** How many tokens were read, of how many that the split has. */
  readonly scanned: { tokens: number; of: number };
}

/** Numbers that are kept of each model, 100 MB a model: what is asked next is mostly of the same series. */
const maxNumbers = 25_000_000;
/** Read side by side: the products of the layers then have rows enough to run at speed. */
const maxStreams = 16;
/** A shorter stream would be mostly beginnings, whose states have seen little of the text. */
const shortestStream = 256;
/** How far behind an even cut a sentence may end, for the cut to be there. */
const cutReach = 200;
/** Numbers that are worked through before others have their turn: some milliseconds. */
const numbersPerTurn = 500_000;

interface Kept {
  readonly key: string;
  readonly scan: Scan;
}

/** Of each model its last scans, that asked for last first. */
const kept = new WeakMap<LoadedModel, Kept[]>();
const underWay = new WeakMap<LoadedModel, SharedWork<Scan>>();

/**
 * Runs a model over a split of its run's corpus, in up to 16 streams side by side. Each stream begins at the beginning of
 * a sentence (where the text has sentences) with the end of one, from zero states; the backward layers begin so at the
 * stream's end. Of a text for which the numbers would not fit, its beginning is read. The last scans of a model are kept
 * as long as the model is, and who asks for one that is being made waits for it.
 *
 * @throws ConfigurationError where the network has no such series, or the split no text; FileError where the corpus
 *   cannot be read; the reason of `signal` when it aborts
 */
export async function scanCorpus(
  model: LoadedModel,
  { series, split }: { series: Series; split: SplitName },
  options: WorkOptions = {},
): Promise<Scan> {
  requireSeries(model, [series]);
  const key = JSON.stringify([split, series.reading, series.layer, series.name]);
  const known = kept.get(model)?.find((entry) => entry.key === key);
  if (known) return keep(model, known);
  const shared = underWay.get(model) ?? new SharedWork<Scan>();
  underWay.set(model, shared);
  return shared.join(key, options, async (work) =>
    keep(model, { key, scan: await scanOf(model, { series, split }, work) }),
  );
}

async function scanOf(
  model: LoadedModel,
  { series, split }: { series: Series; split: SplitName },
  options: WorkOptions,
): Promise<Scan> {
  const all = (await corpusOf(model)).splits[split];
  options.signal?.throwIfAborted();
  if (all.length === 0) throw new ConfigurationError(`The corpus of this run has no ${split} text to search.`);
  const units = layerSize(model.model, series.layer);
  const ids = all.subarray(0, Math.min(all.length, Math.max(1, Math.floor(maxNumbers / units))));
  const values = await read(model, { ids, series }, options);
  return { ids, units, values, scanned: { tokens: ids.length, of: all.length } };
}

function keep(model: LoadedModel, entry: Kept): Scan {
  const others = (kept.get(model) ?? []).filter(({ key }) => key !== entry.key);
  const list = [entry];
  let numbers = entry.scan.values.length;
  for (const other of others) {
    numbers += other.scan.values.length;
    if (numbers <= maxNumbers) list.push(other);
  }
  kept.set(model, list);
  return entry.scan;
}

async function read(
  model: LoadedModel,
  { ids, series }: { ids: TokenIds; series: Series },
  { signal, onProgress }: WorkOptions,
): Promise<Float32Array> {
  const { reading, layer, name } = series;
  const units = layerSize(model.model, layer);
  const end = model.vocabulary.endOfSentenceId;
  const streams = cut(ids, end);
  const batchSize = streams.length;
  const steps = 1 + Math.max(...streams.map(({ from, to }) => to - from));
  // Behind the end of a shorter stream stand ends of sentences, whose values nobody takes.
  const fed = new Int32Array(steps * batchSize).fill(end);
  const placeOf = (stream: { from: number; to: number }, step: number): number =>
    reading === 'forward' ? stream.from + step - 1 : stream.to - step;
  streams.forEach((stream, row) => {
    for (let step = 1; step <= stream.to - stream.from; step++)
      fed[step * batchSize + row] = ids[placeOf(stream, step)] ?? end;
  });
  const values = new Float32Array(ids.length * units);
  const gates = !cells[model.model.cell].states.includes(name);
  for await (const chunk of model.reader.read(fed, { reading, gates, batchSize, signal })) {
    const made = chunk.series(layer, name);
    for (let place = 0; place < chunk.count; place++) {
      const step = chunk.start + place;
      streams.forEach((stream, row) => {
        if (step === 0 || step > stream.to - stream.from) return;
        const at = (place * batchSize + row) * units;
        values.set(made.subarray(at, at + units), placeOf(stream, step) * units);
      });
    }
    onProgress?.((chunk.start + chunk.count) / steps);
  }
  return values;
}

/** Even parts of a text, each but the first from the beginning of a sentence where one begins near the even cut. */
export function cut(ids: TokenIds, endOfSentence: number): { from: number; to: number }[] {
  const count = ids.length < 2 * shortestStream ? 1 : Math.min(maxStreams, Math.floor(ids.length / shortestStream));
  const starts = Array.from({ length: count }, (_, index) => {
    const even = Math.floor((index * ids.length) / count);
    if (index === 0) return 0;
    const ended = ids.subarray(even - 1, Math.min(ids.length - 1, even + cutReach)).indexOf(endOfSentence);
    return ended < 0 ? even : even + ended;
  });
  const distinct = [...new Set(starts)].sort((a, b) => a - b);
  return distinct.map((from, index) => ({ from, to: distinct[index + 1] ?? ids.length }));
}

/**
 * Works through the tokens of a scan one after another, and lets others have their turn on the way.
 *
 * @throws the reason of `signal` when it aborts
 */
export async function eachToken(
  { ids, units }: Pick<Scan, 'ids' | 'units'>,
  signal: AbortSignal | undefined,
  work: (token: number) => void,
): Promise<void> {
  const perTurn = Math.max(1, Math.floor(numbersPerTurn / units));
  for (let start = 0; start < ids.length; start += perTurn) {
    if (start > 0) await turn();
    signal?.throwIfAborted();
    const end = Math.min(ids.length, start + perTurn);
    for (let token = start; token < end; token++) work(token);
  }
}
