import { ConfigurationError } from '../util/errors.ts';
import { rewriteConfig } from './rewriteConfig.ts';

/** Characters (UTF-16 units) of the longest name that a configuration may have. */
export const longestRunName = 200;

/** Why a text cannot be a run's name, for the box in which it is typed; undefined where it can. */
export function runNameProblem(name: string): string | undefined {
  const { length } = name.trim();
  if (length === 0) return 'A run needs a name.';
  return length > longestRunName ? `A name has at most ${longestRunName} characters; this has ${length}.` : undefined;
}

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
  await rewriteConfig(folder, (raw, configuration) => ({
    ...raw,
    configuration: { ...configuration, name: name.trim() },
  }));
}
