import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

import * as z from 'zod';

import { FileError } from '../util/errors.ts';
import { errorCode } from '../util/fileErrors.ts';
import { JsonError, parseJson } from '../util/json.ts';
import { runPaths } from './layout.ts';
import { maxBytes, readRegular } from '../util/regularFile.ts';
import {
  describeIssues,
  runConfigSchema,
  runStatusSchema,
  type EndCause,
  type RunConfig,
  type RunState,
  type RunStatus,
} from './schema.ts';

/**
 * Reads a JSON file and checks it against a schema.
 *
 * @param most the most bytes that it may have
 * @throws FileError that names the file and the key, or line and column where it is not JSON
 */
export async function readJsonFile<T>(path: string, schema: z.ZodType<T>, most: number = maxBytes.json): Promise<T> {
  return parseAs(schema, textOf(await readRegular(path, most), path), path);
}

/** The value of a JSON text that stands in `where` (a file, or a line of one). */
export function parseAs<T>(schema: z.ZodType<T>, text: string, where: string): T {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new FileError(`${where} is damaged: not valid JSON: ${error.message}`, { cause: error });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new FileError(`${where} cannot be used: ${describeIssues(result.error)}`);
}

/** Bytes as text, where they are UTF-8: what a bit flip made of a letter is noticed, not replaced. */
export function textOf(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new FileError(`${path} is damaged: not UTF-8`, { cause: error });
  }
}

/** A run's config.json. @throws FileError */
export function readConfig(folder: string): Promise<RunConfig> {
  return readJsonFile(runPaths(folder).config, runConfigSchema);
}

/** A run's status.json. @throws FileError */
export function readStatus(folder: string): Promise<RunStatus> {
  return readJsonFile(runPaths(folder).status, runStatusSchema);
}

const vocabularyFileSchema = z
  .looseObject({ format: z.literal(1), words: z.array(z.string()), counts: z.array(z.int().min(0)) })
  .refine(({ words, counts }) => words.length === counts.length, 'words and counts must have the same length');

/** The tokens by their ids, and how often each stands in the training text. */
export interface RunVocabulary {
  readonly words: readonly string[];
  readonly counts: readonly number[];
}

/** The vocabulary of a run. @throws FileError */
export function readVocabulary(folder: string): Promise<RunVocabulary> {
  return readJsonFile(runPaths(folder).vocabulary, vocabularyFileSchema, maxBytes.vocabulary);
}

/**
 * A trainer that lives but has not been heard of for this long is taken for dead: its process number went to another
 * program, or it hangs. The longest silence of a healthy one is the making of a large session, well under a minute.
 */
const silentMilliseconds = 10 * 60_000;

/** What effectiveState asks of the machine; other answers are for tests. */
export interface Machine {
  readonly host: string;
  isAlive(pid: number): boolean;
}

export const thisMachine: Machine = {
  host: hostname(),
  isAlive(pid) {
    try {
      process.kill(pid, 0);
      return !isZombie(pid);
    } catch (error) {
      // The process of another user is alive, though we may not signal it.
      return errorCode(error) === 'EPERM';
    }
  },
};

/** A dead process that nobody has waited for, as in a container whose first process waits for no orphans. */
function isZombie(pid: number): boolean {
  if (process.platform !== 'linux') return false;
  try {
    // "pid (name) state ...": the name may hold anything, so the state is what follows the last bracket.
    return /\) Z [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/**
 * The state of a run as it really is: `running` or `paused` by a process that is gone is `interrupted`. Of a run on
 * another machine (a shared folder) only the heartbeat is known.
 *
 * @param now milliseconds since 1970
 */
export function effectiveState(status: RunStatus, now: number, machine: Machine = thisMachine): RunState {
  if (!isActive(status.state)) return status.state;
  if (status.host === machine.host && !machine.isAlive(status.pid)) return 'interrupted';
  return now - Date.parse(status.heartbeatAt) > silentMilliseconds ? 'interrupted' : status.state;
}

/** Whether a process has the run in hand. */
export function isActive(state: RunState): state is 'running' | 'paused' {
  return state === 'running' || state === 'paused';
}

/**
 * Why a run ended before it was done: what its trainer wrote, or an accident where that is gone without a word.
 *
 * @param run.state as it really is: see effectiveState
 * @returns undefined for a run that was not interrupted, and where its file does not tell
 */
export function causeOf(run: { readonly state: RunState; readonly status: RunStatus }): EndCause | undefined {
  if (run.state !== 'interrupted') return undefined;
  return isActive(run.status.state) ? 'accident' : run.status.ended?.by;
}
