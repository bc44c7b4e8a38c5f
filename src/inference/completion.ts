import { endOfSentence, unknownWord } from '../corpus/vocabulary.ts';
import { likeliest } from '../trained/sampling.ts';
import type { LoadedModel } from './loadedModel.ts';
import { asShare, idsOf, probabilitiesAfter, tokensOf, wordOf } from './nextWords.ts';
import { SpokenText } from './spokenText.ts';

export interface Completion {
  text: string;
  words: { text: string; probability: number }[];
}

/** The word that stands for every number in the Penn Treebank. */
const numberWord = 'N';
/** How many of the likeliest words are looked at for one that can be written. */
const looked = 1000;

/**
 * What an editor may suggest at a place: the likeliest next words, one after the other, written as the text around them is.
 * It ends with a sentence, before a word that is less probable than asked for, and before one that nobody can write (an
 * unknown word, a number) where that is the likeliest by far.
 */
export async function complete(
  model: LoadedModel,
  request: { before: string; after?: string; words: number; minimumProbability: number },
  signal?: AbortSignal,
): Promise<{ completion: Completion | null; why: string }> {
  const { before, after = '', minimumProbability } = request;
  const ids = idsOf(tokensOf(model, before));
  const following = model.isBidirectional ? idsOf(tokensOf(model, after)) : [];
  const written = new SpokenText(before, model);
  const words: Completion['words'] = [];
  let why = '';
  while (words.length < request.words) {
    signal?.throwIfAborted();
    const probabilities = await probabilitiesAfter(model, { before: ids, after: following, signal });
    const id = likeliest(probabilities, looked).find((one) => isWritable(wordOf(model, one)));
    const probability = asShare(id === undefined ? 0 : (probabilities[id] ?? 0));
    if (id === undefined || probability < minimumProbability) {
      why = `the likeliest word has a probability of ${(probability * 100).toFixed(1)} %`;
      break;
    }
    // The gap is filled where the text goes on with the word that is expected.
    if (model.isBidirectional && following.length > 0 && id === following[0]) break;
    const text = written.append(wordOf(model, id));
    words.push({ text, probability });
    ids.push(id);
    if (wordOf(model, id) === endOfSentence) break;
  }
  const text = words
    .map((word) => word.text)
    .join('')
    .trimEnd();
  return text === '' ? { completion: null, why } : { completion: { text, words }, why: '' };
}

/** Whether a word can stand in a text as it is. */
function isWritable(word: string): boolean {
  return word !== unknownWord && word !== numberWord;
}
