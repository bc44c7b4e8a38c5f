import type { TokenIds } from '../corpus/batches.ts';
import type { TokenFacts } from '../corpus/grammar/annotate.ts';
import { builtinSentences } from '../corpus/grammar/builtin.ts';
import type { SplitName } from '../corpus/splits.ts';
import type { Vocabulary } from '../corpus/vocabulary.ts';
import { unknownWord } from '../corpus/vocabulary.ts';
import type { CorpusConfiguration } from '../config/schema.ts';
import { featureNames } from '../protocol/inference.ts';
import type { FeatureName } from '../protocol/inference.ts';

/** A fact about each token of a text, as it is after the token was read. */
export interface Feature {
  readonly name: FeatureName;
  /** One a token; NaN where it is not known. */
  readonly values: Float32Array;
}

export interface FeatureText {
  readonly ids: TokenIds;
  readonly vocabulary: Vocabulary;
  readonly corpus: Pick<CorpusConfiguration, 'kind' | 'unit'>;
  /** The split of which the tokens are the beginning. */
  readonly split: SplitName;
}

/**
 * The facts about a text's tokens that can be told from it, and of the built-in corpus those that its grammar knows. Those
 * that are the same at every token are left out: nothing can follow them.
 */
export function featuresOf(text: FeatureText): Feature[] {
  const found = text.corpus.unit === 'word' ? ofWords(text) : ofCharacters(text);
  const all = new Map<FeatureName, Float32Array>([...Object.entries(found), ...ofGrammar(text)].filter(isNamed));
  return [...all].flatMap(([name, values]) => (isConstant(values) ? [] : [{ name, values }]));
}

const isNamed = (entry: readonly [string, Float32Array]): entry is [FeatureName, Float32Array] =>
  Object.hasOwn(featureNames, entry[0]);

function isConstant(values: Float32Array): boolean {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.every((value) => value === known[0]);
}

type Found = Partial<Record<FeatureName, Float32Array>>;

function ofWords({ ids, vocabulary }: FeatureText): Found {
  const { words, counts, endOfSentenceId: end } = vocabulary;
  const lengths = words.map((word) => (word === unknownWord ? NaN : [...word].length));
  const numbers = words.map((word) => (isNumber(word) ? 1 : 0));
  const frequencies = counts.map((count) => Math.log(1 + count));
  const pairs = new Pairs(words);
  const place = new Counter();
  const open = Array.from(ids, (id) => pairs.read(id, id === end));
  return {
    position: Float32Array.from(ids, (id) => place.next(id === end)),
    quotation: Float32Array.from(open, ({ quotes }) => quotes),
    brackets: Float32Array.from(open, ({ brackets }) => brackets),
    // Neither the end of a sentence nor a word that was not kept has a length.
    wordLength: Float32Array.from(ids, (id) => (id === end ? NaN : (lengths[id] ?? NaN))),
    sentenceEnd: Float32Array.from(ids, (id) => (id === end ? 1 : 0)),
    number: Float32Array.from(ids, (id) => numbers[id] ?? 0),
    frequency: Float32Array.from(ids, (id) => frequencies[id] ?? 0),
  };
}

/** Of characters: the position is that in the line, the length of a word what has been read of it. */
function ofCharacters({ ids, vocabulary }: FeatureText): Found {
  const { words, counts, endOfSentenceId: end } = vocabulary;
  const isOfWord = words.map((character) => /^[\p{L}\p{M}\p{N}'’_-]$/u.test(character));
  const isDigit = words.map((character) => (/^\p{N}$/u.test(character) ? 1 : 0));
  const frequencies = counts.map((count) => Math.log(1 + count));
  const pairs = new Pairs(words);
  const place = new Counter();
  const open = Array.from(ids, (id) => pairs.read(id, id === end));
  let length = 0;
  return {
    position: Float32Array.from(ids, (id) => place.next(id === end)),
    quotation: Float32Array.from(open, ({ quotes }) => quotes),
    brackets: Float32Array.from(open, ({ brackets }) => brackets),
    wordLength: Float32Array.from(ids, (id) => (length = isOfWord[id] === true ? length + 1 : 0)),
    sentenceEnd: Float32Array.from(ids, (id) => (id === end ? 1 : 0)),
    number: Float32Array.from(ids, (id) => isDigit[id] ?? 0),
    frequency: Float32Array.from(ids, (id) => frequencies[id] ?? 0),
  };
}

/** The Penn Treebank of language models has N for every number. */
function isNumber(word: string): boolean {
  return word === 'N' || /\d/.test(word);
}

/** Places in a sentence, from 0; its end has the last one. */
class Counter {
  private at = 0;

  next(isEnd: boolean): number {
    const place = this.at;
    this.at = isEnd ? 0 : place + 1;
    return place;
  }
}

const quoteMarks = /``|''|["“”„«»]/g;
const bracketMarks = /-l[rcs]b-|-r[rcs]b-|[()[\]{}]/gi;
/** All other marks open and close: “ closes what „ opened, and »these« stand either way round. */
const opens = new Set(['``', '„']);
const closes = new Set(["''", '”']);

/**
 * Follows quotes and brackets, also those that are parts of words. Both end with the sentence: a mark that was forgotten
 * would else turn all that follows inside out.
 */
class Pairs {
  private readonly marks: readonly { quotes: readonly string[]; brackets: readonly number[] }[];
  private isQuoted = false;
  private depth = 0;

  constructor(words: readonly string[]) {
    this.marks = words.map((word) => ({
      quotes: word.match(quoteMarks) ?? [],
      brackets: (word.match(bracketMarks) ?? []).map((mark) => (/^(?:-l|[([{])/i.test(mark) ? 1 : -1)),
    }));
  }

  /** What is open after a token: 1 or 0. */
  read(id: number, isEnd: boolean): { quotes: number; brackets: number } {
    if (isEnd) {
      this.isQuoted = false;
      this.depth = 0;
    }
    const { quotes = [], brackets = [] } = this.marks[id] ?? {};
    for (const mark of quotes) this.isQuoted = opens.has(mark) || (!closes.has(mark) && !this.isQuoted);
    for (const change of brackets) this.depth = Math.max(0, this.depth + change);
    return { quotes: this.isQuoted ? 1 : 0, brackets: this.depth > 0 ? 1 : 0 };
  }
}

/** What the grammar of the built-in corpus knows; nothing where the text is not word for word the grammar's. */
function ofGrammar({ ids, vocabulary, corpus, split }: FeatureText): [FeatureName, Float32Array][] {
  if (corpus.kind !== 'builtin' || corpus.unit !== 'word') return [];
  const sentences = builtinSentences(split);
  const tokens = sentences.flatMap((sentence) => sentence.tokens);
  // The run may be of a time when the grammar wrote another text.
  const isGrammars = ids.every((id, token) => id === vocabulary.unknownId || vocabulary.words[id] === tokens[token]);
  if (tokens.length < ids.length || !isGrammars) return [];
  const read = sentences.flatMap((sentence) => sentence.facts).slice(0, ids.length);
  return [
    ['grammarQuotation', Float32Array.from(read, ({ quotationDepth }) => Math.min(1, quotationDepth))],
    ['clauseDepth', Float32Array.from(read, ({ clauseDepth }) => clauseDepth)],
    ['subjectNumber', Float32Array.from(read, isPlural)],
    ['verbNumber', Float32Array.from(read, (fact) => (fact.verbDue ? isPlural(fact) : NaN))],
    ['verbDue', Float32Array.from(read, ({ verbDue }) => Number(verbDue))],
  ];
}

function isPlural({ subjectNumber: number }: TokenFacts): number {
  return number === undefined ? NaN : Number(number === 'plural');
}
