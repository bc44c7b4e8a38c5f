import { createHash } from 'node:crypto';
import type { Configuration, CorpusConfiguration } from '../config/schema.ts';
import { loadCorpus } from '../corpus/corpus.ts';
import type { Corpus, SplitName } from '../corpus/corpus.ts';
import { Vocabulary } from '../corpus/vocabulary.ts';
import { readVocabulary } from '../runs/files.ts';
import { runPaths } from '../runs/layout.ts';
import type { RunConfig, RunCorpus } from '../runs/schema.ts';
import { FileError, messageOf } from '../util/errors.ts';

/** The text of a run, or another one in its place, numbered by the run's own vocabulary. */
export async function loadRunCorpus(
  folder: string,
  config: RunConfig,
  options: {
    corpus?: Pick<CorpusConfiguration, 'kind' | 'path'> | undefined;
    wholeFileAs?: SplitName | undefined;
    signal?: AbortSignal | undefined;
  },
): Promise<Corpus> {
  const { signal, wholeFileAs } = options;
  const vocabulary = await readRunVocabulary(folder, config);
  return loadCorpus(
    { ...config.configuration.corpus, ...options.corpus },
    { vocabulary, ...(signal ? { signal } : {}), ...(wholeFileAs ? { wholeFileAs } : {}) },
  );
}

/** @throws FileError when it is not the vocabulary that the run was made with: every number would mean another word */
export async function readRunVocabulary(folder: string, { corpus }: RunConfig): Promise<Vocabulary> {
  const { words, counts } = await readVocabulary(folder);
  const file = runPaths(folder).vocabulary;
  // Runs of before the digest was recorded have none.
  if (corpus.vocabularyDigest !== undefined && corpus.vocabularyDigest !== digestOf(words)) {
    throw new FileError(`${file} is damaged: its words do not have the SHA-256 that config.json has of them`);
  }
  try {
    return Vocabulary.fromJSON({ words, counts });
  } catch (error) {
    throw new FileError(`${file} cannot be used: ${messageOf(error)}`, { cause: error });
  }
}

/** What config.json says of the text that a run is made for. */
export function describeCorpus(configuration: Configuration, corpus: Corpus): RunCorpus {
  const { kind, path } = configuration.corpus;
  const { train, valid, test } = corpus.splits;
  return {
    kind,
    ...(path === undefined ? {} : { path }),
    digest: corpus.digest,
    tokens: { train: train.length, valid: valid.length, test: test.length },
    vocabulary: corpus.vocabulary.size,
    vocabularyDigest: digestOf(corpus.vocabulary.words),
    ...(corpus.floor ? { floor: corpus.floor.perplexity } : {}),
  };
}

/** SHA-256 of the words by their ids. */
function digestOf(words: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(words)).digest('hex');
}
