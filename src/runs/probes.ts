import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';

import * as z from 'zod';

import type { Reading } from '../config/vocabulary.ts';
import { writeFileAtomically } from '../util/atomicFile.ts';
import { base64Of } from '../util/base64.ts';
import { FileError, messageOf } from '../util/errors.ts';
import { asFileError, errorCode, fileErrorFrom } from '../util/fileErrors.ts';
import { makeFoldersIn } from '../util/folders.ts';
import { LineWriter } from '../util/lineWriter.ts';
import { parseAs, textOf } from './files.ts';
import { runPaths } from './layout.ts';
import type { ResumePoint } from './metrics.ts';
import { readRegular } from '../util/regularFile.ts';
import { readSafetensors, writeSafetensors, type TensorData } from '../formats/safetensors.ts';
import { describeIssues } from './schema.ts';

/**
 * What a run records of its probe while it trains, in the folder `probes`: a safetensors file a record with the numbers
 * of each layer, and samples.jsonl with a text a validation. They are for looking at: a run trains, resumes and is
 * evaluated as well without them, so one that is damaged is passed over.
 */

/** A place in the training of which there is a record. */
export interface ProbePlace {
  /** Steps done, over all epochs. */
  readonly step: number;
  /** From 1. */
  readonly epoch: number;
}

/** One series of numbers of a layer, [tokens, units]. */
export interface ProbeSeries {
  readonly reading: Reading;
  /** From 0. */
  readonly layer: number;
  /** A state or a gate: small letters. */
  readonly name: string;
  /** Of its layer. */
  readonly units: number;
}

/** What the network made of the probe. */
export interface ProbeRecord extends ProbePlace {
  /** What is read at each place. */
  readonly tokens: readonly string[];
  /** The likeliest words after the last token, likeliest first. */
  readonly next: readonly { readonly word: string; readonly probability: number }[];
  /** Each with its numbers, [tokens, units]. */
  readonly series: readonly (ProbeSeries & { readonly data: Float32Array })[];
}

/** A record as it is read. */
export interface Probe extends ProbePlace {
  readonly tokens: string[];
  readonly next: { word: string; probability: number }[];
  readonly series: ProbeSeries[];
  /** One a series: float32, little-endian, [token][unit], as base64. */
  readonly values: string[];
}

/** A text that the network wrote. */
export interface Sample extends ProbePlace {
  readonly text: string;
}

const recordName = /^probe-(\d{8,15})-(\d{1,9})\.safetensors$/;
const tensorName = /^(forward|backward)\.(\d{1,4})\.([a-z]+)$/;
/** Many times what we write, in bytes. */
const most = { record: 64 * 1024 * 1024, samples: 64 * 1024 * 1024 };

const samplesPath = (folder: string): string => join(runPaths(folder).probes, 'samples.jsonl');
const nameOf = ({ step, epoch }: ProbePlace): string => `probe-${String(step).padStart(8, '0')}-${epoch}.safetensors`;

/** The name of a file in `probes` that a reader of records or samples would want to read. */
export function isProbeFile(name: string): boolean {
  return name === 'samples.jsonl' || recordName.test(name);
}

/**
 * The records of a run by their names alone, rising by step; none where the run has no folder for them.
 * @throws FileError where the folder cannot be read
 */
export async function listProbes(folder: string): Promise<ProbePlace[]> {
  const places = (await namesIn(folder)).flatMap((name) => placeOf(name) ?? []);
  const byStep = new Map(places.map((place) => [place.step, place]));
  return [...byStep.values()].sort((a, b) => a.step - b.step);
}

async function namesIn(folder: string): Promise<string[]> {
  const { probes } = runPaths(folder);
  try {
    return (await readdir(probes)).sort();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw fileErrorFrom(error, `cannot read ${probes}`);
  }
}

function placeOf(name: string): ProbePlace | undefined {
  const [, step, epoch] = recordName.exec(name) ?? [];
  return step === undefined || epoch === undefined ? undefined : { step: Number(step), epoch: Number(epoch) };
}

const metadataSchema = z.looseObject({
  format: z.literal('1', { error: 'a newer version of Sequence Lab wrote it; update Sequence Lab' }),
  tokens: z.string(),
  next: z.string(),
});
const tokensSchema = z.array(z.string()).min(1);
const nextSchema = z.array(z.object({ word: z.string(), probability: z.number().min(0).max(1) }));

/**
 * The record of a step.
 * @throws FileError where there is none, or it is damaged
 */
export async function readProbe(folder: string, step: number): Promise<Probe> {
  const place = (await listProbes(folder)).find((one) => one.step === step);
  if (place === undefined) throw new FileError(`${folder} has no record of its probe at step ${step}`);
  const path = join(runPaths(folder).probes, nameOf(place));
  const { tensors, metadata } = await readSafetensors(path, most.record);
  const texts = metadataSchema.safeParse(metadata);
  if (!texts.success) throw new FileError(`${path} cannot be used: ${describeIssues(texts.error)}`);
  const tokens = parseAs(tokensSchema, texts.data.tokens, `${path}, tokens,`);
  const next = parseAs(nextSchema, texts.data.next, `${path}, next,`);
  const series = tensors.map((tensor) => seriesOf(tensor, { path, tokens: tokens.length }));
  if (series.length === 0) throw new FileError(`${path} is damaged: it has no numbers`);
  return { ...place, tokens, next, series, values: tensors.map(({ data }) => base64Of(data)) };
}

function seriesOf(tensor: TensorData, { path, tokens }: { path: string; tokens: number }): ProbeSeries {
  const [rows, units = 0] = tensor.shape;
  const [, reading, layer, name] = tensorName.exec(tensor.name) ?? [];
  const isFit = tensor.data instanceof Float32Array && tensor.shape.length === 2 && rows === tokens && units > 0;
  if ((reading !== 'forward' && reading !== 'backward') || layer === undefined || name === undefined || !isFit)
    throw new FileError(
      `${path} is damaged: tensor ${JSON.stringify(tensor.name)} of shape [${tensor.shape.join(', ')}] is not a series of ${tokens} tokens of float32 numbers`,
    );
  if (!tensor.data.every(Number.isFinite))
    throw new FileError(`${path} is damaged: tensor ${JSON.stringify(tensor.name)} has numbers that are not finite`);
  return { reading, layer: Number(layer), name, units };
}

/**
 * Writes a record, in place of one of the same step.
 *
 * @throws FileError where it cannot be written
 * @throws RangeError where a series does not have tokens × units numbers (a fault of the caller)
 */
export async function writeProbe(folder: string, record: ProbeRecord): Promise<void> {
  const { probes } = runPaths(folder);
  // A copy of a run may have left the empty folder behind.
  await asFileError(`cannot create ${probes}`, () => makeFoldersIn(folder, probes));
  const tensors = record.series.map(({ reading, layer, name, units, data }) => ({
    name: `${reading}.${layer}.${name}`,
    shape: [record.tokens.length, units],
    data,
  }));
  await writeSafetensors(join(probes, nameOf(record)), tensors, {
    format: '1',
    tokens: JSON.stringify(record.tokens),
    next: JSON.stringify(record.next),
  });
}

const sampleSchema = z.object({ step: z.int().min(0), epoch: z.int().min(1), text: z.string() });

/**
 * The texts that the network wrote after its validations, oldest first. Lines that are damaged are left out.
 *
 * @param onProblem told, in words, of each line that was left out
 * @throws FileError where the file cannot be read at all
 */
export async function readSamples(folder: string, onProblem?: (problem: string) => void): Promise<Sample[]> {
  const { samples, problems } = await readSamplesFile(folder);
  for (const problem of problems) onProblem?.(problem);
  return samples;
}

async function readSamplesFile(folder: string): Promise<{ samples: Sample[]; problems: string[]; isTorn: boolean }> {
  const path = samplesPath(folder);
  const bytes = await readRegular(path, most.samples).catch((error: unknown) => {
    if (error instanceof FileError && errorCode(error.cause) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
  const samples: Sample[] = [];
  const problems: string[] = [];
  let start = 0;
  for (let number = 1, end = bytes.indexOf('\n'); end >= 0; end = bytes.indexOf('\n', start), number++) {
    const where = `${path}, line ${number},`;
    try {
      samples.push(parseAs(sampleSchema, textOf(bytes.subarray(start, end), where), where));
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      problems.push(messageOf(error));
    }
    start = end + 1;
  }
  // What follows the last line break is still being written, or its writer was killed.
  return { samples, problems, isTorn: start < bytes.length };
}

/** Adds a sample. @throws FileError; it is then not there, not even in part */
export async function appendSample(folder: string, sample: Sample): Promise<void> {
  const { probes } = runPaths(folder);
  await asFileError(`cannot create ${probes}`, () => makeFoldersIn(folder, probes));
  const file = await LineWriter.open(samplesPath(folder));
  try {
    await file.append(JSON.stringify(sample));
  } finally {
    await file.close();
  }
}

/**
 * Removes the records and samples after a checkpoint, so that training that goes on from it leaves none twice: those of
 * later steps, and the samples of epochs whose end is not in the checkpoint. Damaged lines of samples go with them.
 *
 * @throws FileError where one cannot be removed
 */
export async function truncateProbes(folder: string, { step, finishedEpochs = Infinity }: ResumePoint): Promise<void> {
  const { probes } = runPaths(folder);
  const names = await namesIn(folder);
  for (const name of names) {
    const place = placeOf(name);
    if (place !== undefined && place.step > step)
      await asFileError(`cannot remove ${join(probes, name)}`, () => unlink(join(probes, name)));
  }
  if (!names.includes('samples.jsonl')) return;
  const { samples, problems, isTorn } = await readSamplesFile(folder);
  const kept = samples.filter((sample) => sample.step <= step && sample.epoch <= finishedEpochs);
  if (kept.length === samples.length && problems.length === 0 && !isTorn) return;
  await writeFileAtomically(samplesPath(folder), kept.map((sample) => `${JSON.stringify(sample)}\n`).join(''));
}
