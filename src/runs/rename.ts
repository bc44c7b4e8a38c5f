import * as z from 'zod';

import { writeFileAtomically } from '../util/atomicFile.ts';
import { ConfigurationError } from '../util/errors.ts';
import { readConfig, readJsonFile } from './files.ts';
import { runPaths } from './layout.ts';

/** Characters (UTF-16 units) of the longest name that a configuration may have. */
export const longestRunName = 200;

/** Why a text cannot be a run's name, for the box in which it is typed; undefined where it can. */
export function runNameProblem(name: string): string | undefined {
  const { length } = name.trim();
  if (length === 0) return 'A run needs a name.';
  return length > longestRunName ? `A name has at most ${longestRunName} characters; this has ${length}.` : undefined;
}

/** Not a looseObject: that would put its own keys in front. */
const anyObject = z.record(z.string(), z.unknown());

/**
 * Gives a run another name, in its configuration; its folder, and so its id, stay. All else in config.json stays as it
 * is, with what a newer version has put there. A run may be renamed while it trains: only its trainer does not hear of it.
 *
 * @param name is trimmed
 * @throws ConfigurationError for a name that is empty or too long
 * @throws FileError where config.json is damaged, cannot be written, or is of a newer format
 */
export async function renameRun(folder: string, name: string): Promise<void> {
  const problem = runNameProblem(name);
  if (problem !== undefined) throw new ConfigurationError(problem);
  const path = runPaths(folder).config;
  // What is damaged is told, and not written again; what is whole is then taken as it stands in the file.
  await readConfig(folder);
  const config = await readJsonFile(path, anyObject);
  const configuration = { ...anyObject.parse(config['configuration']), name: name.trim() };
  await writeFileAtomically(path, `${JSON.stringify({ ...config, configuration }, undefined, 2)}\n`);
}
