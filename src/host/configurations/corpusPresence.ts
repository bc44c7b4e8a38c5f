import type { CorpusConfiguration } from '../../config/schema.ts';
import { detectCorpus } from '../../corpus/detect.ts';
import { messageOf } from '../../util/errors.ts';

const kinds = {
  ptb: 'a folder with ptb.train.txt, ptb.valid.txt and ptb.test.txt',
  folder: 'a folder with train.txt, valid.txt and test.txt',
  file: 'a file',
} as const;

/**
 * Why training would not find its corpus, in words; undefined where it is there. Looks for files and reads none.
 */
export async function corpusProblem({ kind, path }: CorpusConfiguration): Promise<string | undefined> {
  if (kind === 'builtin' || path === undefined) return undefined;
  try {
    const found = await detectCorpus(path);
    // A folder may hold both sets of files.
    if (found.kind === kind || (found.kind === 'ptb' && kind === 'folder')) return undefined;
    return `expected ${kinds[kind]}, but this is ${kinds[found.kind]}: set corpus.kind to ${found.kind}`;
  } catch (error) {
    return messageOf(error);
  }
}
