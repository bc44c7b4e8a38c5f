import { createHash } from 'node:crypto';
import { readdir, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';

import * as z from 'zod';

import { checkpointKinds, idsOf } from '../config/vocabulary.ts';
import type { CheckpointKind } from '../config/vocabulary.ts';
import { removeTemporaries, writeFileAtomically } from '../util/atomicFile.ts';
import { FileError, messageOf } from '../util/errors.ts';
import { asFileError, errorCode, fileErrorFrom } from '../util/fileErrors.ts';
import { makeFoldersIn } from '../util/folders.ts';
import { readJsonFile } from './files.ts';
import { runPaths } from './layout.ts';
import { format, describeIssues } from './schema.ts';
import { readSafetensors, writeSafetensors, type TensorData } from '../formats/safetensors.ts';

export type { CheckpointKind };

/** A checkpoint of a run: of a kind, or the one of that step among all that are kept. */
export type CheckpointChoice = CheckpointKind | number;

/** How many generations are kept: when the newest turns out to be damaged, there is one before it. */
const generations: Readonly<Record<CheckpointKind, number>> = { newest: 2, best: 1 };

function folderOf(run: string, kind: CheckpointKind): string {
  const { checkpoints, best } = runPaths(run);
  return kind === 'best' ? best : checkpoints;
}

const manifestSchema = z.looseObject({
  format: z.literal(format),
  /** Steps done, over all epochs. */
  step: z.int().min(0),
  /** The name of the file with the tensors, beside the manifest. */
  file: z.string().regex(/^step-[\d.]+\.safetensors$/),
  bytes: z.int().min(0),
  /** Of the file with the tensors. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  savedAt: z.iso.datetime(),
  progress: z.unknown(),
  /** Of the run; none in checkpoints of before it was kept. */
  configuration: z.unknown().optional(),
  /** SHA-256 of this manifest as JSON without blanks and without this key: a flipped bit in `progress` is noticed too. */
  manifestSha256: z.string(),
});
type Manifest = z.output<typeof manifestSchema>;

export interface CheckpointContent {
  /** Steps done, over all epochs. */
  readonly step: number;
  /** They must not change until the checkpoint is saved. */
  readonly tensors: readonly TensorData[];
  /** What else training needs to go on: a JSON object of finite numbers, texts, lists. */
  readonly progress: Readonly<Record<string, unknown>>;
  /** The run's, with which training made these numbers. */
  readonly configuration?: object | undefined;
  /** The step of the generation that is to stay beside this one. Left out, or where it is gone, the one before this one. */
  readonly beside?: number | undefined;
}

/**
 * Saves a checkpoint of a run: the tensors first, then a manifest with their SHA-256. Only when the manifest stands are
 * older generations removed, so at every moment there is a whole one. Generations of a later step, from a time before
 * the run was resumed, are removed too.
 *
 * @param folder the run's folder
 * @throws FileError where it cannot be written; what was there before still is
 * @throws RangeError where `progress` is not JSON (a fault of the caller)
 */
export async function saveCheckpoint(
  folder: string,
  content: CheckpointContent,
  kind: CheckpointKind = 'newest',
): Promise<void> {
  const checkpoints = folderOf(folder, kind);
  const progress = asJson(content.progress);
  await asFileError(`cannot create ${checkpoints}`, () => makeFoldersIn(folder, checkpoints));
  const name = `step-${String(content.step).padStart(8, '0')}`;
  const file = await freeName(checkpoints, name);
  const digest = await writeSafetensors(join(checkpoints, file), content.tensors);
  const savedAt = new Date().toISOString();
  const configuration = content.configuration === undefined ? {} : { configuration: content.configuration };
  const unsigned = { format, step: content.step, file, ...digest, savedAt, progress, ...configuration };
  const manifest = { ...unsigned, manifestSha256: manifestDigest(unsigned) };
  await writeFileAtomically(join(checkpoints, `${name}.json`), `${JSON.stringify(manifest, undefined, 2)}\n`);
  const saved = [`${name}.json`, file];
  await removeOld(checkpoints, { step: content.step, saved, keep: generations[kind], beside: content.beside });
}

/**
 * Removes the checkpoints of later steps than one that stands; that one and the best weights stay.
 * @returns false where there is no checkpoint of that step: then all stay
 * @throws FileError where one cannot be removed
 */
export async function removeLaterCheckpoints(folder: string, step: number): Promise<boolean> {
  const { checkpoints } = runPaths(folder);
  if (!(await listCheckpoints(folder)).some((listed) => listed.step === step)) return false;
  const names = await asFileError(`cannot read ${checkpoints}`, () => readdir(checkpoints));
  const later = names.filter((name) => Number(generationName.exec(name)?.[1] ?? 0) > step).sort(byManifestFirst);
  for (const name of later)
    await asFileError(`cannot remove ${join(checkpoints, name)}`, () => unlink(join(checkpoints, name)));
  return true;
}

/** Another name for tensors of a step that is saved twice: the old ones must stay while the old manifest names them. */
async function freeName(checkpoints: string, name: string): Promise<string> {
  const taken = await asFileError(`cannot read ${checkpoints}`, () => readdir(checkpoints));
  for (let number = 1; ; number++) {
    const file = number === 1 ? `${name}.safetensors` : `${name}.${number}.safetensors`;
    if (!taken.includes(file)) return file;
  }
}

/** `progress` as it will come back, or an error where JSON would change it without a word. */
function asJson(progress: Readonly<Record<string, unknown>>): unknown {
  const text = JSON.stringify(progress, (key, value: unknown) => {
    if (typeof value === 'number' && !Number.isFinite(value))
      throw new RangeError(`progress of a checkpoint: ${key} is ${value}, which JSON cannot hold; use null`);
    return value;
  });
  return JSON.parse(text) as unknown;
}

function manifestDigest(manifest: Readonly<Record<string, unknown>>): string {
  const unsigned = Object.entries(manifest).filter(([key]) => key !== 'manifestSha256');
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(unsigned)))
    .digest('hex');
}

/**
 * Best effort: what cannot be removed now (open in another process on Windows) is tried again at the next checkpoint.
 * @param saved the files of the generation that was saved just now, of this step
 */
async function removeOld(
  checkpoints: string,
  { step, saved, keep, beside }: { step: number; saved: readonly string[]; keep: number; beside: number | undefined },
): Promise<void> {
  const names = await readdir(checkpoints).catch(() => []);
  const files = new Set(saved);
  let kept = 1;
  const isBeside = (of: number): number => Number(of === beside);
  for (const { name, step: of } of manifestsNewestFirst(names).sort((a, b) => isBeside(b.step) - isBeside(a.step))) {
    if (of >= step || kept >= keep) continue;
    const manifest = await readManifest(join(checkpoints, name)).catch(() => undefined);
    if (manifest === undefined) continue;
    files.add(name).add(manifest.file);
    kept++;
  }
  // Manifests go first: one without its tensors would be reported as a damaged checkpoint.
  const old = names.filter((name) => generationName.test(name) && !files.has(name)).sort(byManifestFirst);
  for (const name of old) await unlink(join(checkpoints, name)).catch(() => undefined);
  await removeTemporaries(checkpoints);
}

const generationName = /^step-(\d+)(?:\.\d+)?\.(?:json|safetensors)$/;
const manifestName = /^step-(\d+)\.json$/;
const byManifestFirst = (a: string, b: string): number => Number(manifestName.test(b)) - Number(manifestName.test(a));

function manifestsNewestFirst(names: readonly string[]): { name: string; step: number }[] {
  const manifests = names.flatMap((name) => {
    const step = manifestName.exec(name)?.[1];
    return step === undefined ? [] : [{ name, step: Number(step) }];
  });
  return manifests.sort((a, b) => b.step - a.step);
}

async function readManifest(path: string): Promise<Manifest> {
  // As it stands in the file first: the schema would put the keys in another order.
  const raw = await readJsonFile(path, z.record(z.string(), z.unknown()));
  const manifest = manifestSchema.safeParse(raw);
  if (!manifest.success) throw new FileError(`${path} cannot be used: ${describeIssues(manifest.error)}`);
  if (manifestDigest(raw) !== manifest.data.manifestSha256)
    throw new FileError(`${path} is damaged: its content does not have the SHA-256 that it was saved with`);
  return manifest.data;
}

export interface Checkpoint<Progress> {
  readonly step: number;
  readonly tensors: TensorData[];
  readonly progress: Progress;
  readonly savedAt: string;
  /** The run's when it was saved, as it stands there; undefined in those of before it was kept. */
  readonly configuration?: unknown;
  /** What a person should know: newer generations that turned out to be damaged. Empty when all is well. */
  readonly warnings: readonly string[];
}

/**
 * The newest checkpoint of a run that is whole: size, SHA-256 and everything that the file says about itself are checked.
 *
 * @param folder the run's folder
 * @param progressSchema checks what was saved as progress
 * @param choice `best` for the weights of the best validation, which come without optimiser slots and states, or a step
 * @throws FileError where the run has no checkpoint, or none is whole (it says which files failed and why)
 */
export async function loadCheckpoint<Progress>(
  folder: string,
  progressSchema: z.ZodType<Progress>,
  choice: CheckpointChoice = 'newest',
): Promise<Checkpoint<Progress>> {
  if (typeof choice === 'number') return loadStep(folder, progressSchema, choice);
  const kind = choice;
  const checkpoints = folderOf(folder, kind);
  for (let attempt = 1; ; attempt++) {
    const manifests = await listManifests(checkpoints);
    const failures: string[] = [];
    for (const { name } of manifests) {
      try {
        const found = await loadGeneration(join(checkpoints, name), progressSchema);
        return { ...found, warnings: failures.map((failure) => `${failure}; the previous checkpoint is used`) };
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        failures.push(messageOf(error));
      }
    }
    if (manifests.length === 0)
      throw new FileError(
        `${folder} has no ${kind === 'best' ? 'best ' : ''}checkpoint: none was saved, or they were removed from ${checkpoints}`,
      );
    // A run that trains meanwhile may have replaced all that were listed: then look again.
    const later = await listManifests(checkpoints);
    const isSame = later.map(({ name }) => name).join() === manifests.map(({ name }) => name).join();
    if (isSame || attempt >= 3)
      throw new FileError(
        `no ${kind === 'best' ? 'best ' : ''}checkpoint of ${folder} can be used:\n  ${failures.join('\n  ')}`,
      );
  }
}

/**
 * The checkpoint of one step, wherever among those that are kept it stands whole.
 * @throws FileError naming the steps there are, or what is damaged
 */
async function loadStep<Progress>(
  folder: string,
  progressSchema: z.ZodType<Progress>,
  step: number,
): Promise<Checkpoint<Progress>> {
  let manifests = await listAllManifests(folder);
  for (let attempt = 1; ; attempt++) {
    const failures: string[] = [];
    const paths = manifests.filter((manifest) => manifest.step === step).map(({ path }) => path);
    for (const path of paths) {
      try {
        const found = await loadGeneration(path, progressSchema);
        return { ...found, warnings: failures.map((failure) => `${failure}; the other one of this step is used`) };
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        failures.push(messageOf(error));
      }
    }
    if (paths.length === 0) {
      const steps = [...new Set(manifests.map((manifest) => manifest.step))].sort((a, b) => a - b);
      throw new FileError(`${folder} has no checkpoint of step ${step}; it has ${steps.join(', ') || 'none at all'}`);
    }
    // As above: a run that trains meanwhile may have removed it, or saved it anew.
    const later = await listAllManifests(folder);
    const isSame = later.map(({ path }) => path).join() === manifests.map(({ path }) => path).join();
    if (isSame || attempt >= 3)
      throw new FileError(`the checkpoint of step ${step} of ${folder} cannot be used:\n  ${failures.join('\n  ')}`);
    manifests = later;
  }
}

async function listAllManifests(folder: string): Promise<{ path: string; step: number }[]> {
  const lists = await Promise.all(
    idsOf(checkpointKinds).map(async (kind) => {
      const checkpoints = folderOf(folder, kind);
      return (await listManifests(checkpoints)).map(({ name, step }) => ({ path: join(checkpoints, name), step }));
    }),
  );
  return lists.flat();
}

/** A checkpoint as a list shows it. */
export type ListedCheckpoint = Pick<Manifest, 'step' | 'bytes' | 'savedAt'>;

/**
 * A run's checkpoints of a kind, newest first, by their manifests alone; damaged ones are left out.
 * @throws FileError
 */
export async function listCheckpoints(folder: string, kind: CheckpointKind = 'newest'): Promise<ListedCheckpoint[]> {
  const checkpoints = folderOf(folder, kind);
  const listed: ListedCheckpoint[] = [];
  for (const { name } of await listManifests(checkpoints)) {
    const manifest = await readManifest(join(checkpoints, name)).catch(() => undefined);
    if (manifest !== undefined) listed.push(manifest);
  }
  return listed;
}

/** Whether a run has a checkpoint, be it whole or damaged. @throws FileError where that cannot be told */
export async function hasCheckpoints(folder: string): Promise<boolean> {
  return (await listManifests(runPaths(folder).checkpoints)).length > 0;
}

async function listManifests(checkpoints: string): Promise<{ name: string; step: number }[]> {
  try {
    return manifestsNewestFirst(await readdir(checkpoints));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw fileErrorFrom(error, `cannot read ${checkpoints}`);
  }
}

async function loadGeneration<Progress>(
  path: string,
  progressSchema: z.ZodType<Progress>,
): Promise<Omit<Checkpoint<Progress>, 'warnings'>> {
  const manifest = await readManifest(path);
  const named = Number(manifestName.exec(basename(path))?.[1]);
  if (named !== manifest.step) throw new FileError(`${path} is damaged: it claims to be of step ${manifest.step}`);
  const progress = progressSchema.safeParse(manifest.progress);
  if (!progress.success) throw new FileError(`${path} cannot be used: progress: ${describeIssues(progress.error)}`);
  const file = join(path, '..', manifest.file);
  const content = await readSafetensors(file);
  if (content.bytes !== manifest.bytes || content.sha256 !== manifest.sha256)
    throw new FileError(`${file} is damaged: its content does not have the size and SHA-256 that it was saved with`);
  const { step, savedAt, configuration } = manifest;
  return { step, tensors: content.tensors, progress: progress.data, savedAt, configuration };
}
