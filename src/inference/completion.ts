import { endOfSentence } from '../corpus/vocabulary.ts';
import { attachesLeft, attachesRight } from '../protocol/joining.ts';
import { likeliest } from '../trainedModel/sampling.ts';
import type { LoadedModel } from './loadedModel.ts';
import { asShare, idsOf, probabilitiesAfter, tokensOf, wordOf } from './nextWords.ts';
import { isWritable, ProseWriter, restOfPartial, splitPartial } from './writing.ts';

export interface Completion {
  text: string;
  /** What each word adds to the text; the first one may be the rest of a word that was begun. */
  words: { text: string; probability: number }[];
}

export interface CompletionRequest {
  /** The text before the cursor, and for a bidirectional model the one behind it. */
  before: string;
  after?: string;
  /** At most so many words; it ends with a sentence. */
  words: number;
  /** It ends before a word that is less probable, and is silent where the first is. */
  minimumProbability: number;
}

/** How many of the likeliest words are looked at for one that goes on with what was typed, and for one that can be written. */
const looked = { forBegun: 1000, forWritable: 20 };

/**
 * What an editor may suggest at a place: the likeliest next words, one after the other, written as the text around them
 * is. A word that was begun is finished first: of the words that begin so the likeliest, with its probability among them.
 *
 * @returns no completion where the model would rather be silent, and why, in words
 * @throws the reason of `signal` when it aborts
 */
export async function complete(
  model: LoadedModel,
  request: CompletionRequest,
  signal?: AbortSignal,
): Promise<{ completion: Completion | null; why: string }> {
  const suggestion = new Suggestion(model, request, signal);
  const why = await suggestion.write();
  const completion = suggestion.completion();
  return completion === null ? { completion, why: why ?? 'there is nothing to add' } : { completion, why: '' };
}

/** Grows word by word. */
class Suggestion {
  private readonly words: (Completion['words'][number] & { word: string })[] = [];
  private readonly following: readonly number[];
  private ids: number[] = [];
  /** The text before the next word. */
  private text: string;
  private writer: ProseWriter;

  constructor(
    private readonly model: LoadedModel,
    private readonly request: CompletionRequest,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.text = request.before;
    this.following = model.isBidirectional ? idsOf(tokensOf(model, request.after ?? '')) : [];
    this.writer = this.writerAfter(this.text);
  }

  /** @returns why it ended, where that was not for length */
  async write(): Promise<string | undefined> {
    const begun = await this.finishWord();
    if (begun !== undefined) return begun;
    this.ids = idsOf(tokensOf(this.model, this.text));
    this.writer = this.writerAfter(this.text);
    while (this.words.length < this.request.words) {
      const why = await this.addWord();
      if (why !== undefined) return why;
      if (this.words.at(-1)?.word === endOfSentence) return 'the sentence ends';
    }
    return undefined;
  }

  /** The words without those at the end that nothing may end with. */
  completion(): Completion | null {
    const { words } = this;
    while (words.length > 0 && (attachesRight(words.at(-1)?.word ?? '') || words.at(-1)?.text.trim() === ''))
      words.pop();
    const text = words.map((word) => word.text).join('');
    if (text.trim() === '') return null;
    return { text, words: words.map((word) => ({ text: word.text, probability: word.probability })) };
  }

  /** Finishes a word that the text ends in. @returns why that cannot be done */
  private async finishWord(): Promise<string | undefined> {
    const { before, minimumProbability } = this.request;
    const { whole, partial } = splitPartial(before);
    if (partial === '' || this.model.configuration.corpus.unit === 'character') return undefined;
    this.ids = idsOf(tokensOf(this.model, whole));
    const probabilities = await this.probabilities();
    const matching = likeliest(probabilities, looked.forBegun).flatMap((id) => {
      const word = wordOf(this.model, id);
      const rest = this.canWrite(word) ? restOfPartial(word, partial, { before: whole }) : undefined;
      return rest === undefined ? [] : { word, rest, probability: probabilities[id] ?? 0 };
    });
    const [best] = matching;
    if (best === undefined) {
      const isWhole = tokensOf(this.model, before)
        .slice(-1)
        .every(({ known }) => known);
      return isWhole ? undefined : `no expected word begins with “${partial}”`;
    }
    if (best.rest === '') return undefined;
    const probability = asShare(best.probability / matching.reduce((sum, word) => sum + word.probability, 0));
    if (probability < minimumProbability) return tooUnsure(probability);
    this.words.push({ word: best.word, text: best.rest, probability });
    this.text = before + best.rest;
    return undefined;
  }

  /** @returns why there is no next word */
  private async addWord(): Promise<string | undefined> {
    const probabilities = await this.probabilities();
    const isFirst = this.words.length === 0;
    const afterSpace = isFirst && /\s$/u.test(this.text);
    const id = likeliest(probabilities, looked.forWritable).find((one) => {
      const word = wordOf(this.model, one);
      return this.canWrite(word) && !(afterSpace && attachesLeft(word));
    });
    if (id === undefined) return 'none of the expected words can be written';
    // What is left out, a number or an unknown word, keeps its share: where it is the likeliest the others are unlikely.
    const probability = asShare(probabilities[id] ?? 0);
    if (probability < this.request.minimumProbability) return tooUnsure(probability);
    if (this.following.length > 0 && id === this.following[0]) return 'the text already continues as expected';
    const word = wordOf(this.model, id);
    const text = this.writer.append(word);
    this.words.push({ word, text, probability });
    this.text += text;
    this.ids.push(id);
    return undefined;
  }

  private async probabilities(): Promise<Float32Array> {
    this.signal?.throwIfAborted();
    return probabilitiesAfter(this.model, { before: this.ids, after: this.following, signal: this.signal });
  }

  private canWrite(word: string): boolean {
    return isWritable(word, this.model.configuration.corpus.unit);
  }

  private writerAfter(before: string): ProseWriter {
    const { unit } = this.model.configuration.corpus;
    return new ProseWriter({ before, unit, vocabulary: this.model.vocabulary });
  }
}

function tooUnsure(probability: number): string {
  return `the most likely word has a probability of only ${(probability * 100).toFixed(1)} %`;
}
