import { layerSize } from '../config/sizes.ts';
import type { z } from 'zod';

import type { inference, Series } from '../protocol/inference.ts';
import type { SplitName } from '../corpus/splits.ts';
import { ConfigurationError } from '../util/errors.ts';
import { bestPlaces, contextAt, fitsOf } from './contexts.ts';
import type { Wording } from './contexts.ts';
import { correlationsOf } from './correlations.ts';
import { scanCorpus } from './corpusScan.ts';
import type { Scan } from './corpusScan.ts';
import type { WorkOptions } from './sharedWork.ts';
import { featuresOf } from './features.ts';
import type { Feature } from './features.ts';
import type { LoadedModel } from './loadedModel.ts';
import { wordOf } from './nextWords.ts';

/*
 * What the units of a network do over the text that it was made for. The answers are functions of the weights and the
 * text alone. All of them read the corpus once for a series (corpusScan.ts).
 */

type Answer<K extends keyof typeof inference> = z.output<(typeof inference)[K]['result']>;

interface Asked {
  readonly series: Series;
  readonly split: SplitName;
}

/** What reading the corpus takes of all the time. */
const readingShare = 0.9;

/**
 * Places in the corpus at which the same units are on, those at which most of them are first, then those at which the
 * fewest others are. Places at which none is are no answer.
 *
 * @throws what scanCorpus throws; ConfigurationError for a unit that the network does not have
 */
export async function findContexts(
  model: LoadedModel,
  asked: Asked & { units: readonly { unit: number; sign: 1 | -1 }[]; threshold: number; length: number; most: number },
  options: WorkOptions = {},
): Promise<Answer<'findContexts'>> {
  const { length, most } = asked;
  for (const { unit } of asked.units) requireUnit(model, asked.series, unit);
  const scan = await scanCorpus(model, asked, partOf(options));
  const { wanted, others } = await fitsOf(scan, asked, options.signal);
  const pattern = new Set(asked.units.map(({ unit }) => unit)).size;
  const order = (a: number, b: number): number => wanted[b]! - wanted[a]! || others[a]! - others[b]!;
  const found = bestPlaces(wanted.length, { order, most, distance: length }).filter((place) => wanted[place]! > 0);
  const wording = wordingOf(model);
  return {
    contexts: found.map((position) =>
      contextAt(scan, wording, { position, length, score: wanted[position]! / pattern }),
    ),
    scanned: scan.scanned,
  };
}

/**
 * Where in the corpus a unit is highest and lowest, and what it follows.
 *
 * @throws what scanCorpus throws; ConfigurationError for a unit that the network does not have
 */
export async function unitReport(
  model: LoadedModel,
  asked: Asked & { unit: number; most: number },
  options: WorkOptions = {},
): Promise<Answer<'unitReport'>> {
  const { unit, most } = asked;
  requireUnit(model, asked.series, unit);
  const scan = await scanCorpus(model, asked, partOf(options));
  const own = columnOf(scan, unit);
  const features = featuresFor(model, asked.split, scan);
  const rows = await correlationsOf(own, features, restOf(options));
  const wording = wordingOf(model);
  const value = (token: number): number => own.values[token]!;
  const contexts = (order: (a: number, b: number) => number): Answer<'unitReport'>['highest'] =>
    bestPlaces(own.values.length, { order, most }).map((position) =>
      contextAt(scan, wording, { position, length: 1, score: value(position) }),
    );
  const mean = own.values.reduce((sum, one) => sum + one, 0) / own.values.length;
  const variance = own.values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / own.values.length;
  return {
    highest: contexts((a, b) => value(b) - value(a)),
    lowest: contexts((a, b) => value(a) - value(b)),
    correlations: features
      .map(({ name }, index) => ({ feature: name, correlation: rows[index]?.[0] ?? NaN }))
      .filter(({ correlation }) => !Number.isNaN(correlation))
      .sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation)),
    mean,
    deviation: Math.sqrt(variance),
    scanned: scan.scanned,
  };
}

/** Of each fact about the tokens, the units that follow it best, the best first. @throws what scanCorpus throws */
export async function followers(
  model: LoadedModel,
  asked: Asked & { most: number },
  options: WorkOptions = {},
): Promise<Answer<'followers'>> {
  const scan = await scanCorpus(model, asked, partOf(options));
  const features = featuresFor(model, asked.split, scan);
  const rows = await correlationsOf(scan, features, restOf(options));
  return {
    features: features.map(({ name }, index) => ({
      feature: name,
      units: Array.from(rows[index] ?? [], (correlation, unit) => ({ unit, correlation }))
        .filter(({ correlation }) => !Number.isNaN(correlation))
        .sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation))
        .slice(0, asked.most),
    })),
    scanned: scan.scanned,
  };
}

function partOf({ signal, onProgress }: WorkOptions): WorkOptions {
  return { signal, onProgress: (fraction) => onProgress?.(readingShare * fraction) };
}

function restOf({ signal, onProgress }: WorkOptions): WorkOptions {
  return { signal, onProgress: (fraction) => onProgress?.(readingShare + (1 - readingShare) * fraction) };
}

/** One unit alone, [tokens, 1]. */
function columnOf(scan: Scan, unit: number): Scan {
  const values = new Float32Array(scan.ids.length);
  for (let token = 0; token < values.length; token++) values[token] = scan.values[token * scan.units + unit]!;
  return { ...scan, units: 1, values };
}

/** Of the text that was last asked about: the grammar of the built-in corpus takes a while to write it anew. */
const knownFeatures = new WeakMap<LoadedModel, { key: string; features: Feature[] }>();

function featuresFor(model: LoadedModel, split: SplitName, { ids }: Scan): Feature[] {
  const { vocabulary, configuration } = model;
  const key = `${split} ${ids.length}`;
  const known = knownFeatures.get(model);
  if (known?.key === key) return known.features;
  const features = featuresOf({ ids, vocabulary, corpus: configuration.corpus, split });
  knownFeatures.set(model, { key, features });
  return features;
}

function wordingOf(model: LoadedModel): Wording {
  return { unit: model.configuration.corpus.unit, wordOf: (id) => wordOf(model, id) };
}

function requireUnit(model: LoadedModel, { layer }: Series, unit: number): void {
  const units = layerSize(model.model, layer);
  if (unit >= units)
    throw new ConfigurationError(`Layer ${layer} of the network has ${units} units, from 0; there is no unit ${unit}.`);
}
