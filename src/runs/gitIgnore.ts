import { writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

import { labFolder } from './layout.ts';

/**
 * Keeps runs out of version control where their folder lies in one that is ours by name: weights and logs belong in nobody's
 * commits. A `.gitignore` that is there stays as it is; where none can be written, runs are made without it.
 */
export async function ignoreInGit(runsFolder: string): Promise<void> {
  const folder = dirname(resolve(runsFolder));
  if (basename(folder) !== labFolder) return;
  await writeFile(join(folder, '.gitignore'), '*\n', { flag: 'wx' }).catch(() => undefined);
}
