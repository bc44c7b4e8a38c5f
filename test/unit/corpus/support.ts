import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';
import type { Corpus, SplitName } from '../../../src/corpus/corpus.ts';
import { FileError } from '../../../src/util/errors.ts';

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A temporary folder with these files (path inside it → content), removed after the test. */
export async function folderWith(files: Record<string, string | Uint8Array>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'seqlab-corpus-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

/** The words of a split, joined by spaces. */
export function textOf(corpus: Corpus, split: SplitName): string {
  return Array.from(corpus.splits[split], (id) => corpus.vocabulary.words[id] ?? `no word ${id}`).join(' ');
}

/** The message of the FileError that a promise is rejected with. */
export async function fileErrorOf(promise: Promise<unknown>): Promise<string> {
  const outcome: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(outcome instanceof FileError)) throw new Error(`expected a FileError, but came ${String(outcome)}`);
  return outcome.message;
}
