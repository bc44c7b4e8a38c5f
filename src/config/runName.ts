import { basename, parse, resolve } from 'node:path';

import { longestName, type ConfigurationInput } from './schema.ts';

type Corpus = NonNullable<ConfigurationInput['corpus']>;

/**
 * The name of a run that nobody has named: its text and its preset, as in `novel-quick`, `ptb-small` or `demo` (the
 * built-in corpus has no name). Undefined for the built-in corpus without a preset.
 */
export function runName(corpus: Corpus, preset: string | undefined): string | undefined {
  const text = textName(corpus);
  if (text === undefined) return preset;
  const ending = preset === undefined ? '' : `-${preset}`;
  return `${text.slice(0, longestName - ending.length)}${ending}`;
}

/** What a corpus is called: `ptb`, a file by its name without the ending, a folder by its name; undefined for the built-in one. */
export function textName({ kind, path }: Corpus): string | undefined {
  if (kind === undefined || kind === 'builtin') return undefined;
  if (kind === 'ptb' || path === undefined) return kind;
  // The root of a disk has no name.
  const name = (kind === 'file' ? parse(path).name : basename(resolve(path))).trim();
  return name || kind;
}
