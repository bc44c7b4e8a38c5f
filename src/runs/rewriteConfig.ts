import * as z from 'zod';

import { writeFileAtomically } from '../util/atomicFile.ts';
import { readConfig, readJsonFile } from './files.ts';
import { runPaths } from './layout.ts';
import type { RunConfig } from './schema.ts';

/** Not a looseObject: that would put its own keys in front. */
const anyObject = z.record(z.string(), z.unknown());
type AnyObject = z.output<typeof anyObject>;

/**
 * Changes a run's config.json. All that is not changed stays as it stands in the file, with what a newer version has put
 * there.
 *
 * @param change is given the file's object, its configuration, and what this version reads in it; gives the object to write
 * @throws FileError where config.json is damaged, cannot be written, or is of a newer format
 */
export async function rewriteConfig(
  folder: string,
  change: (raw: AnyObject, configuration: AnyObject, config: RunConfig) => AnyObject,
): Promise<void> {
  const path = runPaths(folder).config;
  // What is damaged is told, and not written again; what is whole is then taken as it stands in the file.
  const config = await readConfig(folder);
  const raw = await readJsonFile(path, anyObject);
  const changed = change(raw, anyObject.parse(raw['configuration']), config);
  await writeFileAtomically(path, `${JSON.stringify(changed, undefined, 2)}\n`);
}
