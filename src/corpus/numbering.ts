import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { CorpusConfiguration } from '../config/schema.ts';
import { ConfigurationError, FileError } from '../util/errors.ts';
import { fileNameOf, requireFolder } from './detect.ts';
import type { BuiltinSplit } from './grammar/builtin.ts';
import { builtinSplit } from './grammar/builtin.ts';
import type { IdList } from './idList.ts';
import type { Scanner } from './scanners.ts';
import { CharacterScanner, WordScanner } from './scanners.ts';
import type { SplitName } from './splits.ts';
import { eachSplit, splitNames } from './splits.ts';
import type { CorpusFile } from './textFile.ts';
import { readTextFile } from './textFile.ts';
import type { TokenTable } from './tokenTables.ts';
import { CodePointTable, endNumber, WordTable } from './tokenTables.ts';

export interface ReadingOptions {
  signal?: AbortSignal;
  /** Bytes read at a time; the tokens do not depend on it. */
  chunkBytes?: number;
  /** Of a single file: take all of it for this split and leave the others empty, in place of dividing it. */
  wholeFileAs?: SplitName;
}

/** A split as the scanner numbered it: entries from..to-1 of a list. */
export interface NumberedSplit {
  ids: IdList;
  from: number;
  to: number;
}

/** A corpus before it has a vocabulary. */
export interface Numbered {
  table: TokenTable;
  splits: Record<SplitName, NumberedSplit>;
  files: CorpusFile[];
  /** Name and SHA-256 of each piece of content. */
  content: [name: string, sha256: string][];
  /** What the grammar knows about each split; of the built-in corpus only. */
  builtin?: Record<SplitName, BuiltinSplit>;
}

const defaultChunkBytes = 1 << 20;

/** Reads the corpus of a configuration and numbers its tokens. Errors are those of `loadCorpus`. */
export async function numberTokens(configuration: CorpusConfiguration, options: ReadingOptions): Promise<Numbered> {
  const { table, newScanner } = tokenizer(configuration.unit);
  if (configuration.kind === 'builtin') return { table, ...numberBuiltin(newScanner) };
  const path = resolve(requiredPath(configuration));
  const read = async (file: string): Promise<{ scanner: Scanner; file: CorpusFile }> => {
    const scanner = newScanner();
    const { chunkBytes = defaultChunkBytes, signal } = options;
    return { scanner, file: await readTextFile(file, scanner, { chunkBytes, signal }) };
  };
  if (configuration.kind === 'file') {
    const { scanner, file } = await read(path);
    const { wholeFileAs } = options;
    const splits =
      wholeFileAs === undefined
        ? splitByLines(file.path, scanner)
        : eachSplit((name) => (name === wholeFileAs ? whole(scanner) : { ids: scanner.ids, from: 0, to: 0 }));
    return { table, splits, files: [file], content: [[splitNames.join('+'), file.sha256]] };
  }
  await requireFolder(path);
  const { kind } = configuration;
  const parts = {
    train: await read(join(path, fileNameOf(kind, 'train'))),
    valid: await read(join(path, fileNameOf(kind, 'valid'))),
    test: await read(join(path, fileNameOf(kind, 'test'))),
  };
  return {
    table,
    splits: eachSplit((name) => whole(parts[name].scanner)),
    files: splitNames.map((name) => parts[name].file),
    content: splitNames.map((name) => [name, parts[name].file.sha256]),
  };
}

function whole({ ids }: Scanner): NumberedSplit {
  return { ids, from: 0, to: ids.length };
}

function tokenizer(unit: CorpusConfiguration['unit']): { table: TokenTable; newScanner: () => Scanner } {
  if (unit === 'word') {
    const table = new WordTable();
    return { table, newScanner: () => new WordScanner(table) };
  }
  const table = new CodePointTable();
  return { table, newScanner: () => new CharacterScanner(table) };
}

function requiredPath({ kind, path }: CorpusConfiguration): string {
  if (path === undefined) {
    throw new ConfigurationError(`corpus.path is missing: the corpus kind "${kind}" needs a path.`);
  }
  return path;
}

/** The built-in corpus goes the way of a file's bytes, so that units and numbering are the same. */
function numberBuiltin(newScanner: () => Scanner): Omit<Numbered, 'table'> {
  const builtin = eachSplit((name) => builtinSplit(name));
  const content: Numbered['content'] = [];
  const splits = eachSplit((name): NumberedSplit => {
    const bytes = Buffer.from(builtin[name].text);
    content.push([name, createHash('sha256').update(bytes).digest('hex')]);
    const scanner = newScanner();
    scanner.scan(bytes, 0, bytes.length);
    scanner.finish();
    return whole(scanner);
  });
  return { splits, files: [], content, builtin };
}

const minLines = 20;

/** The first 90 % of the lines, the next 5 % and the last 5 %. */
function splitByLines(path: string, { ids, lineEnds }: Scanner): Record<SplitName, NumberedSplit> {
  const lines = lineEnds.length;
  if (lines < minLines) {
    throw new FileError(
      `${path} has ${lines} lines, but at least ${minLines} are needed: 90 % are for training, 5 % for validation and 5 % for testing. ` +
        'Break the text into lines, or split it into a folder with train.txt, valid.txt and test.txt.',
    );
  }
  const validLine = Math.floor((lines * 90) / 100);
  const testLine = Math.floor((lines * 95) / 100);
  const part = (name: SplitName, first: number, next: number): NumberedSplit => {
    const from = first === 0 ? 0 : lineEnds.at(first - 1);
    const to = lineEnds.at(next - 1);
    let text = false;
    ids.runs(from, to, (run) => (text ||= run.some((number) => number !== endNumber)));
    if (!text) {
      throw new FileError(
        `${path}: lines ${first + 1} to ${next} of ${lines}, the ${name} split, contain no text. ` +
          'Remove the blank lines, or make a folder with train.txt, valid.txt and test.txt.',
      );
    }
    return { ids, from, to };
  };
  return {
    train: part('train', 0, validLine),
    valid: part('valid', validLine, testLine),
    test: part('test', testLine, lines),
  };
}
