import { createHash } from 'node:crypto';
import type { CorpusConfiguration } from '../config/schema.ts';
import { FileError } from '../util/errors.ts';
import type { TokenIds } from './batches.ts';
import type { BuiltinSplit } from './grammar/builtin.ts';
import type { NumberedSplit, ReadingOptions } from './numbering.ts';
import { numberTokens } from './numbering.ts';
import type { SplitName } from './splits.ts';
import { eachSplit, splitNames } from './splits.ts';
import type { CorpusFile } from './textFile.ts';
import type { TokenTable } from './tokenTables.ts';
import { buildVocabulary, unknownWord, Vocabulary } from './vocabulary.ts';

export { detectCorpus } from './detect.ts';
export type { SplitName } from './splits.ts';

/**
 * What the grammar that wrote the built-in corpus gives each split, exactly. No model does better on average; on one split
 * by luck at most.
 */
export interface Floor {
  /** exp of nats. */
  perplexity: Record<SplitName, number>;
  /** Mean -ln of the probability of a token, `<eos>` included. */
  nats: Record<SplitName, number>;
  /** Tokens that the mean is over. */
  tokens: Record<SplitName, number>;
}

export interface Corpus {
  vocabulary: Vocabulary;
  splits: Record<SplitName, TokenIds>;
  /** SHA-256 over the names and the content of the splits: the same for the same text, wherever it lies. */
  digest: string;
  /** What was read; none for the built-in corpus. `path` is absolute. */
  files: CorpusFile[];
  /** Of the built-in corpus, where its vocabulary has a place for each of its tokens. */
  floor?: Floor;
  /** Speed of reading and numbering, without making the vocabulary. */
  tokensReadPerSecond: number;
}

export interface LoadOptions extends ReadingOptions {
  /** Number the words by this vocabulary (of an existing run) in place of making one. */
  vocabulary?: Vocabulary;
}

/**
 * Reads a corpus: tokens, vocabulary and splits. Text files are streamed, and tokens kept as numbers only.
 *
 * Throws a FileError for a file that cannot be used (naming it, and where in it), a ConfigurationError for a configuration
 * without its path, and the reason of `signal` when it aborts.
 */
export async function loadCorpus(configuration: CorpusConfiguration, options: LoadOptions = {}): Promise<Corpus> {
  const start = performance.now();
  const numbered = await numberTokens(configuration, options);
  const seconds = (performance.now() - start) / 1000;
  const { table, files, content, builtin } = numbered;
  const counts = new Int32Array(table.size);
  const { ids, from, to } = numbered.splits.train;
  ids.runs(from, to, (run) => {
    for (const number of run) counts[number]!++;
  });
  const vocabulary =
    options.vocabulary ??
    buildVocabulary(
      { size: table.size, counts, textOf: (number) => table.textOf(number) },
      configuration.vocabularySize,
    );
  const mapping = idsByNumber(table, vocabulary, files);
  const splits = eachSplit((name) => mapped(numbered.splits[name], mapping.ids, vocabulary.size));
  const tokens = splitNames.reduce((sum, name) => sum + splits[name].length, 0);
  return {
    vocabulary,
    splits,
    digest: createHash('sha256').update(JSON.stringify(content)).digest('hex'),
    files,
    ...(builtin && !mapping.lossy ? { floor: floorOf(builtin, splits) } : {}),
    tokensReadPerSecond: tokens / seconds,
  };
}

/** Vocabulary ids by the table's numbers, and whether a token that is not `<unk>` became `<unk>`. */
function idsByNumber(
  table: TokenTable,
  vocabulary: Vocabulary,
  files: CorpusFile[],
): { ids: Int32Array; lossy: boolean } {
  const ids = new Int32Array(table.size);
  let lossy = false;
  for (let number = 0; number < table.size; number++) {
    const word = table.textOf(number);
    const id = vocabulary.idOf(word) ?? vocabulary.unknownId;
    if (id === undefined) {
      throw new FileError(
        `${files.map(({ path }) => path).join(', ') || 'The built-in corpus'}: "${word}" is not in the vocabulary of ${vocabulary.size} words, ` +
          `which has no ${unknownWord} for unknown words. Use a text with the vocabulary's words only.`,
      );
    }
    lossy ||= id === vocabulary.unknownId && word !== unknownWord;
    ids[number] = id;
  }
  return { ids, lossy };
}

function mapped({ ids, from, to }: NumberedSplit, idOf: Int32Array, vocabularySize: number): TokenIds {
  const target = vocabularySize <= 0x10000 ? new Uint16Array(to - from) : new Int32Array(to - from);
  ids.runs(from, to, (run, place) => {
    for (let index = 0; index < run.length; index++) target[place + index] = idOf[run[index]!]!;
  });
  return target;
}

function floorOf(builtin: Record<SplitName, BuiltinSplit>, splits: Record<SplitName, TokenIds>): Floor {
  const tokens = eachSplit((name) => splits[name].length);
  const nats = eachSplit((name) => builtin[name].nats / tokens[name]);
  return { perplexity: eachSplit((name) => Math.exp(nats[name])), nats, tokens };
}
