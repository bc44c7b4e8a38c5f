import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FileError } from '../util/errors.ts';
import type { SplitName } from './splits.ts';
import { splitNames } from './splits.ts';
import { fileErrorFrom } from '../util/fileErrors.ts';

/** Name of a split's file in a folder. */
export function fileNameOf(kind: 'ptb' | 'folder', split: SplitName): string {
  return kind === 'ptb' ? `ptb.${split}.txt` : `${split}.txt`;
}

/** Throws a FileError when there is no folder at the path. */
export async function requireFolder(path: string): Promise<void> {
  const stats = await stat(path).catch((error: unknown) => {
    throw fileErrorFrom(error, `cannot read ${path}`);
  });
  if (!stats.isDirectory()) {
    throw new FileError(
      `${path} is not a folder: expected one with the three splits. Use the corpus kind "file" for one file.`,
    );
  }
}

/**
 * What kind of corpus lies at a path, for `--data PATH`. `path` comes back absolute. Throws a FileError that names what
 * was looked for when nothing fits.
 */
export async function detectCorpus(path: string): Promise<{ kind: 'ptb' | 'folder' | 'file'; path: string }> {
  const absolute = resolve(path);
  const stats = await stat(absolute).catch((error: unknown) => {
    throw fileErrorFrom(error, `cannot read ${absolute}`);
  });
  if (!stats.isDirectory()) return { kind: 'file', path: absolute };
  const missing: string[] = [];
  for (const kind of ['ptb', 'folder'] as const) {
    const names = splitNames.map((name) => fileNameOf(kind, name));
    const found = await Promise.all(
      names.map((name) =>
        stat(join(absolute, name)).then(
          () => true,
          () => false,
        ),
      ),
    );
    if (found.every(Boolean)) return { kind, path: absolute };
    const absent = names.filter((_, place) => !found[place]);
    missing.push(`${names.join(', ')} (missing: ${absent.length === 3 ? 'all' : absent.join(', ')})`);
  }
  throw new FileError(
    `${absolute} contains no corpus: looked for ${missing.join(', and for ')}. Add the missing files, or give the path of one text file.`,
  );
}
